//! The library: entities hold collections, collections hold containers, containers hold images and tags.

mod hash;
mod models;
mod names;
mod reference;
mod requests;
mod search;
mod tags;
mod upload;

pub use hash::{ImageHash, NotHash};
pub use models::{Audit, Collection, Container, Entity, Image};
pub use names::{ARCHITECTURES, is_architecture, is_name, is_tag};
pub use reference::{BadReference, ContainerPath, Host, LibraryRef, PushRef};
pub use requests::{NewCollection, NewContainer, NewEntity, NewImage};
pub use search::{Search, SearchResult};
pub use tags::{ArchTags, SetTag, TagMap};
pub use upload::{
    Completed, CompletedPart, MultipartAbort, MultipartComplete, MultipartPart, MultipartStart,
    MultipartStarted, OciRedirect, PartUrl, Quota, SifConfig, UploadStart, UploadUrl,
};

//! Remotes: where libraries, keystores and registries are, who one is there, and the embedded cloud.
//!
//! Remotes live in the `remote.yaml` that the command lines share; tokens and passwords live in the keychain and nowhere
//! else, unless the person shares a login with the command line.

mod book;
mod cloud;
mod cloud_at;
mod discovery;
mod edit;
mod import;
mod list;
mod logins;
mod lookup;
mod records;
mod registries;
mod serve;
mod set_aside;
mod share;
mod sign_in;
mod state;
mod upkeep;
mod view;

pub use cloud_at::{BucketAt, CloudAt};
pub use serve::{PublicAt, ServeHow, ServedCloud, ServedView};
pub use upkeep::{CheckedView, CloudRules, CollectedView, RecordedView};
pub use view::*;

pub(crate) use lookup::{Remote, RemoteKeyserver, exclusive, is_out_of_reach};
pub(crate) use state::RemotesState;

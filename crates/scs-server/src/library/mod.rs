//! The library: what is in it, who sees it, who may change it.

mod create;
mod delete;
mod find;
mod images;
mod list;
mod quota;
mod reference;
mod search;
mod tags;

pub(crate) use create::{create_collection, create_container, create_entity, create_image};
pub(crate) use delete::delete_image;
pub(crate) use find::{collection, container, entities, entity, writable_image};
pub(crate) use images::{Pull, find_image, image_by_id, pull};
pub(crate) use list::{collections, containers, images};
pub(crate) use quota::{completed, entity_of_image, room_in};
pub(crate) use reference::Wanted;
pub(crate) use search::{containing, search};
pub(crate) use tags::{Tagging, arch_tags, flat_tags, set_tag};

use jiff::Timestamp;
use scs_types::{Moment, library::Audit};

use crate::tokens::time;

/// Who made an object, and when, as clients read it.
fn audit(author: String, owner: String, created: i64, updated: i64) -> Audit {
    let moment = |at: i64| Moment(Some(time(at)).filter(|at| *at != Timestamp::UNIX_EPOCH));
    Audit {
        created_by: author,
        created_at: moment(created),
        updated_at: moment(updated),
        owner,
        ..Audit::default()
    }
}

//! The keystore: an HKP server for the keys that people here publish.

mod add;
mod lookup;

pub(crate) use add::add;
pub(crate) use lookup::{Found, Request, lookup};

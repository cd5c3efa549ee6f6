//! What the page may call, by area. Every command is listed in [`crate::bindings`] and in `permissions/ui.toml`.

use sifter_api::ApiError;

pub(crate) mod images;
pub(crate) mod keys;
pub(crate) mod keyservers;
pub(crate) mod library;
pub(crate) mod limits;
pub(crate) mod outside;
pub(crate) mod program;
pub(crate) mod remotes;
pub(crate) mod settings;
pub(crate) mod signatures;
pub(crate) mod start;
pub(crate) mod tasks;

type Result<T> = std::result::Result<T, ApiError>;

//! What a front end needs to know when it starts.

mod calls;
mod report;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::settings::SettingsView;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StartView {
    pub version: String,
    pub first_run: bool,
    pub settings: SettingsView,
    pub profile: ProfileView,
    pub found: FoundView,
    pub system: SystemView,
    /// What the person should know about Sifter's own files, for example that a damaged one was replaced.
    pub notices: Vec<crate::ApiError>,
}

/// The command line whose keyrings Sifter shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    pub product: Product,
    /// As its `--version` says, when it is installed.
    pub version: Option<String>,
    pub config_folder: String,
    pub keyring_folder: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Product {
    SingularityCe,
    SingularityPro,
    Apptainer,
    /// No command line found: Sifter uses Singularity's folder.
    NoneInstalled,
}

/// What the command line left on this computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    pub own_keys: u32,
    pub other_keys: u32,
    /// Whether the box that trusts them all is still to be shown.
    pub offer_trust_all: bool,
}

/// What the host can do; the page asks this, not which system it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SystemView {
    pub name: String,
    /// The key that is `Mod`: `Ctrl` or `Cmd`.
    pub mod_key: String,
    pub has_trash: bool,
    pub has_gnupg: bool,
}

/// What Sifter is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AboutView {
    /// Sifter's version.
    pub version: String,
    /// The name of its licence.
    pub licence: String,
    /// The operating system and its version.
    pub system: String,
}

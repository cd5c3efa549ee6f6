//! What screens show of remotes, logins and the embedded cloud, and what they ask for.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::ApiError,
    units::{ByteCount, RemoteId, Timestamp},
};

/// All remotes and registries, and which one is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemotesView {
    /// This computer first, then by name.
    pub remotes: Vec<RemoteView>,
    pub registries: Vec<RegistryView>,
    /// The one that screens use.
    pub current: RemoteId,
    /// Set by the administrator: no other may be chosen.
    pub exclusive: Option<RemoteId>,
    /// `remote.yaml` cannot be used as it is; until it is mended nothing is written to it.
    pub file_problem: Option<ApiError>,
    /// What keeps the keychain from being used. Absent: nothing, or nobody asked it yet.
    pub keychain_problem: Option<ApiError>,
    /// Logins that the command lines keep in their files and Sifter has not taken over.
    pub found: Vec<FoundLogin>,
}

/// One remote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteView {
    pub id: RemoteId,
    pub kind: RemoteKind,
    /// As in `remote.yaml`; empty for this computer, which the page names.
    pub name: String,
    /// Host and path, without a scheme; for this computer once it runs.
    pub address: String,
    pub is_plain_http: bool,
    /// The active one of the command line.
    pub is_active: bool,
    /// Why it cannot be removed or changed. Absent: it can.
    pub fixed: Option<FixedReason>,
    /// As its last discovery said. Absent: not asked yet.
    pub services: Option<ServicesView>,
    pub login: LoginView,
    /// In their order. Empty: the one that discovery names.
    pub keyservers: Vec<KeyserverView>,
    /// Whether `remote.yaml` has a login of the command line's own, which sharing would replace for a while.
    pub has_other_login: bool,
    /// Whether the login stands in `remote.yaml` too, because the person shared it.
    pub is_shared: bool,
    /// Why the last attempt to reach it failed.
    pub problem: Option<ApiError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RemoteKind {
    /// The embedded cloud.
    ThisComputer,
    /// Of the person's `remote.yaml`.
    Own,
    /// Of the administrator's `remote.yaml`.
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FixedReason {
    ThisComputer,
    /// The administrator's file has it.
    System,
}

/// What a remote offers: the addresses of its services, where it has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ServicesView {
    pub library: Option<String>,
    pub keyserver: Option<String>,
    pub builder: Option<String>,
    pub tokens: Option<String>,
    /// An OCI registry behind the library.
    pub registry: Option<String>,
    /// Where a person gets a token, in a browser.
    pub token_page: Option<String>,
    pub read: Timestamp,
}

/// Whether and as whom one is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum LoginView {
    /// This computer knows its person.
    NotNeeded,
    SignedOut,
    #[serde(rename_all = "camelCase")]
    SignedIn {
        /// As the service says; not every one does.
        account: Option<AccountView>,
        kept: KeptWhere,
        expires: Option<Timestamp>,
        checked: Option<Timestamp>,
    },
    /// The service refuses the kept token.
    Expired {
        account: Option<AccountView>,
    },
    /// A token is kept in the keychain, which cannot be read now.
    Locked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    pub name: String,
    pub mail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeptWhere {
    Keychain,
    /// In memory, until Sifter quits.
    Memory,
}

/// A keyserver of a remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyserverView {
    /// `https`, `http`, `hkp` or `hkps`.
    pub address: String,
    /// Not the remote's own: gets no token of it.
    pub is_external: bool,
    pub is_skipped: bool,
    /// Its certificate is not checked.
    pub is_insecure: bool,
}

/// An OCI registry that one is signed in to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RegistryView {
    /// Host, with a port if it has one.
    pub host: String,
    pub user: String,
    pub is_plain_http: bool,
    pub kept: KeptWhere,
    /// Whether `docker-config.json` has a login of the command line's own, which sharing would replace for a while.
    pub has_other_login: bool,
    /// Whether the login stands in that file too, because the person shared it.
    pub is_shared: bool,
    pub problem: Option<ApiError>,
}

/// A login in a file of the command lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundLogin {
    /// A name of a remote or a host of a registry.
    pub of: String,
    pub is_registry: bool,
}

/// What became of taking logins over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportedLogins {
    pub taken: u32,
    /// What could not be taken, and why.
    pub problems: Vec<(String, ApiError)>,
}

/// What stands behind an address that a person typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemoteProbe {
    /// Host and path as they will be kept.
    pub address: String,
    pub is_plain_http: bool,
    /// A name that is free.
    pub name: String,
    pub services: ServicesView,
    /// The remote that has this address already.
    pub known_as: Option<RemoteId>,
}

/// A remote that is added or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NewRemote {
    pub name: String,
    pub address: String,
    pub is_plain_http: bool,
    /// Whether the command line uses it from now on.
    pub make_active: bool,
}

/// Where a token or a password is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeepLogin {
    Keychain,
    UntilQuit,
}

/// The embedded cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CloudView {
    pub is_running: bool,
    /// `127.0.0.1:8780`; absent before its first start.
    pub address: Option<String>,
    pub images: u32,
    pub used: ByteCount,
    /// Absent: no limit.
    pub quota: Option<ByteCount>,
    pub tokens: Vec<CloudToken>,
    /// Commands that make the real command line use it, one a line.
    pub commands: Vec<String>,
}

/// A token that a command line uses at the embedded cloud; the token itself is not shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CloudToken {
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
}

/// A host that Sifter talked to since it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    pub host: String,
    /// What for, as a stable word: `discovery`, `token`, `library`, `keyserver`, `registry`, `download`.
    pub purpose: String,
    pub last: Timestamp,
    pub times: u32,
}

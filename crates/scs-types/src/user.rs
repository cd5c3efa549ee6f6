//! Who a token belongs to.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::lenient::{expose, or_default};

/// Who a token belongs to. It is not wrapped. The members are those that a client reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CurrentUser {
    /// The name of the account, which is also that of its entity and of its registry login.
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    /// The mail address.
    #[serde(deserialize_with = "or_default")]
    pub email: String,
    /// The name of the person.
    #[serde(deserialize_with = "or_default")]
    pub realname: String,
    /// The registry login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_user_meta: Option<RegistryLogin>,
}

/// The password for the OCI registry behind a library.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryLogin {
    /// The password; what is printed of it says nothing.
    #[serde(serialize_with = "expose")]
    pub secret: SecretString,
}

//! Who a token belongs to.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::lenient::{expose, or_default};

/// Who a token belongs to. It is not wrapped. The members are those that a client reads.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CurrentUser {
    /// The name of the account, which is also that of its entity and of its registry login.
    pub username: String,
    /// The mail address.
    pub email: String,
    /// The name of the person.
    pub realname: String,
    /// The registry login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_user_meta: Option<RegistryLogin>,
}

/// The password for the OCI registry behind a library.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryLogin {
    /// The password; what is printed of it says nothing.
    #[serde(serialize_with = "expose")]
    pub secret: SecretString,
}

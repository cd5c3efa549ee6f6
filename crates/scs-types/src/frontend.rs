//! The document that says where the services of a remote are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the services of a remote are. It is not wrapped.
///
/// Members that are no objects make official clients refuse the whole document; they are skipped here, and never written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Value>")]
pub struct Frontend {
    /// The library.
    #[serde(rename = "libraryAPI", skip_serializing_if = "Option::is_none")]
    pub library: Option<Library>,
    /// The keystore, an HKP server.
    #[serde(rename = "keystoreAPI", skip_serializing_if = "Option::is_none")]
    pub keystore: Option<Service>,
    /// The builder.
    #[serde(rename = "builderAPI", skip_serializing_if = "Option::is_none")]
    pub builder: Option<Service>,
    /// The consent service; only its version is ever asked for.
    #[serde(rename = "consentAPI", skip_serializing_if = "Option::is_none")]
    pub consent: Option<Service>,
    /// The token service.
    #[serde(rename = "tokenAPI", skip_serializing_if = "Option::is_none")]
    pub token: Option<Service>,
}

/// Where a library is, and the registry behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Library {
    /// The base of all its URLs.
    pub uri: String,
    /// The OCI registry that holds its images, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_uri: Option<String>,
}

/// Where another service is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The base of all its URLs.
    pub uri: String,
    /// A second address that builders publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager_uri: Option<String>,
}

impl Service {
    /// A service at `uri`.
    #[must_use]
    pub fn at(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            manager_uri: None,
        }
    }
}

impl From<BTreeMap<String, Value>> for Frontend {
    fn from(members: BTreeMap<String, Value>) -> Self {
        let text =
            |name: &str, member: &str| Some(members.get(name)?.get(member)?.as_str()?.to_owned());
        let service = |name: &str| {
            Some(Service {
                uri: text(name, "uri")?,
                manager_uri: text(name, "managerUri"),
            })
        };
        Self {
            library: text("libraryAPI", "uri").map(|uri| Library {
                uri,
                registry_uri: text("libraryAPI", "registryUri"),
            }),
            keystore: service("keystoreAPI"),
            builder: service("builderAPI"),
            consent: service("consentAPI"),
            token: service("tokenAPI"),
        }
    }
}

impl Frontend {
    /// The document in `body`; nothing if the body is not such a document, as from a captive portal.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

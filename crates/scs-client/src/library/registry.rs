//! The OCI registry behind a library, where some libraries keep their images.

use reqwest::Url;
use scs_types::library::{ContainerPath, OciRedirect};
use secrecy::SecretString;

use super::Library;
use crate::{base::read_url, error::Error};

const ASKING: &str = "asking for the registry behind the library";

/// Where the images of a library are in an OCI registry.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The base of the registry.
    pub url: Url,
    /// The name of the repository.
    pub name: String,
    /// A token for that name.
    pub token: SecretString,
}

/// When a registry behind the library is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsksRegistry {
    /// Before anything else, as the command lines do.
    First,
    /// When the library does not send the bytes itself.
    Last,
}

/// What is to be done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Pull,
    Push,
}

impl Library {
    /// The registry that holds the images of `path`; none if there is none, or nothing usable was said of it. Most libraries
    /// do not know the question, so no answer to it is a failure.
    pub(crate) async fn registry(
        &self,
        path: &ContainerPath,
        purpose: Purpose,
    ) -> Option<Registry> {
        match self.ask_registry(path, purpose).await {
            Ok(registry) => registry,
            Err(error) => {
                tracing::debug!("no registry: {error}");
                None
            }
        }
    }

    /// The registry that takes the images of `path` in the place of the library; none if it says nothing usable of one.
    ///
    /// # Errors
    ///
    /// A refusal, with which most libraries answer as they do not know the question, or a fault on the way.
    pub async fn registry_for_push(&self, path: &ContainerPath) -> Result<Option<Registry>, Error> {
        self.ask_registry(path, Purpose::Push).await
    }

    async fn ask_registry(
        &self,
        path: &ContainerPath,
        purpose: Purpose,
    ) -> Result<Option<Registry>, Error> {
        let access = match purpose {
            Purpose::Pull => "pull",
            Purpose::Push => "pull,push",
        };
        let query = [
            ("namespace", path.to_string()),
            ("accessTypes", access.to_owned()),
            ("mapped", "1".to_owned()),
        ];
        let url = self.base.at("v1/oci-redirect", &query)?;
        let mut ask = self.base.get(ASKING, url);
        ask.repeats = false;
        let answer = self.base.send(&ask).await?;
        if answer.status != 200 {
            return Ok(None);
        }
        let redirect: OciRedirect = answer.bare()?;
        let Ok(url) = read_url(&redirect.url) else {
            return Ok(None);
        };
        let name = match redirect.name.as_str() {
            "" => path.to_string(),
            _ => redirect.name,
        };
        Ok(Some(Registry {
            url,
            name,
            token: redirect.token,
        }))
    }
}

//! Where the services of a remote are: one document at its frontend.

use futures_util::future::{OptionFuture, join, join3};
use reqwest::Url;
use scs_types::{Frontend, Version};

use crate::{
    base::{Base, needed, read_url},
    connection::Client,
    error::{Cause, Error},
    wire::Ask,
};

const DOCUMENT: &str = "assets/config/config.prod.json";
const LOOKING: &str = "looking for the services of the remote";
const ASKING_VERSION: &str = "asking for the version of a service";

/// Where the services of a remote are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// The address that people call the remote by.
    pub frontend: Url,
    /// The document, to keep for a start without a network.
    pub document: Frontend,
}

/// What each service says about itself; none where the remote has no such service.
#[derive(Debug, Default)]
pub struct Versions {
    /// The library.
    pub library: Option<Result<Version, Error>>,
    /// The keystore.
    pub keystore: Option<Result<Version, Error>>,
    /// The builder.
    pub builder: Option<Result<Version, Error>>,
    /// The token service.
    pub token: Option<Result<Version, Error>>,
    /// The consent service.
    pub consent: Option<Result<Version, Error>>,
}

/// The address of a frontend, as people and `remote.yaml` write it: with or without a scheme. `is_insecure` stands for the
/// marking in that file, which means plain http for this one document.
///
/// # Errors
///
/// [`Cause::Address`]: the text is no address.
pub fn frontend_url(text: &str, is_insecure: bool) -> Result<Url, Error> {
    let text = text.trim();
    let mut url = if text.contains("://") {
        read_url(text)?
    } else {
        read_url(&format!("https://{text}"))?
    };
    if is_insecure {
        // Between these two it cannot fail.
        let _ = url.set_scheme("http");
    }
    Ok(url)
}

/// Where the services of the remote at `frontend` are.
///
/// # Errors
///
/// [`Cause::NotAService`] if something else answers there, [`Cause::Missing`] if nothing does.
pub async fn discover(client: &Client, frontend: &Url) -> Result<Services, Error> {
    let base = Base::new(client, frontend.as_str(), None)?;
    let answer = base
        .send(&Ask::get(LOOKING, base.at(DOCUMENT, &[])?, None))
        .await?;
    let document = Frontend::read(&answer.body).filter(|_| answer.status == 200);
    let document = document.ok_or_else(|| answer.error(Cause::NotAService))?;
    if document == Frontend::default() {
        return Err(answer.error(Cause::NotAService));
    }
    Ok(Services {
        frontend: frontend.clone(),
        document,
    })
}

fn needed_uri<'a>(name: &'static str, uri: Option<&'a String>) -> Result<&'a str, Error> {
    uri.map(String::as_str)
        .filter(|uri| !uri.is_empty())
        .ok_or_else(|| Error::local(LOOKING, Cause::NoService(name)))
}

impl Services {
    /// The base of the library.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn library(&self) -> Result<&str, Error> {
        needed_uri("library", self.document.library.as_ref().map(|it| &it.uri))
    }

    /// The base of the OCI registry behind the library.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn registry(&self) -> Result<&str, Error> {
        let library = self.document.library.as_ref();
        needed_uri("registry", library.and_then(|it| it.registry_uri.as_ref()))
    }

    /// The base of the keystore.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn keystore(&self) -> Result<&str, Error> {
        needed_uri(
            "keystore",
            self.document.keystore.as_ref().map(|it| &it.uri),
        )
    }

    /// The base of the builder.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn builder(&self) -> Result<&str, Error> {
        needed_uri("builder", self.document.builder.as_ref().map(|it| &it.uri))
    }

    /// The base of the token service.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn token(&self) -> Result<&str, Error> {
        needed_uri(
            "token service",
            self.document.token.as_ref().map(|it| &it.uri),
        )
    }

    /// The base of the consent service.
    ///
    /// # Errors
    ///
    /// [`Cause::NoService`]: the remote has none.
    pub fn consent(&self) -> Result<&str, Error> {
        needed_uri(
            "consent service",
            self.document.consent.as_ref().map(|it| &it.uri),
        )
    }

    /// What each service says about itself, asked all at once and without a token.
    pub async fn versions(&self, client: &Client) -> Versions {
        let ask = |uri: Result<&str, Error>| {
            let uri = uri.ok().map(str::to_owned);
            OptionFuture::from(uri.map(|uri| version(client.clone(), uri)))
        };
        let ((library, keystore, builder), (token, consent)) = join(
            join3(
                ask(self.library()),
                ask(self.keystore()),
                ask(self.builder()),
            ),
            join(ask(self.token()), ask(self.consent())),
        )
        .await;
        Versions {
            library,
            keystore,
            builder,
            token,
            consent,
        }
    }
}

async fn version(client: Client, uri: String) -> Result<Version, Error> {
    let base = Base::new(&client, &uri, None)?;
    needed(
        &base
            .send(&Ask::get(ASKING_VERSION, base.at("version", &[])?, None))
            .await?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frontends_are_read_as_people_write_them() {
        for (text, is_insecure, url) in [
            ("cloud.example.org", false, "https://cloud.example.org/"),
            (
                "cloud.example.org:8443",
                false,
                "https://cloud.example.org:8443/",
            ),
            (
                "https://cloud.example.org/",
                false,
                "https://cloud.example.org/",
            ),
            ("http://localhost:8080", true, "http://localhost:8080/"),
            ("localhost:8080", true, "http://localhost:8080/"),
            ("https://h", true, "http://h/"),
        ] {
            assert_eq!(
                frontend_url(text, is_insecure).unwrap().as_str(),
                url,
                "{text}"
            );
        }
        for bad in ["", "ftp://h", "https://u:p@h", "a b"] {
            assert!(frontend_url(bad, false).is_err(), "{bad}");
        }
    }
}

//! The address of one service, with the login that belongs to it.

use reqwest::{Method, Url};
use scs_types::Id;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    access::{Access, Login},
    connection::Client,
    error::{Cause, Error},
    wire::{Answer, Ask, Body},
};

/// The address of one service, with the login that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) client: Client,
    pub(crate) url: Url,
    pub(crate) access: Option<Access>,
}

/// An address that somebody wrote; a login inside it is not taken.
pub(crate) fn read_url(text: &str) -> Result<Url, Error> {
    let wrong = || {
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        // Before an `@` stands a login.
        let shown = shown.rsplit('@').next().unwrap_or_default();
        let shown = shown
            .chars()
            .filter(|letter| !letter.is_control())
            .take(200);
        Error::local("reading an address", Cause::Address(shown.collect()))
    };
    let url: Url = text.trim().parse().map_err(|_| wrong())?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_plain && is_web).then_some(url).ok_or_else(wrong)
}

impl Base {
    pub(crate) fn new(client: &Client, url: &str, login: Option<Login>) -> Result<Self, Error> {
        let mut url = read_url(url)?;
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self {
            client: client.clone(),
            access: Access::new(login, &url)?,
            url,
        })
    }

    /// The address of `path` below the service. Names, tags and identities in it were checked before.
    pub(crate) fn at(&self, path: &str, query: &[(&str, String)]) -> Result<Url, Error> {
        let base = self.url.as_str().trim_end_matches('/');
        let mut url = read_url(&format!("{base}/{path}"))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    pub(crate) fn get(&self, operation: &'static str, url: Url) -> Ask<'_> {
        Ask::get(operation, url, self.access.as_ref())
    }

    pub(crate) fn with_body<T: Serialize>(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: &T,
    ) -> Result<Ask<'_>, Error> {
        let bytes = serde_json::to_vec(body)
            .map_err(|error| Error::local(operation, Cause::Settings(error.to_string())))?;
        Ok(Ask {
            method,
            body: Some(Body {
                kind: "application/json",
                bytes,
            }),
            ..self.get(operation, self.at(path, &[])?)
        })
    }

    pub(crate) async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        self.client.send(ask).await
    }

    /// The data at `path`.
    pub(crate) async fn data<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, Error> {
        needed(
            &self
                .send(&self.get(operation, self.at(path, query)?))
                .await?,
        )
    }

    /// The data at `path`; none if there is no such thing.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Option<T>, Error> {
        match self.data(operation, path, query).await {
            Err(error) if error.is_missing() => Ok(None),
            result => result.map(Some),
        }
    }
}

/// An identity as a step of a path.
pub(crate) fn step(operation: &'static str, id: &Id) -> Result<String, Error> {
    if id.fits_a_path() {
        Ok(id.to_string())
    } else {
        Err(Error::local(
            operation,
            Cause::Answer("an identity that fits no address"),
        ))
    }
}

/// The data of an answer that must have some.
pub(crate) fn needed<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    answer
        .data()?
        .ok_or_else(|| answer.error(Cause::Answer("an answer without what was asked for")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Connection;

    #[test]
    fn paths_go_below_the_base() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Connection::default().open().unwrap();
        for (base, path, url) in [
            ("https://h", "version", "https://h/version"),
            ("https://h/", "v1/a/b:c", "https://h/v1/a/b:c"),
            ("https://h/p", "v1/x", "https://h/p/v1/x"),
            ("https://h/p/", "v1/x", "https://h/p/v1/x"),
        ] {
            let base = Base::new(&client, base, None).unwrap();
            assert_eq!(base.at(path, &[]).unwrap().as_str(), url);
        }
        for bad in [
            "",
            "h",
            "ftp://h/",
            "https://u:secret@h/",
            "https://",
            "mailto:a",
        ] {
            let error = Base::new(&client, bad, None).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}

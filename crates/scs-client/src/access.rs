//! Who one is to one origin, and to no other.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Cause, Error};

/// How one signs in to a service.
#[derive(Clone, Debug)]
pub enum Login {
    /// By an access token. An empty one is the same as none.
    Token(SecretString),
    /// By name and password; keyservers and registries take them.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: SecretString,
    },
}

/// A login that is bound to the origin of `url`.
#[derive(Clone)]
pub(crate) struct Access {
    origin: reqwest::Url,
    header: HeaderValue,
    secrets: Vec<SecretString>,
}

/// Shorter texts are in too many words to be cut out of them.
const SHORTEST_SECRET: usize = 8;

impl Access {
    /// None for an empty login.
    pub(crate) fn new(login: Option<Login>, url: &Url) -> Result<Option<Self>, Error> {
        let Some((text, mut secrets)) = login.and_then(written) else {
            return Ok(None);
        };
        let mut header = HeaderValue::from_str(text.expose_secret())
            .map_err(|_| Error::local("signing in", Cause::Login))?;
        header.set_sensitive(true);
        secrets.push(text);
        Ok(Some(Self {
            origin: url.clone(),
            header,
            secrets,
        }))
    }

    /// The headers that a request to `url` may carry.
    pub(crate) fn headers(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if url.origin() == self.origin.origin() {
            headers.insert(AUTHORIZATION, self.header.clone());
        }
        headers
    }

    /// What a server said, without the secrets that it may have repeated.
    pub(crate) fn scrub(&self, said: &str) -> String {
        let secrets = self.secrets.iter().map(ExposeSecret::expose_secret);
        secrets
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(said.to_owned(), |said, secret| said.replace(secret, "…"))
    }
}

fn written(login: Login) -> Option<(SecretString, Vec<SecretString>)> {
    match login {
        Login::Token(token) => {
            let text = token.expose_secret().trim();
            let header = SecretString::from(format!("Bearer {text}"));
            (!text.is_empty()).then_some((header, vec![token]))
        }
        Login::Password { user, password } => {
            let pair = SecretString::from(format!("{user}:{}", password.expose_secret()));
            let packed = SecretString::from(STANDARD.encode(pair.expose_secret()));
            let header = SecretString::from(format!("Basic {}", packed.expose_secret()));
            Some((header, vec![packed, password]))
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Access")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn only_its_origin_sees_a_token() {
        let token = Login::Token("a-long-token".to_owned().into());
        let access = Access::new(Some(token), &url("https://h/p"))
            .unwrap()
            .unwrap();
        assert_eq!(access.headers(&url("https://h:443/x")).len(), 1);
        for other in [
            "http://h/",
            "https://h:444/",
            "https://a.h/",
            "https://h.example/",
        ] {
            assert!(access.headers(&url(other)).is_empty(), "{other}");
        }
        assert_eq!(access.scrub("bad a-long-token!"), "bad …!");
        assert!(!format!("{access:?} {:?}", access.headers(&url("https://h/"))).contains("long"));
    }

    #[test]
    fn an_empty_token_is_none_and_a_broken_one_an_error() {
        let access = |token: &str| {
            let login = Login::Token(token.to_owned().into());
            Access::new(Some(login), &url("https://h/"))
        };
        assert!(access("").unwrap().is_none());
        assert!(access(" \n").unwrap().is_none());
        assert!(access("a\nb").is_err());
    }
}

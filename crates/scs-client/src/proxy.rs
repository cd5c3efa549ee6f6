//! Which proxy a request takes. This machine itself is never reached through one.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// Which proxy is taken.
#[derive(Clone, Debug, Default)]
pub enum Proxy {
    /// As the environment or the system says.
    #[default]
    System,
    /// None.
    None,
    /// This one, as `http://user:password@host:port`, whatever the environment says.
    At(SecretString),
}

/// Is told the host and port of every server before a connection is made, also of those that a server leads to.
#[derive(Clone)]
pub struct Witness(Arc<dyn Fn(&str) + Send + Sync>);

impl Witness {
    /// One that calls `tell`, from any thread.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Witness")
    }
}

impl Proxy {
    /// The choice of a proxy is made for every connection, so it is also where a witness sees them all.
    pub(crate) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
        witness: Option<Witness>,
    ) -> reqwest::ClientBuilder {
        let matcher = match self {
            Self::None => None,
            Self::System => Some(Matcher::from_system()),
            Self::At(url) => Some(
                Matcher::builder()
                    .all(url.expose_secret().to_owned())
                    .build(),
            ),
        };
        let choose = move |url: &Url| -> Option<Url> {
            if let (Some(witness), Some(host)) = (&witness, url.host_str()) {
                match url.port() {
                    Some(port) => (witness.0)(&format!("{host}:{port}")),
                    None => (witness.0)(host),
                }
            }
            if is_this_machine(url) {
                return None;
            }
            with_login(&matcher.as_ref()?.intercept(&url.as_str().parse().ok()?)?)
        };
        builder.proxy(reqwest::Proxy::custom(choose))
    }
}

/// The address of a proxy, with its login inside, as the client wants it.
fn with_login(proxy: &Intercept) -> Option<Url> {
    let mut url: Url = proxy.uri().to_string().parse().ok()?;
    let basic = proxy.basic_auth().and_then(|header| {
        let packed = header.to_str().ok()?.strip_prefix("Basic ")?;
        let pair = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    });
    let raw = proxy
        .raw_auth()
        .map(|(user, password)| (user.to_owned(), password.to_owned()));
    if let Some((user, password)) = basic.or(raw) {
        url.set_username(&user).ok()?;
        url.set_password(Some(&password)).ok()?;
    }
    Some(url)
}

/// Whether `url` leads to this machine by its name or address alone.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let is = |text: &str| is_this_machine(&text.parse().unwrap());
        for own in [
            "http://localhost:8080/",
            "http://127.0.0.1/",
            "http://127.1.2.3/",
            "http://[::1]:80/",
            "http://a.localhost/",
        ] {
            assert!(is(own), "{own}");
        }
        for other in [
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://mylocalhost/",
        ] {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn a_login_stays_with_its_proxy() {
        let matcher = Matcher::builder().all("http://me:a%3Ab@proxy:3128").build();
        let intercept = matcher.intercept(&"https://h/".parse().unwrap()).unwrap();
        let url = with_login(&intercept).unwrap();
        assert_eq!(url.as_str(), "http://me:a%3Ab@proxy:3128/");
    }
}

//! How one signs in to a registry.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// How one signs in to a registry. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Login {
    /// By name and password, or a token in place of the password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// By a token that is exchanged for others; a browser sign-in leaves such a one.
    Identity(SecretString),
    /// By a token that the registry takes as it is.
    Bearer(SecretString),
}

/// Shorter texts are in too many words to be cut out of them.
const SHORTEST_SECRET: usize = 8;

impl Login {
    /// The header that carries name and password; none for tokens, or where no header can carry them.
    pub(crate) fn basic(&self) -> Option<HeaderValue> {
        let Self::Password { user, password } = self else {
            return None;
        };
        let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
        let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        sensitive(&text)
    }

    /// What a server said, without the secrets that it may have repeated.
    pub(crate) fn scrub(&self, said: &str) -> String {
        let secret = match self {
            Self::Password {
                password: secret, ..
            }
            | Self::Identity(secret)
            | Self::Bearer(secret) => secret.expose_secret(),
        };
        if secret.len() < SHORTEST_SECRET {
            return said.to_owned();
        }
        said.replace(secret, "…")
    }
}

/// The header that carries a token.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    sensitive(&text)
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_a_header_and_is_never_shown() {
        let login = Login::Password {
            user: "anna".into(),
            password: "open sesame".to_owned().into(),
        };
        let header = login.basic().unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic YW5uYTpvcGVuIHNlc2FtZQ==");
        assert_eq!(login.scrub("no open sesame here"), "no … here");
        let shown = format!(
            "{login:?} {header:?} {:?}",
            bearer(&"token-of-anna".to_owned().into())
        );
        assert!(
            !shown.contains("sesame") && !shown.contains("token-of"),
            "{shown}"
        );
    }
}

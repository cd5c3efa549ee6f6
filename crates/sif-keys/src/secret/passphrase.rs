//! A passphrase in memory that wipes itself and prints nothing.

use pgp::types::Password;
use secrecy::{ExposeSecret, SecretString};

/// A passphrase. Its memory is wiped when it is dropped; `Debug` shows nothing.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes over a passphrase. It may be empty; callers that want none of those ask for it.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Returns whether there are no characters.
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }

    pub(crate) fn with_bytes<T>(&self, use_it: impl FnOnce(&[u8]) -> T) -> T {
        use_it(self.0.expose_secret().as_bytes())
    }

    pub(crate) fn to_password(&self) -> Password {
        Password::from(self.0.expose_secret())
    }
}

impl From<String> for Passphrase {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Passphrase {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

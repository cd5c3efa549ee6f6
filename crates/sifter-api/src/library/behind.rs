//! The registry behind a library. The library says where it is and gives a token for it; tokens of that kind do not live
//! long, so another one is asked for as long as each brings something.

use oci::{Login, Reference, Registry};

use super::{attempts::is_login, place::Place};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
};

/// A registry behind a library, with the token that the library gave.
pub(super) struct Behind<'a> {
    pub(super) registry: Registry,
    given: &'a scs_client::Registry,
}

impl<'a> Behind<'a> {
    pub(super) fn open(
        sifter: &Sifter,
        place: &Place,
        given: &'a scs_client::Registry,
    ) -> Result<Self> {
        let login = Login::Bearer(given.token.clone());
        let client = sifter.registry_client()?;
        let registry = Registry::at(&client, &given.url, Some(login), place.is_plain_http)?;
        sifter.contact(registry.host().as_str(), "registry");
        Ok(Self { registry, given })
    }

    /// Returns the reference to `tag` in the repository that the library named.
    pub(super) fn named(&self, tag: &str) -> Result<Reference> {
        let text = format!("oras://{}/{}:{tag}", self.registry.host(), self.given.name);
        text.parse().map_err(|error: oci::Invalid| {
            ApiError::new(ErrorCode::ServerAnswerInvalid, error.to_string())
        })
    }
}

/// Whether another token may help where one was refused.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// How far the transfer was with the last one.
    reached: Option<u64>,
}

impl Tokens {
    /// Passes on what a new token does not help against; `reached` is how far the transfer is.
    pub(super) fn after(&mut self, error: ApiError, reached: u64) -> Result<()> {
        if !is_login(error.code) {
            return Err(error);
        }
        if self.reached.is_some_and(|before| before >= reached) {
            return Err(not_taken(error));
        }
        self.reached = Some(reached);
        Ok(())
    }
}

/// The error of a registry that refuses the token which its own library gave: signing in there would not help.
pub(super) fn not_taken(error: ApiError) -> ApiError {
    if !is_login(error.code) {
        return error;
    }
    let why =
        "the registry behind the library does not take the token that the library gave for it";
    ApiError::new(ErrorCode::Forbidden, why).because(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_token_is_asked_for_as_long_as_each_brings_something() {
        let refused = || ApiError::plain(ErrorCode::LoginRefused);
        let mut tokens = Tokens::default();
        for reached in [0, 10, 20] {
            tokens.after(refused(), reached).expect("it helps");
        }
        let error = tokens.after(refused(), 20).expect_err("it does not");
        assert_eq!(error.code, ErrorCode::Forbidden);
        let fault = ApiError::plain(ErrorCode::ServerFailed);
        let error = Tokens::default().after(fault, 0).expect_err("no login");
        assert_eq!(error.code, ErrorCode::ServerFailed);
    }
}

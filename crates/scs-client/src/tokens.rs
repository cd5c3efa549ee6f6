//! The token service: whether a token is good, and whose it is.

use scs_types::CurrentUser;

use crate::{
    access::Login,
    base::Base,
    connection::Client,
    error::{Cause, Error},
    library::Library,
};

const CHECKING: &str = "checking the token";
const ASKING_USER: &str = "asking whose the token is";

/// What is known of a token.
#[derive(Debug)]
pub enum TokenState {
    /// The service takes it.
    Valid,
    /// The service does not take it: wrong, expired or revoked.
    Invalid(Error),
    /// Nobody could say. A token that was good before is kept.
    Unknown(Error),
}

/// The token service.
#[derive(Clone, Debug)]
pub struct Tokens(Base);

impl Tokens {
    /// The token service at `url`, for the token in `login`.
    ///
    /// # Errors
    ///
    /// [`Cause::Address`] or [`Cause::Login`].
    pub fn new(client: &Client, url: &str, login: Option<Login>) -> Result<Self, Error> {
        Base::new(client, url, login).map(Self)
    }

    /// What the service says of the token.
    pub async fn state(&self) -> TokenState {
        match self.check().await {
            Ok(()) => TokenState::Valid,
            Err(error) => match error.cause() {
                Cause::SignIn { .. } | Cause::Forbidden { .. } | Cause::Missing { .. } => {
                    TokenState::Invalid(error)
                }
                _ => TokenState::Unknown(error),
            },
        }
    }

    async fn check(&self) -> Result<(), Error> {
        let url = self.0.at("v1/token-status", &[])?;
        let answer = self.0.send(&self.0.get(CHECKING, url)).await?;
        // A page that lets everybody in says nothing of the token.
        answer.text().map(|_| ())
    }
}

impl Library {
    /// Whose the token is; none if the service does not say it.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`] without a good token, or a fault on the way.
    pub async fn current_user(&self) -> Result<Option<CurrentUser>, Error> {
        let url = self.base.at("v1/rbac/users/current", &[])?;
        match self.base.send(&self.base.get(ASKING_USER, url)).await {
            Ok(answer) => answer.bare().map(Some),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

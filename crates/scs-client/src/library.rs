//! The library: where images are.

mod browse;
mod delete;
mod images;
mod pull;
mod push;
mod registry;
mod search;
mod tags;

pub use pull::{Pull, Pulled};
pub use push::{
    Push, PushDone, PushPlan, PushState, PushStep, Pushed, SentToken, Step, TagMove, read_for_push,
};
pub use registry::{AsksRegistry, Registry};

use scs_types::{ApiLevel, Version, library::Host};

use crate::{access::Login, base::Base, connection::Client, error::Error};

const ASKING_VERSION: &str = "asking for the version of the library";

/// A library, and who one is to it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library {
    pub(crate) base: Base,
}

impl Library {
    /// The library at `url`. The login goes to the origin of that address and to no other, so it must be the one that the
    /// remote itself named.
    ///
    /// # Errors
    ///
    /// [`crate::Cause::Address`] or [`crate::Cause::Login`].
    pub fn new(client: &Client, url: &str, login: Option<Login>) -> Result<Self, Error> {
        Base::new(client, url, login).map(|base| Self { base })
    }

    /// The library that a reference names by its host: no discovery, no login.
    ///
    /// # Errors
    ///
    /// [`crate::Cause::Address`]: the host is none.
    pub fn at_host(client: &Client, host: &Host, is_plain_http: bool) -> Result<Self, Error> {
        let scheme = if is_plain_http { "http" } else { "https" };
        Self::new(client, &format!("{scheme}://{}", host.as_str()), None)
    }

    /// The same library for a person who waits for the answer: what fails is tried once more and no oftener.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.base.client.retry.tries = self.base.client.retry.tries.min(2);
        self
    }

    /// Whether no token is sent.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.base.access.is_none()
    }

    /// What the library says about itself.
    ///
    /// # Errors
    ///
    /// It does not say it, or a fault on the way.
    pub async fn version(&self) -> Result<Version, Error> {
        self.base.data(ASKING_VERSION, "version", &[]).await
    }

    /// What the library can do. One that does not answer this question is an old one.
    ///
    /// # Errors
    ///
    /// A fault on the way: an old protocol is not taken only because a line is bad.
    pub async fn api_level(&self) -> Result<ApiLevel, Error> {
        match self.version().await {
            Ok(version) => Ok(version.api_level()),
            Err(error) if error.status.is_none() => Err(error),
            Err(error) if error.may_pass() => Err(error),
            Err(error) => {
                tracing::debug!("taken for an old library: {error}");
                Ok(ApiLevel::V1)
            }
        }
    }
}

//! How this program reaches registries: proxy, certificates and limits come from the caller.

use reqwest::{ClientBuilder, redirect::Policy};
use transfer::{Http, Limits, Retry};

use crate::error::{Cause, Error, said_in};

/// An open way to registries. Cheap to clone: its connections are shared.
#[derive(Clone)]
pub struct Client {
    pub(crate) requests: reqwest::Client,
    pub(crate) bytes: Http,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
}

impl Client {
    /// A client for questions and one for bytes. Both builders bring the same proxy, certificates and user agent.
    ///
    /// # Errors
    ///
    /// [`Cause::Settings`]: the settings do not fit together.
    pub fn open(
        questions: ClientBuilder,
        bytes: ClientBuilder,
        limits: Limits,
        retry: Retry,
    ) -> Result<Self, Error> {
        let settings = |error: transfer::Error| {
            let cause = Cause::Settings(error.to_string());
            Error::new("setting up the connection", String::new(), cause)
        };
        let requests = questions
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .build()
            .map_err(|error| settings(error.into()))?;
        Ok(Self {
            requests,
            bytes: Http::new(bytes, limits, said_in).map_err(settings)?,
            limits,
            retry,
        })
    }

    /// The same for a person who waits for the answer: what fails is tried once more and no oftener.
    #[must_use]
    pub fn for_a_person(mut self) -> Self {
        self.retry.tries = self.retry.tries.min(2);
        self
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}

//! A registry and the login that one has there.

mod access;
mod form;
mod kept;
mod pieces;
mod pull;
mod push;
mod resolve;
mod tags;
mod upload;

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::sync::OnceCell;
use transfer::{CancellationToken, RequestId};

use crate::{
    challenge::Challenge,
    client::Client,
    error::{Cause, Error},
    host::Host,
    login::Login,
    reference::Repository,
    token::Token,
};

pub use access::LoginCheck;
pub use form::{Form, LibraryImage};
pub use kept::PushState;
pub use pieces::PIECE_SIZE;
pub use pull::Pull;
pub use push::{Push, Pushed};
pub use resolve::Resolved;
pub(crate) use tags::target_of_next;

const REACHING: &str = "looking for the registry";

/// A registry, and the login that one has there. Cheap to clone: clones share what they learned.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    client: Client,
    host: Host,
    login: Option<Login>,
    is_plain_http: bool,
    /// Where its interface begins, once it answered.
    base: OnceCell<Url>,
    learned: Mutex<Learned>,
}

/// What was learned from answers.
#[derive(Default)]
struct Learned {
    /// Without a scope: that belongs to one repository.
    challenge: Option<Challenge>,
    tokens: HashMap<String, Token>,
    /// What the registry wants beside the scope that one asks for.
    more_scopes: HashMap<String, String>,
}

impl Registry {
    /// A registry. Nothing is asked yet. Plain http is tried after https, and only where `is_plain_http` allows it or the
    /// registry is on this machine.
    #[must_use]
    pub fn new(client: &Client, host: Host, login: Option<Login>, is_plain_http: bool) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            host,
            login,
            is_plain_http,
            base: OnceCell::new(),
            learned: Mutex::default(),
        }))
    }

    /// The registry whose interface is below `url`, as another service says, with the login that it gave for that.
    ///
    /// # Errors
    ///
    /// [`Cause::NotARegistry`]: the address is none, or it is not encrypted, and neither on this machine nor allowed by
    /// `may_be_plain`.
    pub fn at(
        client: &Client,
        url: &Url,
        login: Option<Login>,
        may_be_plain: bool,
    ) -> Result<Self, Error> {
        let server = crate::exchange::server_of(url);
        let wrong = || Error::new(REACHING, server.clone(), Cause::NotARegistry);
        let host: Host = server.parse().map_err(|_| wrong())?;
        let is_plain_http = url.scheme() == "http";
        let is_allowed = !is_plain_http || may_be_plain || host.is_this_machine();
        if !matches!(url.scheme(), "http" | "https") || !is_allowed {
            return Err(wrong());
        }
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        base.set_path(&format!("{}/v2/", url.path().trim_end_matches('/')));
        Ok(Self(Arc::new(Inner {
            client: client.clone(),
            host,
            login,
            is_plain_http,
            base: OnceCell::new_with(Some(base)),
            learned: Mutex::default(),
        })))
    }

    /// Its name.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// How long the answer to the end of an upload of so many bytes may take: the registry may read them all once more.
    fn patience_for(&self, bytes: u64) -> Duration {
        const SLOW_DISK: u64 = 50 << 20;
        self.0.client.limits.head * 3 + Duration::from_secs(bytes / SLOW_DISK)
    }

    fn forget_token(&self, scope: &str) {
        self.learned(|learned| learned.tokens.remove(scope));
    }

    /// Whether another token may come in the place of one that is too old; one that was given from outside is all there is.
    fn gets_tokens(&self) -> bool {
        !matches!(self.0.login, Some(Login::Bearer(_)))
    }

    fn is_anonymous(&self) -> bool {
        self.0.login.is_none()
    }

    fn learned<T>(&self, use_it: impl FnOnce(&mut Learned) -> T) -> T {
        use_it(
            &mut self
                .0
                .learned
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// What a server said, without the login that it may have repeated.
    fn scrub(&self, said: &str) -> String {
        match &self.0.login {
            Some(login) => login.scrub(said),
            None => said.to_owned(),
        }
    }

    /// What a server calls a request, unless it made a secret of ours of it.
    fn shown(&self, request: Option<RequestId>) -> Option<RequestId> {
        request.filter(|id| self.scrub(id.as_str()) == id.as_str())
    }

    fn error(&self, operation: &'static str, cause: Cause) -> Error {
        Error::new(operation, self.0.host.as_str(), cause)
    }

    fn of_transfer(&self, operation: &'static str, error: transfer::Error) -> Error {
        let error = match error {
            transfer::Error::Refused {
                status,
                message,
                wait,
                request,
            } => transfer::Error::Refused {
                status,
                message: self.scrub(&message),
                wait,
                request: self.shown(request),
            },
            other => other,
        };
        Error::of_transfer(operation, self.0.host.as_str(), self.is_anonymous(), error)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Registry {}", self.0.host)
    }
}

/// What one wants to do with a repository, as token services write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Pull,
    Push,
}

impl Purpose {
    fn scope(self, repository: &Repository) -> String {
        self.scope_of(&repository.path)
    }

    fn scope_of(self, path: &str) -> String {
        let actions = match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
        };
        format!("repository:{path}:{actions}")
    }
}

/// The result of `work`, unless it is stopped before.
async fn until<T>(
    stop: &CancellationToken,
    operation: &'static str,
    host: &Host,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::new(operation, host.as_str(), Cause::Stopped)),
        result = work => result,
    }
}

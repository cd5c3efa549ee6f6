//! Talks to the services of a remote: where they are, who one is, the library, the keystore.
//!
//! One file per service. Wire bodies come from `scs-types`, bytes go through `transfer`. What this room adds is the order of
//! requests, what may be repeated, and which origin may see a token. It keeps nothing: tokens and remotes belong to the caller.
//!
//! ```no_run
//! use scs_client::{Connection, Library, Login, discover, frontend_url};
//! use scs_types::library::Search;
//!
//! # async fn example(token: secrecy::SecretString) -> Result<(), scs_client::Error> {
//! let client = Connection::default().open()?;
//! let services = discover(&client, &frontend_url("cloud.example.org", false)?).await?;
//! let library = Library::new(&client, services.library()?, Some(Login::Token(token)))?;
//! let found = library.search(&Search { value: "alpine".into(), ..Search::default() }).await?;
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod access;
mod base;
mod connection;
mod discovery;
mod error;
mod keystore;
mod library;
mod proxy;
mod tokens;
mod wire;

pub use access::Login;
pub use connection::{Client, Connection};
pub use discovery::{Services, Versions, discover, frontend_url};
pub use error::{Cause, Error};
pub use keystore::{Found, KeyPage, Keyserver, Verdict, first_with};
pub use library::{
    AsksRegistry, Library, Pull, Pulled, Push, PushDone, PushPlan, PushState, PushStep, Pushed,
    Registry, SentToken, Step, TagMove, read_for_push,
};
pub use proxy::{Proxy, Witness};
pub use tokens::{TokenState, Tokens};

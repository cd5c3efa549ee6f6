//! The embedded cloud: library, keystore and access tokens on this machine, as the real command lines expect them.
//!
//! Everything is in one folder: rows in SQLite, bytes in files by their digest, or in a bucket that speaks S3. An image is shown only when its bytes are
//! complete, proven by their hash, and safe on the disk. The crate knows no windows, no settings files, no keychain and
//! no client; it takes the time and the folder from its caller.
//!
//! ```no_run
//! # async fn example() -> Result<(), scs_server::Error> {
//! use scs_server::{Cloud, Settings, bind_loopback};
//!
//! let cloud = Cloud::open(Settings::new("/var/lib/sifter"))?;
//! cloud.ensure_user("alice")?;
//! let token = cloud.issue("alice", "the command line", None)?;
//! let listeners = bind_loopback(8780).await?;
//! cloud.serve(listeners, async { /* until the program ends */ }).await
//! # }
//! ```
#![deny(missing_docs)]

mod answer;
mod audit;
mod beside;
mod blobs;
mod caller;
mod cloud;
mod database;
mod error;
mod facts;
mod guard;
mod handles;
mod keystore;
mod library;
mod maintenance;
mod patience;
mod public;
mod random;
mod request_id;
mod routes;
mod rules;
mod serve;
mod settings;
mod steps;
mod tokens;
mod upload;

pub use audit::AuditEntry;
pub use beside::Beside;
pub use blobs::{BadCredentials, Credentials, S3, Storage};
pub use cloud::Cloud;
pub use error::Error;
pub use guard::Hosts;
pub use maintenance::{Checked, Collected, Depth, Problem, Totals};
pub use public::PublicAddress;
pub use rules::Rule;
pub use serve::bind_loopback;
pub use settings::{Clock, Limits, Settings};
pub use steps::{Step, Steps};
pub use tokens::{NewToken, TokenEntry};

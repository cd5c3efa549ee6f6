//! What the embedded cloud is started with.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{blobs::Storage, steps::Steps};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the embedded cloud is started with.
#[derive(Clone)]
pub struct Settings {
    /// The folder that holds everything. It is made if it is not there, readable by nobody else.
    pub folder: PathBuf,
    /// Where the bytes of images are.
    pub storage: Storage,
    /// How much is taken.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
    /// Whether keys may be published without a token from this machine.
    pub anonymous_key_add: bool,
    /// Names other than `localhost` under which the service may be asked for, without port.
    pub names: Vec<String>,
    /// Whether it may listen where other machines reach it.
    pub beyond_this_machine: bool,
    /// Where tests let it fail.
    pub steps: Steps,
}

/// How much is taken.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub json: usize,
    /// Bytes of a key that is published, and of the form around it three times as much.
    pub key: usize,
    /// Bytes of a packet in such a key.
    pub key_packet: usize,
    /// Bytes of an image.
    pub image: u64,
    /// Bytes of all parts of an upload but the last.
    pub part: u64,
    /// Connections at once.
    pub connections: usize,
    /// Requests at once; more are answered with 503.
    pub requests: usize,
    /// Requests a second in the long run; more are answered with 503.
    pub rate: u32,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a body may say nothing, and a client take nothing.
    pub idle: Duration,
    /// How long a body that is no image may take.
    pub body: Duration,
    /// How long a URL for a part is good.
    pub part_url: Duration,
    /// How long an upload may rest.
    pub upload: Duration,
    /// Bytes for each entity; 0 is no limit.
    pub quota: u64,
    /// Images in an answer to a search.
    pub found: u32,
}

impl Settings {
    /// The usual settings for a cloud in `folder`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            storage: Storage::Folder,
            limits: Limits::default(),
            clock: Arc::new(Timestamp::now),
            anonymous_key_add: true,
            names: Vec::new(),
            beyond_this_machine: false,
            steps: Steps::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json: 1 << 20,
            key: 1 << 20,
            key_packet: 8 << 10,
            image: 1 << 44,
            part: 32 << 20,
            connections: 1024,
            requests: 1024,
            rate: 5000,
            head: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            body: Duration::from_secs(10 * 60),
            part_url: Duration::from_secs(12 * 3600),
            upload: Duration::from_secs(24 * 3600),
            quota: 0,
            found: 500,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("folder", &self.folder)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

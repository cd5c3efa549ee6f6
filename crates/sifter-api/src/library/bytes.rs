//! One file on its way, whatever it comes from or goes to: what every transport is asked and answers.

use std::{path::Path, sync::Arc};

use transfer::{Arriving, Bandwidth, CancellationToken, Progress};

use crate::units::Timestamp;

/// A file to fetch.
pub(crate) struct Fetch<'a> {
    /// Where from, with its scheme.
    pub(crate) reference: &'a str,
    /// The architecture, where the transport knows them.
    pub(crate) arch: Option<&'a str>,
    /// Under what name the file shall be; what arrives before it is whole lies beside it.
    pub(crate) target: &'a Path,
    /// Who reads along while it arrives.
    pub(crate) arriving: Option<Arc<Arriving>>,
    /// Whether something under that name is replaced.
    pub(crate) replaces: bool,
    /// What the file must be.
    pub(crate) sha256: Option<[u8; 32]>,
    /// The most connections at once.
    pub(crate) connections: usize,
    pub(crate) bandwidth: Bandwidth,
    pub(crate) progress: Arc<dyn Progress>,
    /// Ends it within a second. What arrived stays.
    pub(crate) stop: CancellationToken,
}

/// A file to send.
pub(crate) struct Deliver<'a> {
    /// Where to, with its scheme and one tag.
    pub(crate) reference: &'a str,
    pub(crate) file: &'a Path,
    /// What the file is, if somebody read it already.
    pub(crate) sha256: Option<[u8; 32]>,
    /// How far an earlier try came.
    pub(crate) resume: Option<oci::PushState>,
    /// Hears what to keep for a restart.
    pub(crate) on_state: &'a (dyn Fn(&oci::PushState) + Sync),
    pub(crate) bandwidth: Bandwidth,
    pub(crate) progress: Arc<dyn Progress>,
    /// Ends it within a second.
    pub(crate) stop: CancellationToken,
}

/// A file that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

/// What a server says of a file that could be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) size: Option<u64>,
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) arch: Option<String>,
    pub(crate) architectures: Vec<String>,
    pub(crate) created: Option<Timestamp>,
}

/// Connections of one transfer; each room adds them only as long as they help.
pub(crate) const CONNECTIONS: usize = 8;

//! How far one image of a push is, kept for a restart; and the farewell to a server that has parts which nobody needs.

use std::{future::Future, time::Duration};

use super::{PushJob, item::Progress};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    files::Stamp,
    network::wait_for,
};

/// Whoever cancels a push does not wait longer for the server to hear of it.
const FAREWELL: Duration = Duration::from_millis(900);

/// How far one image is.
pub(super) struct Kept<'a> {
    pub(super) sifter: &'a Sifter,
    pub(super) job: &'a PushJob,
    pub(super) number: usize,
    /// The file as it is sent.
    pub(super) stamp: Stamp,
}

impl Kept<'_> {
    /// Returns how far it is; nothing if that is of another state of the file.
    pub(super) fn progress(&self) -> Result<Option<Progress>> {
        let kept: Option<Progress> = self.sifter.inner.store.item(&self.job.id, self.number)?;
        Ok(kept.filter(|kept| kept.stamp() == Some(self.stamp)))
    }

    pub(super) fn keep(&self, progress: &Progress) {
        let store = &self.sifter.inner.store;
        if let Err(error) = store.keep_item(&self.job.id, self.number, progress) {
            // It costs sending parts again after a restart.
            tracing::warn!(code = ?error.code, "how far a push is could not be kept");
        }
    }

    /// Returns how far a registry is.
    pub(super) fn pieces(&self) -> Result<Option<oci::PushState>> {
        Ok(match self.progress()? {
            Some(Progress::InPieces { state, .. }) => Some(state),
            _ => None,
        })
    }

    pub(super) fn keep_pieces(&self, state: &oci::PushState) {
        self.keep(&Progress::InPieces {
            stamp: self.stamp,
            state: state.clone(),
        });
    }
}

/// Does what tells a server that parts of a push are not needed any more.
pub(super) fn say_farewell(farewell: impl Future<Output = Result<()>>) {
    let told = wait_for(async {
        let told = tokio::time::timeout(FAREWELL, farewell).await;
        told.unwrap_or_else(|_| Err(ApiError::plain(ErrorCode::ServerUnreachable)))
    });
    if let Err(error) = told {
        // Servers forget by themselves after a while.
        tracing::debug!(code = ?error.code, "an upload was not given up");
    }
}

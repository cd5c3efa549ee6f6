//! Keys over the network: searching, fetching, publishing.

use super::{FoundKeys, LookedFor, PublishedKey};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    units::RemoteId,
};

impl Sifter {
    /// Searches the keyserver of a remote: a name, a mail address or a fingerprint.
    ///
    /// # Errors
    /// `input-invalid`, `service-missing`, and the codes of the network.
    pub async fn search_keys(
        &self,
        remote: RemoteId,
        text: String,
        page: Option<String>,
    ) -> Result<FoundKeys> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Looks for a key by its whole fingerprint at all keyservers of a remote, in their order, and plans its import.
    ///
    /// # Errors
    /// `input-invalid`, `service-missing`; what keyservers answered is in the view.
    pub async fn look_for_key(&self, remote: RemoteId, fingerprint: String) -> Result<LookedFor> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Publishes the public part of a key at the first keyserver of a remote.
    ///
    /// # Errors
    /// `key-missing`, `service-missing`, `token-missing`, and the codes of the network.
    pub async fn publish_key(&self, remote: RemoteId, fingerprint: String) -> Result<PublishedKey> {
        Err(ApiError::plain(ErrorCode::Internal))
    }
}

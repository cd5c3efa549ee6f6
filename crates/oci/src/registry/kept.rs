//! What is kept of a push in pieces, so that it goes on after a restart.

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{Push, Registry, upload::Opened};
use crate::error::Error;

/// What is kept of a push in pieces. The address in it is one of the registry itself: it lets nobody write there who may not
/// do so anyway.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushState {
    /// The path of the repository.
    repository: String,
    /// The digest of the file.
    digest: String,
    /// The length of the file.
    size: u64,
    /// Where the registry tells how far the upload is.
    upload: String,
    /// The shortest piece that the registry takes.
    least: u64,
}

impl PushState {
    pub(super) fn new(push: &Push<'_>, upload: &Opened) -> Self {
        Self {
            repository: push.repository.path.clone(),
            digest: push.digest.to_string(),
            size: push.size,
            upload: upload.url.to_string(),
            least: upload.least,
        }
    }

    /// The upload, if it is one of the same file to the same place. How far it is the registry has to say.
    pub(super) fn upload(&self, push: &Push<'_>) -> Option<Opened> {
        let is_same = self.repository == push.repository.path
            && self.digest == push.digest.to_string()
            && self.size == push.size;
        Some(Opened {
            url: self.upload.parse().ok().filter(|_| is_same)?,
            has: 0,
            least: self.least,
        })
    }
}

impl fmt::Debug for PushState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "PushState of {} to {}",
            self.digest, self.repository
        )
    }
}

impl Registry {
    /// Tells the registry to forget what was sent of a push that is not continued.
    ///
    /// # Errors
    ///
    /// A fault on the way; registries forget by themselves after a while.
    pub async fn forget_push(&self, state: &PushState) -> Result<(), Error> {
        match Url::parse(&state.upload) {
            Ok(upload) => self.forget_upload(&state.repository, &upload).await,
            Err(_) => Ok(()),
        }
    }
}

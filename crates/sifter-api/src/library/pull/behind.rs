//! Pulling from a library that keeps its bytes in a registry behind it.

use oci::Resolved;
use scs_types::library::{Image, ImageHash};

use super::item::Way;
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    library::{CONNECTIONS, Fetched, behind::Behind, place::Place},
};

/// An image of a library, and the registry that has its bytes.
pub(super) struct Kept<'a> {
    pub(super) place: &'a Place,
    /// The tag that the person named.
    pub(super) tag: &'a str,
    pub(super) arch: Option<&'a str>,
    pub(super) image: &'a Image,
    pub(super) registry: &'a scs_client::Registry,
}

impl Kept<'_> {
    /// Pulls the image. On the threads of the network.
    pub(super) async fn pull(&self, sifter: &Sifter, way: &Way<'_>) -> Result<Fetched> {
        let behind = Behind::open(sifter, self.place, self.registry)?;
        let found = tokio::select! {
            biased;
            () = way.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
            found = self.find(&behind) => found?,
        };
        self.check(&found)?;
        let pull = oci::Pull {
            image: &found,
            target: way.staged,
            check: None,
            arriving: way.arriving.clone(),
            replaces: false,
            part_size: transfer::PART_SIZE,
            connections: CONNECTIONS,
            bandwidth: sifter.inner.library.bandwidth.clone(),
            progress: way.progress.clone(),
            stop: way.stop.clone(),
        };
        let file = behind.registry.pull(&pull).await?;
        Ok(Fetched {
            size: file.size,
            sha256: file.sha256,
        })
    }

    /// Under its hash, by which a push names it, or else under its tag.
    async fn find(&self, behind: &Behind<'_>) -> Result<Resolved> {
        if ImageHash::is_hash(&self.image.hash) {
            let by_hash = behind.named(&self.image.hash)?;
            match behind.registry.resolve(&by_hash, self.arch).await {
                Err(error) if error.is_missing() => {}
                found => return Ok(found?),
            }
        }
        let by_tag = behind.named(self.tag)?;
        Ok(behind.registry.resolve(&by_tag, self.arch).await?)
    }

    /// Both must speak of the same file.
    fn check(&self, found: &Resolved) -> Result<()> {
        let named: Option<ImageHash> = self.image.hash.parse().ok();
        let digest = found.digest.bytes();
        match named.and_then(|hash| hash.sha256()) {
            Some(expected) if expected != digest => {
                let why = format!(
                    "the registry behind the library has the hash `{}` instead of `{}`",
                    hex::encode(digest),
                    hex::encode(expected)
                );
                Err(ApiError::new(ErrorCode::DigestMismatch, why))
            }
            _ => Ok(()),
        }
    }
}

//! Bytes that a library keeps in a registry behind it. The library says where that is and gives a token for it.

use oci::{Login, Reference, Registry, Resolved};
use scs_types::library::{Image, ImageHash};

use super::item::Way;
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    library::{CONNECTIONS, Fetched},
};

/// An image of a library, and the registry that has its bytes.
pub(super) struct Behind<'a> {
    /// The tag that the person named.
    pub(super) tag: &'a str,
    pub(super) arch: Option<&'a str>,
    pub(super) image: &'a Image,
    pub(super) registry: &'a scs_client::Registry,
}

impl Behind<'_> {
    /// Pulls the image. On the threads of the network.
    pub(super) async fn pull(&self, sifter: &Sifter, way: Way<'_>) -> Result<Fetched> {
        let login = Login::Bearer(self.registry.token.clone());
        let client = sifter.registry_client()?;
        let registry = Registry::at(&client, &self.registry.url, Some(login))?;
        sifter.contact(registry.host().as_str(), "registry");
        let found = tokio::select! {
            biased;
            () = way.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
            found = self.find(&registry) => found?,
        };
        self.check(&found)?;
        let pull = oci::Pull {
            image: &found,
            target: way.staged,
            check: None,
            arriving: way.arriving,
            replaces: false,
            part_size: transfer::PART_SIZE,
            connections: CONNECTIONS,
            bandwidth: sifter.inner.library.bandwidth.clone(),
            progress: way.progress,
            stop: way.stop,
        };
        let file = registry.pull(&pull).await?;
        Ok(Fetched {
            size: file.size,
            sha256: file.sha256,
        })
    }

    /// Under its hash, by which a push names it, or else under its tag.
    async fn find(&self, registry: &Registry) -> Result<Resolved> {
        if ImageHash::is_hash(&self.image.hash) {
            let by_hash = self.named(registry, &self.image.hash)?;
            match registry.resolve(&by_hash, self.arch).await {
                Err(error) if error.is_missing() => {}
                found => return Ok(found?),
            }
        }
        let by_tag = self.named(registry, self.tag)?;
        Ok(registry.resolve(&by_tag, self.arch).await?)
    }

    fn named(&self, registry: &Registry, tag: &str) -> Result<Reference> {
        let text = format!("oras://{}/{}:{tag}", registry.host(), self.registry.name);
        text.parse().map_err(|error: oci::Invalid| {
            ApiError::new(ErrorCode::ServerAnswerInvalid, error.to_string())
        })
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

//! How a registry tells of a SIF file: as `oras://` has it, or as a library keeps its images in the registry behind it.

use super::{Push, Registry};
use crate::{
    digest::Digest,
    error::{Cause, Error},
    manifest::{self, INDEX, MANIFEST},
    reference::Reference,
};

/// How a registry tells of a SIF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// As `oras://` has it: one manifest, to which all tags lead.
    Artifact {
        /// The name of the file.
        title: &'a str,
    },
    /// As a library has it: a manifest under the hash of the file, and under each tag an index by architecture.
    Library(LibraryImage<'a>),
}

/// What a library knows of an image by its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryImage<'a> {
    /// As in `amd64`.
    pub architecture: &'a str,
    /// What the image is; may be empty.
    pub description: &'a str,
    /// Whether anybody signed it.
    pub is_signed: bool,
    /// Whether its file system is encrypted.
    pub is_encrypted: bool,
}

impl Registry {
    /// Tells of a file whose bytes are there, and lets all names lead to it. Returns the digest of its manifest.
    pub(super) async fn describe(
        &self,
        push: &Push<'_>,
        names: &[Reference],
    ) -> Result<Digest, Error> {
        let (digest, size, repository) = (push.digest, push.size, push.repository);
        match push.form {
            Form::Artifact { title } => {
                self.send_bytes(repository, manifest::CONFIG).await?;
                let manifest = manifest::of_sif(digest, size, title);
                for name in names {
                    self.set_manifest(name, MANIFEST, &manifest).await?;
                }
                Ok(Digest::of(&manifest))
            }
            Form::Library(image) => {
                let config = manifest::library_config(digest, &image);
                self.send_bytes(repository, &config).await?;
                let manifest = manifest::of_library(digest, size, &config);
                // A library finds the image by its hash; no tag leads to it before.
                let by_hash = format!("sha256.{}", hex::encode(digest.bytes()));
                let by_hash = Reference::tagged(repository.clone(), &by_hash)
                    .map_err(|_| self.error(super::push::TAGGING, Cause::Answer("no tag")))?;
                self.set_manifest(&by_hash, MANIFEST, &manifest).await?;
                for name in names {
                    self.set_for_architecture(name, &manifest, image.architecture)
                        .await?;
                }
                Ok(Digest::of(&manifest))
            }
        }
    }

    /// Lets a tag lead to a manifest for one architecture. Those for others stay: not every registry keeps them by itself.
    async fn set_for_architecture(
        &self,
        tag: &Reference,
        manifest: &[u8],
        architecture: &str,
    ) -> Result<(), Error> {
        let before = self.index(tag).await?;
        let index = manifest::with_architecture(before.as_deref(), manifest, architecture);
        self.set_manifest(tag, INDEX, &index).await
    }
}

//! Pushing a SIF file.

use std::{path::Path, sync::Arc};

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderValue},
};
use transfer::{Bandwidth, CancellationToken, PartDigests, Progress, Upload};

use super::{
    Form, Purpose, PushState, Registry,
    access::at,
    pieces::{Pieces, Taken},
    until,
    upload::{PUSHING, SMALL, Session},
};
use crate::{
    digest::Digest,
    error::{Cause, Error},
    exchange::Ask,
    reference::{DEFAULT_TAG, Reference, Repository},
};

pub(super) const TAGGING: &str = "setting the tag";

/// What is pushed, and how.
pub struct Push<'a> {
    /// Where to.
    pub repository: &'a Repository,
    /// Under which tags; none is `latest`.
    pub tags: &'a [String],
    /// The file.
    pub file: &'a Path,
    /// How the registry tells of it.
    pub form: Form<'a>,
    /// Its length when it was hashed.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
    /// A longer file goes in pieces of so many bytes where the registry takes them; see [`PIECE_SIZE`](super::PIECE_SIZE).
    pub piece_size: u64,
    /// How far an earlier push came.
    pub resume: Option<PushState>,
    /// Hears what to keep for a restart.
    pub on_state: &'a (dyn Fn(&PushState) + Sync),
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Ends it within a second.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Push<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Push of {} to {}",
            self.file.display(),
            self.repository
        )
    }
}

/// What became of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The reference by the first tag, which always means this file.
    pub reference: Reference,
    /// Whether the registry had the bytes already.
    pub was_there: bool,
}

impl Registry {
    /// Whether the repository has the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`], [`Cause::Forbidden`], or a fault on the way.
    pub async fn has(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.has_blob(repository, digest, Purpose::Pull).await
    }

    /// Pushes a file, and lets each tag lead to it once its bytes are there.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`], [`Cause::Forbidden`], [`Cause::TooLarge`], a file that changed, or a fault on the way.
    pub async fn push(&self, push: &Push<'_>) -> Result<Pushed, Error> {
        let repository = push.repository;
        let latest = [DEFAULT_TAG.to_owned()];
        let tags = if push.tags.is_empty() {
            &latest
        } else {
            push.tags
        };
        let mut references = Vec::new();
        for tag in tags {
            let reference = Reference::tagged(repository.clone(), tag);
            references.push(reference.map_err(|_| self.error(TAGGING, Cause::Answer("no tag")))?);
        }
        let work = async {
            let was_there = self
                .has_blob(repository, &push.digest, Purpose::Push)
                .await?;
            if was_there {
                push.progress.advanced(push.size, Some(push.size));
            } else {
                self.send_file(push).await?;
            }
            let manifest = self.describe(push, &references).await?;
            Ok((was_there, manifest))
        };
        let (was_there, manifest) = until(&push.stop, PUSHING, self.host(), work).await?;
        let first = references.first().cloned();
        let first = first.ok_or_else(|| self.error(TAGGING, Cause::Answer("no tag")))?;
        Ok(Pushed {
            reference: first.pinned(manifest),
            was_there,
        })
    }

    pub(super) async fn has_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        purpose: Purpose,
    ) -> Result<bool, Error> {
        let path = format!("{}/blobs/{digest}", repository.path);
        let mut ask = Ask::new(PUSHING, Method::HEAD, at(self.base().await?, &path)?, 0);
        ask.follows = false;
        match self.ask(ask, Some(&purpose.scope(repository))).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() || error.status == Some(405) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn send_file(&self, push: &Push<'_>) -> Result<(), Error> {
        if push.size > push.piece_size {
            let pieces = Pieces {
                registry: self,
                push,
                session: self.session(push.repository, push.digest),
            };
            if pieces.send().await? == Taken::Whole {
                return Ok(());
            }
            push.progress.advanced(0, Some(push.size));
        }
        self.send_at_once(push).await
    }

    /// Sends the bytes in one request, which every registry takes. A try that failed starts anew.
    async fn send_at_once(&self, push: &Push<'_>) -> Result<(), Error> {
        let sink = self.session(push.repository, push.digest);
        let upload = Upload {
            http: &self.0.client.bytes,
            sink: &sink,
            method: Method::PUT,
            file: push.file,
            size: push.size,
            part_size: push.size.max(1),
            digests: PartDigests::Unwanted,
            sent: Vec::new(),
            needs_tokens: false,
            fresh_addresses: 0,
            connections: 1,
            bandwidth: push.bandwidth.clone(),
            retry: self.0.client.retry,
            progress: Arc::clone(&push.progress),
            on_sent: &|_| {},
            stop: push.stop.clone(),
        };
        let sent = upload.run().await;
        sent.map(drop)
            .map_err(|error| self.of_transfer(PUSHING, error))
    }

    /// Sends a small blob, unless it is there.
    pub(super) async fn send_bytes(
        &self,
        repository: &Repository,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let digest = Digest::of(bytes);
        if self.has_blob(repository, &digest, Purpose::Push).await? {
            return Ok(());
        }
        let session = self.session(repository, digest);
        let upload = session.open().await?;
        session.finish(&upload, bytes).await
    }

    fn session<'a>(&'a self, repository: &'a Repository, digest: Digest) -> Session<'a> {
        Session {
            registry: self,
            repository,
            digest,
        }
    }

    /// Lets the name of `reference` lead to a manifest or an index, as `kind` says.
    pub(super) async fn set_manifest(
        &self,
        reference: &Reference,
        kind: &'static str,
        manifest: &[u8],
    ) -> Result<(), Error> {
        let repository = &reference.repository;
        let path = format!("{}/manifests/{}", repository.path, reference.name());
        let mut ask = Ask::new(TAGGING, Method::PUT, at(self.base().await?, &path)?, SMALL);
        ask.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        ask.body = Some(manifest.to_vec());
        let scope = Purpose::Push.scope(repository);
        self.ask(ask, Some(&scope)).await.map(drop)
    }
}

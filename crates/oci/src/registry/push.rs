//! Pushing a SIF file.

use std::{path::Path, sync::Arc};

use futures_util::future::BoxFuture;
use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use transfer::{Bandwidth, CancellationToken, Location, PartDigests, Progress, Sink, Upload};

use super::{Purpose, Registry, access::at, until};
use crate::{
    digest::Digest,
    error::{Cause, Error},
    exchange::{Answer, Ask},
    manifest::{CONFIG, MANIFEST, of_sif},
    reference::{DEFAULT_TAG, Reference, Repository},
};

const PUSHING: &str = "pushing the image";
const TAGGING: &str = "setting the tag";
/// Answers to what is pushed have next to nothing in them.
const SMALL: usize = 64 << 10;
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What is pushed, and how.
pub struct Push<'a> {
    /// Where to.
    pub repository: &'a Repository,
    /// Under which tags; none is `latest`.
    pub tags: &'a [String],
    /// The file.
    pub file: &'a Path,
    /// Its name, which goes into the manifest.
    pub title: &'a str,
    /// Its length when it was hashed.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
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
            self.send_config(repository).await?;
            let manifest = of_sif(push.digest, push.size, push.title);
            for reference in &references {
                self.set_manifest(reference, &manifest).await?;
            }
            Ok((was_there, Digest::of(&manifest)))
        };
        let (was_there, manifest) = until(&push.stop, PUSHING, self.host(), work).await?;
        let first = references.first().cloned();
        let first = first.ok_or_else(|| self.error(TAGGING, Cause::Answer("no tag")))?;
        Ok(Pushed {
            reference: first.pinned(manifest),
            was_there,
        })
    }

    async fn has_blob(
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

    /// Sends the bytes in one request, which every registry takes. A try that failed starts anew.
    async fn send_file(&self, push: &Push<'_>) -> Result<(), Error> {
        let sink = Session {
            registry: self,
            repository: push.repository,
            digest: push.digest,
        };
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

    async fn send_config(&self, repository: &Repository) -> Result<(), Error> {
        let digest = Digest::of(CONFIG);
        if self.has_blob(repository, &digest, Purpose::Push).await? {
            return Ok(());
        }
        let session = Session {
            registry: self,
            repository,
            digest,
        };
        let to = session.open().await?;
        let mut ask = Ask::new(PUSHING, Method::PUT, to.url, SMALL);
        ask.headers = to.headers;
        ask.headers.insert(CONTENT_LENGTH, CONFIG.len().into());
        ask.body = Some(CONFIG.to_vec());
        // The session is used up by the first try.
        ask.repeats = false;
        let answer = self.0.client.ask(&ask).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(self.refused(&ask, &answer))
    }

    async fn set_manifest(&self, reference: &Reference, manifest: &[u8]) -> Result<(), Error> {
        let repository = &reference.repository;
        let path = format!("{}/manifests/{}", repository.path, reference.name());
        let mut ask = Ask::new(TAGGING, Method::PUT, at(self.base().await?, &path)?, SMALL);
        ask.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(MANIFEST));
        ask.body = Some(manifest.to_vec());
        let scope = Purpose::Push.scope(repository);
        self.ask(ask, Some(&scope)).await.map(drop)
    }
}

/// One upload, for which the registry gives an address.
struct Session<'a> {
    registry: &'a Registry,
    repository: &'a Repository,
    digest: Digest,
}

impl Session<'_> {
    /// Asks for an address, and adds what proves the bytes.
    async fn open(&self) -> Result<Location, Error> {
        let registry = self.registry;
        let path = format!("{}/blobs/uploads/", self.repository.path);
        let ask = Ask::new(
            PUSHING,
            Method::POST,
            at(registry.base().await?, &path)?,
            SMALL,
        );
        let scope = Purpose::Push.scope(self.repository);
        let answer = registry.ask(ask, Some(&scope)).await?;
        let mut url = self.address(&answer)?;
        url.query_pairs_mut()
            .append_pair("digest", &self.digest.to_string());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, BYTES);
        // Bytes may go elsewhere, a login may not.
        if url.origin() == answer.url.origin()
            && let Some(header) = registry.authorization(Some(&scope)).await?
        {
            headers.insert(AUTHORIZATION, header);
        }
        Ok(Location { url, headers })
    }

    fn address(&self, answer: &Answer) -> Result<Url, Error> {
        let refused = |why: &str| {
            self.registry
                .error(PUSHING, Cause::Redirect(why.to_owned()))
        };
        let location = answer.text(LOCATION);
        let url = location.and_then(|location| answer.url.join(location).ok());
        let mut url = url
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| refused("the upload has no address"))?;
        if answer.url.scheme() == "https" && url.scheme() == "http" {
            // A registry behind a proxy may not know that it is reached by https.
            let is_itself = url.host_str() == answer.url.host_str()
                && url
                    .port()
                    .is_none_or(|port| Some(port) == answer.url.port());
            let port = answer.url.port();
            let is_mended =
                is_itself && url.set_scheme("https").is_ok() && url.set_port(port).is_ok();
            if !is_mended {
                return Err(refused("the upload goes from https to http"));
            }
        }
        Ok(url)
    }
}

impl Sink for Session<'_> {
    fn address(
        &self,
        _number: u32,
        _length: u64,
        _sha256: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async {
            let opened = self.open().await;
            opened.map_err(|error| transfer::Error::Elsewhere(Box::new(error)))
        })
    }
}

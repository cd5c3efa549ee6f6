//! What a reference leads to.

use reqwest::{
    Method,
    header::{ACCEPT, HeaderName, HeaderValue},
};

use super::{Purpose, Registry, access::at};
use crate::{
    digest::Digest,
    error::{Cause, Error},
    exchange::{Answer, Ask},
    manifest::{ACCEPTED, Content, Descriptor, Manifest},
    reference::Reference,
};

const LOOKING: &str = "looking for the image";
/// No manifest is longer.
const LONGEST: usize = 4 << 20;
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A SIF file in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The reference that always means this file.
    pub reference: Reference,
    /// The digest of the manifest that was found under the reference.
    pub manifest: Digest,
    /// The digest of the file.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// The name that it had where it was pushed.
    pub title: Option<String>,
    /// When it was made, as the registry says.
    pub created: Option<String>,
    /// The architecture that it is for, where the registry says so.
    pub architecture: Option<String>,
    /// All architectures under the same name, where the registry says so.
    pub architectures: Vec<String>,
}

/// A manifest whose digest is proven.
struct Found {
    digest: Digest,
    content: Content,
}

impl Registry {
    /// Finds the SIF file that `reference` leads to. Where there is one for each architecture, that for `architecture`.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], [`Cause::OciImage`], [`Cause::NotSif`], [`Cause::NoArchitecture`], an answer
    /// that is no manifest or has another digest, or a fault on the way.
    pub async fn resolve(
        &self,
        reference: &Reference,
        architecture: Option<&str>,
    ) -> Result<Resolved, Error> {
        let mut found = self.manifest(reference, &reference.name()).await?;
        let top = found.digest;
        let (mut own, mut architectures) = (None, Vec::new());
        if let Content::Index(entries) = &found.content {
            let entry = self.choose(entries, architecture)?;
            own = entry.architecture().map(str::to_owned);
            architectures = all_architectures(entries);
            let digest: Digest = entry
                .digest
                .parse()
                .map_err(|_| self.error(LOOKING, Cause::Answer("an index without digests")))?;
            found = self.manifest(reference, &digest.to_string()).await?;
        }
        let sif = match found.content {
            Content::Sif(sif) => sif,
            Content::OciImage => return Err(self.error(LOOKING, Cause::OciImage)),
            Content::Other(found) => return Err(self.error(LOOKING, Cause::NotSif { found })),
            Content::Broken(what) => return Err(self.error(LOOKING, Cause::Answer(what))),
            Content::Index(_) => {
                return Err(self.error(LOOKING, Cause::Answer("an index inside of an index")));
            }
        };
        Ok(Resolved {
            reference: reference.pinned(found.digest),
            manifest: top,
            digest: sif.digest,
            size: sif.size,
            title: sif.title,
            created: sif.created,
            architecture: own,
            architectures,
        })
    }

    /// The digest of what a reference leads to now, whatever that is; none if it leads to nothing.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`], an answer that is no manifest or has another digest, or a fault on the way.
    pub async fn manifest_digest(&self, reference: &Reference) -> Result<Option<Digest>, Error> {
        match self.manifest(reference, &reference.name()).await {
            Ok(found) => Ok(Some(found.digest)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn choose<'a>(
        &self,
        entries: &'a [Descriptor],
        architecture: Option<&str>,
    ) -> Result<&'a Descriptor, Error> {
        if let [only] = entries {
            let fits = match (architecture, only.architecture()) {
                (Some(wanted), Some(has)) => wanted == has,
                _ => true,
            };
            if fits {
                return Ok(only);
            }
        }
        let wanted = architecture.unwrap_or("amd64");
        let mut fitting = entries
            .iter()
            .filter(|entry| entry.architecture() == Some(wanted));
        fitting.next().ok_or_else(|| {
            let cause = match all_architectures(entries) {
                have if have.is_empty() => Cause::Answer("an index without architectures"),
                have => Cause::NoArchitecture {
                    wanted: wanted.to_owned(),
                    have,
                },
            };
            self.error(LOOKING, cause)
        })
    }

    /// The index under a name, as it is written; none if there is nothing, or no index.
    pub(super) async fn index(&self, reference: &Reference) -> Result<Option<Vec<u8>>, Error> {
        let answer = match self.written(reference, &reference.name()).await {
            Ok((answer, _)) => answer,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error),
        };
        let manifest = serde_json::from_slice::<Manifest>(&answer.body).ok();
        let content = manifest.map(|manifest| manifest.content(answer.kind()));
        Ok(matches!(content, Some(Content::Index(_))).then_some(answer.body))
    }

    async fn manifest(&self, reference: &Reference, name: &str) -> Result<Found, Error> {
        let (answer, digest) = self.written(reference, name).await?;
        let manifest: Manifest = serde_json::from_slice(&answer.body).map_err(|_| {
            self.error(LOOKING, Cause::Answer("something that is no manifest"))
                .with_status(answer.status)
        })?;
        Ok(Found {
            digest,
            content: manifest.content(answer.kind()),
        })
    }

    /// A manifest as it is written, and its digest, which is proven.
    async fn written(&self, reference: &Reference, name: &str) -> Result<(Answer, Digest), Error> {
        let repository = &reference.repository;
        let path = format!("{}/manifests/{name}", repository.path);
        let mut ask = Ask::new(
            LOOKING,
            Method::GET,
            at(self.base().await?, &path)?,
            LONGEST,
        );
        for kind in ACCEPTED {
            ask.headers.append(ACCEPT, HeaderValue::from_static(kind));
        }
        let scope = Purpose::Pull.scope(repository);
        let answer = self.ask(ask, Some(&scope)).await?;
        let digest = self.prove(&answer, name)?;
        Ok((answer, digest))
    }

    /// The digest of a manifest. It must be the one that was asked for and the one that the server names.
    fn prove(&self, answer: &Answer, name: &str) -> Result<Digest, Error> {
        let found = Digest::of(&answer.body);
        let asked = name.contains(':').then_some(name);
        let told = answer
            .text(CONTENT_DIGEST)
            .filter(|told| told.starts_with("sha256:"));
        for expected in asked.into_iter().chain(told) {
            if expected != found.to_string() {
                let cause = Cause::Digest {
                    expected: expected.to_owned(),
                    found: found.to_string(),
                };
                return Err(self.error(LOOKING, cause));
            }
        }
        Ok(found)
    }
}

fn all_architectures(entries: &[Descriptor]) -> Vec<String> {
    let mut all: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry.architecture().map(str::to_owned))
        .collect();
    all.sort();
    all.dedup();
    all
}

//! Pulling a SIF file.

use std::{path::Path, sync::Arc};

use futures_util::future::BoxFuture;
use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap},
};
use transfer::{
    Arriving, Bandwidth, CancellationToken, Download, Downloaded, FileCheck, Location, Progress,
    Source,
};

use super::{Purpose, Registry, Resolved, access::at};
use crate::{
    error::{Cause, Error},
    exchange::Ask,
};

const PULLING: &str = "pulling the image";

/// What is pulled, and how.
pub struct Pull<'a> {
    /// The file, as [`Registry::resolve`] found it.
    pub image: &'a Resolved,
    /// Under what name it shall be.
    pub target: &'a Path,
    /// Looks at the whole file before it gets its name; a refusal deletes it.
    pub check: Option<FileCheck<'a>>,
    /// Is told what is in the file already; see [`transfer::Download::arriving`].
    pub arriving: Option<Arc<Arriving>>,
    /// Whether something under that name is replaced.
    pub replaces: bool,
    /// The length of the parts that are asked for; see [`transfer::PART_SIZE`].
    pub part_size: u64,
    /// The most connections at once.
    pub connections: usize,
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Ends it within a second. What arrived stays, see [`transfer::discard`].
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Pull<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Pull of {} to {}",
            self.image.reference,
            self.target.display()
        )
    }
}

impl Registry {
    /// Pulls a file. What arrives is compared with the digest that its manifest names.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], a wrong digest, no room, or a fault on the way.
    pub async fn pull(&self, pull: &Pull<'_>) -> Result<Downloaded, Error> {
        let image = pull.image;
        let source = super::until(&pull.stop, PULLING, self.host(), self.blob(image)).await?;
        let name = format!("oras://{} {}", image.reference.repository, image.digest);
        let download = Download {
            http: &self.0.client.bytes,
            source: &source,
            target: pull.target,
            name: &name,
            sha256: Some(image.digest.bytes()),
            size: Some(image.size),
            check: pull.check,
            arriving: pull.arriving.clone(),
            replace: pull.replaces,
            part_size: pull.part_size,
            connections: pull.connections,
            bandwidth: pull.bandwidth.clone(),
            retry: self.0.client.retry,
            progress: Arc::clone(&pull.progress),
            stop: pull.stop.clone(),
        };
        download
            .run()
            .await
            .map_err(|error| self.of_transfer(PULLING, error))
    }
}

impl Registry {
    /// The first bytes of a file, fewer if it is shorter. They are not compared with any digest.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], or a fault on the way.
    pub async fn start_of(&self, image: &Resolved, length: u64) -> Result<Vec<u8>, Error> {
        let location = self.blob(image).await?.find().await?;
        let look = self.0.client.bytes.look(&location, length).await;
        look.map(|look| look.start)
            .map_err(|error| self.of_transfer(PULLING, error))
    }

    async fn blob(&self, image: &Resolved) -> Result<Blob<'_>, Error> {
        let repository = &image.reference.repository;
        let path = format!("{}/blobs/{}", repository.path, image.digest);
        Ok(Blob {
            registry: self,
            url: at(self.base().await?, &path)?,
            scope: Purpose::Pull.scope(repository),
            size: image.size,
        })
    }
}

/// Where the bytes are. Asked first without bytes, so that a token that is too old is replaced.
struct Blob<'a> {
    registry: &'a Registry,
    url: Url,
    scope: String,
    size: u64,
}

impl Blob<'_> {
    async fn find(&self) -> Result<Location, Error> {
        let mut ask = Ask::new(PULLING, Method::HEAD, self.url.clone(), 0);
        // Addresses elsewhere are often signed for one method only.
        ask.follows = false;
        match self.registry.ask(ask, Some(&self.scope)).await {
            Ok(answer) => {
                let length = answer
                    .text(CONTENT_LENGTH)
                    .and_then(|length| length.parse().ok());
                let other = length.is_some_and(|length: u64| length != self.size);
                if answer.status == 200 && other {
                    let cause = Cause::Answer("a file of another length than its manifest says");
                    return Err(self.registry.error(PULLING, cause));
                }
            }
            // Not every server knows the question.
            Err(error) if matches!(error.status, Some(400 | 405 | 501)) => {}
            Err(error) => return Err(error),
        }
        let mut headers = HeaderMap::new();
        if let Some(header) = self.registry.authorization(Some(&self.scope)).await? {
            headers.insert(AUTHORIZATION, header);
        }
        Ok(Location {
            url: self.url.clone(),
            headers,
        })
    }
}

impl Source for Blob<'_> {
    fn locate(&self) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async {
            let found = self.find().await;
            found.map_err(|error| transfer::Error::Elsewhere(Box::new(error)))
        })
    }

    fn renews(&self) -> bool {
        true
    }
}

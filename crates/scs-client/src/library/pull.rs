//! Pulling an image.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::BoxFuture;
use reqwest::Url;
use scs_types::library::{Image, ImageHash, LibraryRef};
use transfer::{
    Arriving, Bandwidth, CancellationToken, Download, Downloaded, Location, Progress, Source,
};

use super::{AsksRegistry, Library, Registry, images::arch_query, push::until, registry::Purpose};
use crate::error::{Cause, Error, of_storage, shown};

const PULLING: &str = "pulling the image";
/// Asks whether an address works without taking the first byte, which is what servers count pulls by.
const SECOND_BYTE: &str = "bytes=1-1";

/// What is pulled, and how.
pub struct Pull<'a> {
    /// The image. Its host was looked at by whoever chose the library.
    pub reference: &'a LibraryRef,
    /// For a tag, the architecture.
    pub arch: Option<&'a str>,
    /// Under what name the file shall be.
    pub target: &'a Path,
    /// Is told what is in the file already; see [`transfer::Download::arriving`].
    pub arriving: Option<Arc<Arriving>>,
    /// Whether something under that name is replaced.
    pub replaces: bool,
    /// What the file must be, where somebody knows it better than the library. A hash in the reference wins.
    pub sha256: Option<[u8; 32]>,
    /// When a registry behind the library is asked for.
    pub asks_registry: AsksRegistry,
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

/// What came of a pull.
#[derive(Debug)]
pub enum Pulled {
    /// The file is there and proven.
    Done {
        /// What the library knows of it.
        image: Box<Image>,
        /// The file.
        file: Downloaded,
    },
    /// The bytes are in a registry.
    NeedsRegistry {
        /// What the library knows of it.
        image: Box<Image>,
        /// Where they are.
        registry: Box<Registry>,
    },
}

impl std::fmt::Debug for Pull<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Pull of {} to {}",
            self.reference,
            self.target.display()
        )
    }
}

impl Library {
    /// Pulls an image. What arrives is compared with the hash that the reference or else the library names.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], [`Cause::OciImage`], a wrong digest, no room, or a fault on the way.
    pub async fn pull(&self, pull: &Pull<'_>) -> Result<Pulled, Error> {
        let image = until(&pull.stop, PULLING, self.image(pull.reference, pull.arch)).await?;
        if pull.asks_registry == AsksRegistry::First
            && let Some(registry) = self.registry_for(pull).await?
        {
            return Ok(needs(registry, image));
        }
        match self.download(pull, &image).await {
            Ok(file) => Ok(Pulled::Done {
                image: Box::new(image),
                file,
            }),
            Err(error) if pull.asks_registry == AsksRegistry::Last && sends_nothing(&error) => {
                match self.registry_for(pull).await? {
                    Some(registry) => Ok(needs(registry, image)),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn registry_for(&self, pull: &Pull<'_>) -> Result<Option<Registry>, Error> {
        let asked = async { Ok(self.registry(&pull.reference.path, Purpose::Pull).await) };
        until(&pull.stop, PULLING, asked).await
    }

    async fn download(&self, pull: &Pull<'_>, image: &Image) -> Result<Downloaded, Error> {
        let hash = hash_of(pull, image)?;
        let path = format!(
            "v1/imagefile/{}:{}",
            pull.reference.path,
            pull.reference.tag()
        );
        let url = self.base.at(&path, &arch_query(pull.arch))?;
        let source = ImageFile {
            library: self,
            url: url.clone(),
            is_elsewhere: AtomicBool::new(false),
        };
        let name = match &hash {
            Some(hash) => format!("{} {hash}", pull.reference),
            None => pull.reference.to_string(),
        };
        let download = Download {
            http: &self.base.client.bytes,
            source: &source,
            target: pull.target,
            name: &name,
            sha256: hash.and_then(|hash| hash.sha256()),
            size: u64::try_from(image.size).ok().filter(|size| *size > 0),
            check: None,
            arriving: pull.arriving.clone(),
            replace: pull.replaces,
            part_size: pull.part_size,
            connections: pull.connections,
            bandwidth: pull.bandwidth.clone(),
            retry: self.base.client.retry,
            progress: Arc::clone(&pull.progress),
            stop: pull.stop.clone(),
        };
        let downloaded = download.run().await;
        downloaded.map_err(|error| {
            if source.is_elsewhere.load(Ordering::Relaxed) {
                of_storage(PULLING, &shown(&url), error)
            } else {
                self.of_transfer(PULLING, &shown(&url), error)
            }
        })
    }

    /// The error of a transfer; a server may have repeated the token in its words.
    pub(crate) fn of_transfer(
        &self,
        operation: &'static str,
        place: &str,
        error: transfer::Error,
    ) -> Error {
        let error = match (error, &self.base.access) {
            (
                transfer::Error::Refused {
                    status,
                    message,
                    wait,
                    request,
                },
                Some(access),
            ) => transfer::Error::Refused {
                status,
                message: access.scrub(&message),
                wait,
                request: request.filter(|id| access.scrub(id.as_str()) == id.as_str()),
            },
            (error, _) => error,
        };
        Error::of_transfer(operation, place, error)
    }
}

fn needs(registry: Registry, image: Image) -> Pulled {
    Pulled::NeedsRegistry {
        image: Box::new(image),
        registry: Box::new(registry),
    }
}

/// Whether the library knows the image but has no way to its bytes.
fn sends_nothing(error: &Error) -> bool {
    let is_its_own = error.operation == PULLING && error.status.is_some();
    is_its_own
        && !error.may_pass()
        && matches!(
            error.cause(),
            Cause::Missing { .. }
                | Cause::Forbidden { .. }
                | Cause::Refused { .. }
                | Cause::Server { .. }
        )
}

/// What the file must be. A hash in the reference is what the person asked for, whatever the library says.
fn hash_of(pull: &Pull<'_>, image: &Image) -> Result<Option<ImageHash>, Error> {
    let known = || pull.sha256.map(ImageHash::Sha256);
    if let Some(hash) = pull.reference.hash() {
        return Ok(hash
            .sha256()
            .map(ImageHash::Sha256)
            .or_else(known)
            .or(Some(hash)));
    }
    if let Some(known) = known() {
        return Ok(Some(known));
    }
    if image.hash.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Error::local(PULLING, Cause::Answer("a hash that is none"));
    image.hash.parse().map(Some).map_err(wrong)
}

/// Where the bytes of an image are: the library leads there, each time anew, as such addresses expire.
struct ImageFile<'a> {
    library: &'a Library,
    url: Url,
    /// Whether it led to another server.
    is_elsewhere: AtomicBool,
}

impl Source for ImageFile<'_> {
    fn locate(&self) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async {
            let base = &self.library.base;
            let mut ask = base.get(PULLING, self.url.clone());
            ask.range = Some(SECOND_BYTE);
            let located = base.client.locate(&ask).await;
            let located = located.map_err(|error| transfer::Error::Elsewhere(Box::new(error)))?;
            let is_elsewhere = located.url.origin() != base.url.origin();
            self.is_elsewhere.store(is_elsewhere, Ordering::Relaxed);
            Ok(located)
        })
    }

    fn renews(&self) -> bool {
        true
    }
}

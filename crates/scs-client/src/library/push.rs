//! Pushing an image: the order of things. The tags come last, so that whatever happens they lead to whole images.

mod finish;
mod multipart;
mod plan;
mod send;
mod state;

pub use plan::{PushPlan, Step, TagMove};
pub use state::{PushState, SentToken};

use std::{future::Future, path::Path, sync::Arc};

use scs_types::{
    ApiLevel,
    library::{Completed, Image, ImageHash, PushRef},
};
use transfer::{Bandwidth, CancellationToken, FileDigests, Progress, Wanted, hash_file};

use super::{Library, Registry, browse::Place, registry::Purpose, tags::target};
use crate::error::{Cause, Error};
use send::{SINGLE, Sending};

const HASHING: &str = "reading the file";
const PUSHING: &str = "pushing the image";
/// Parts are hashed along with the file in this length. If the server wants another one, each part is read once more.
const LIKELY_PART: u64 = 32 << 20;

/// What is pushed, and how.
pub struct Push<'a> {
    /// The file.
    pub file: &'a Path,
    /// Where to.
    pub reference: &'a PushRef,
    /// The architecture, which the tags need.
    pub arch: &'a str,
    /// What the image is; kept only when it is new.
    pub description: &'a str,
    /// Whether a registry behind the library is asked for first.
    pub asks_registry: bool,
    /// What the file is, if somebody read it already. It is not read again then.
    pub known: Option<FileDigests>,
    /// Hears which step begins.
    pub on_step: &'a (dyn Fn(PushStep) + Sync),
    /// What was sent before a restart.
    pub resume: Option<PushState>,
    /// Hears what to keep for a restart.
    pub on_state: &'a (dyn Fn(&PushState) + Sync),
    /// The most connections at once.
    pub connections: usize,
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// Who is told how far it is: first the reading, then the sending.
    pub progress: Arc<dyn Progress>,
    /// Ends it within a second.
    pub stop: CancellationToken,
    /// Whether a stop is for good: then the server is told to forget what was sent. Asked when it was stopped.
    pub is_given_up: &'a (dyn Fn() -> bool + Sync),
}

/// The steps of a push that take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushStep {
    /// The file is read.
    Hash,
    /// The library is asked what it has.
    Check,
    /// The bytes are sent.
    Upload,
    /// The tags are set.
    Tag,
}

/// What came of a push.
#[derive(Debug)]
pub enum Pushed {
    /// The image is there, and the tags lead to it.
    Done(Box<PushDone>),
    /// The library keeps its images in a registry, which only a registry client can push to.
    NeedsRegistry {
        /// SHA-256 of the file.
        sha256: [u8; 32],
        /// Where.
        registry: Box<Registry>,
    },
}

/// A push that is done.
#[derive(Clone, Debug)]
pub struct PushDone {
    /// The hash of the image.
    pub hash: ImageHash,
    /// The image as the library knew it before its bytes were sent.
    pub image: Image,
    /// Whether the bytes were there already, so that nothing was sent.
    pub was_there: bool,
    /// The tags, and where they led before.
    pub tags: Vec<TagMove>,
    /// What the server said at the end. Older ones say nothing.
    pub completed: Option<Completed>,
}

impl std::fmt::Debug for Push<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Push of {} to {}",
            self.file.display(),
            self.reference
        )
    }
}

impl Library {
    /// Pushes an image.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`], [`Cause::Forbidden`], [`Cause::Quota`], [`Cause::Digest`], [`Cause::Stopped`], a file that changes,
    /// or a fault on the way. What was sent is in the last state that was told.
    pub async fn push(&self, push: &Push<'_>) -> Result<Pushed, Error> {
        let digests = digests(push).await?;
        (push.on_step)(PushStep::Check);
        if push.asks_registry {
            let path = &push.reference.path;
            let asked = async { Ok(self.registry(path, Purpose::Push).await) };
            if let Some(registry) = until(&push.stop, PUSHING, asked).await? {
                return Ok(Pushed::NeedsRegistry {
                    sha256: digests.sha256,
                    registry: Box::new(registry),
                });
            }
        }
        let hash = ImageHash::Sha256(digests.sha256);
        let (place, image, level) = until(&push.stop, PUSHING, self.announce(push, &hash)).await?;
        let was_there = image.uploaded;
        let completed = if was_there {
            None
        } else {
            (push.on_step)(PushStep::Upload);
            let sending = Sending {
                library: self,
                push,
                place: &place,
                image: &image.id,
                digests: &digests,
                level,
            };
            sending.run().await?
        };
        (push.on_step)(PushStep::Tag);
        let tags = until(
            &push.stop,
            PUSHING,
            self.move_tags(push, &place, &image, level),
        )
        .await?;
        Ok(Pushed::Done(Box::new(PushDone {
            hash,
            image,
            was_there,
            tags,
            completed,
        })))
    }

    async fn announce(
        &self,
        push: &Push<'_>,
        hash: &ImageHash,
    ) -> Result<(Place, Image, ApiLevel), Error> {
        let path = &push.reference.path;
        let place = self.make_place(path).await?;
        let about = (push.arch, push.description);
        let image = self
            .make_image(path, &place.container.id, hash, about)
            .await?;
        let level = self.api_level().await?;
        Ok((place, image, level))
    }

    async fn move_tags(
        &self,
        push: &Push<'_>,
        place: &Place,
        image: &Image,
        level: ApiLevel,
    ) -> Result<Vec<TagMove>, Error> {
        let container = &place.container.id;
        let before = self.tags(container, level).await?;
        let mut moves = Vec::new();
        for tag in &push.reference.tags {
            self.set_tag(container, (push.arch, tag), &image.id, level)
                .await?;
            let from = target(&before, push.arch, tag).cloned();
            moves.push(TagMove::new(tag, from, &image.id));
        }
        Ok(moves)
    }

    /// Tells the server to forget what was sent of a push that is not continued.
    ///
    /// # Errors
    ///
    /// A fault on the way; servers forget by themselves after a while.
    pub async fn forget_push(&self, state: &PushState) -> Result<(), Error> {
        multipart::abort(self, state).await
    }
}

async fn digests(push: &Push<'_>) -> Result<FileDigests, Error> {
    if let Some(known) = &push.known {
        return Ok(known.clone());
    }
    (push.on_step)(PushStep::Hash);
    read_for_push(push.file, Arc::clone(&push.progress), push.stop.clone()).await
}

/// Reads a file as [`Push::known`] has it.
///
/// # Errors
///
/// [`Cause::Stopped`], or the file cannot be read.
pub async fn read_for_push(
    file: &Path,
    progress: Arc<dyn Progress>,
    stop: CancellationToken,
) -> Result<FileDigests, Error> {
    let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    hash_file(file.to_owned(), wanted(length), stop, progress)
        .await
        .map_err(|error| Error::of_transfer(HASHING, "", error))
}

fn wanted(length: u64) -> Wanted {
    let is_single = length <= SINGLE;
    Wanted {
        part: (!is_single).then_some(LIKELY_PART),
        md5: is_single,
    }
}

/// The result of `work`, unless it is stopped before.
pub(crate) async fn until<T>(
    stop: &CancellationToken,
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::local(operation, Cause::Stopped)),
        result = work => result,
    }
}

//! Pushing to a library that takes its images through a registry behind it. The library is asked where that is and for a
//! token; what is there already, and where the tags lead, the registry says.

use std::sync::Arc;

use oci::{Cause, Form, LibraryImage, Reference};
use scs_client::{PushPlan, Registry, Step, TagMove};
use scs_types::{
    Id,
    library::{ImageHash, PushRef, Quota},
};
use transfer::{CancellationToken, FileDigests};

use super::{PushJobItem, kept::Kept};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    files::OpenFile,
    images::{is_encrypted, is_signed, read_image},
    library::{
        attempts::Reporter,
        behind::{Behind, Tokens, not_taken},
        oras,
        place::Place,
    },
    tasks::TaskPhase,
};

/// Returns the registry through which a library takes images; nothing where it takes them itself.
pub(super) async fn registry(place: &Place, reference: &PushRef) -> Result<Option<Registry>> {
    match place.library.registry_for_push(&reference.path).await {
        Ok(found) => Ok(found),
        // Most libraries do not know the question, and each says so in its own way.
        Err(error) if error.status.is_some() => Ok(None),
        Err(error) => Err(place.fault(error)),
    }
}

/// Shows what a push would do. Nothing is written.
pub(super) async fn plan(
    sifter: &Sifter,
    (place, given): (&Place, &Registry),
    reference: &PushRef,
    (arch, digests): (&str, &FileDigests),
) -> Result<PushPlan> {
    let behind = Behind::open(sifter, place, given)?;
    let own = digests.sha256;
    let mut tags = Vec::new();
    for tag in &reference.tags {
        let from = digest_under(&behind, tag, arch).await.map_err(not_taken)?;
        tags.push(tag_move(tag, from, own));
    }
    let mut is_there = tags.iter().any(|tag| tag.is_there);
    if let (false, Some(tag)) = (is_there, reference.tags.first()) {
        let repository = behind.named(tag)?.repository;
        let asked = behind.registry.has(&repository, &own.into()).await;
        is_there = asked.map_err(|error| not_taken(error.into()))?;
    }
    // What the library itself says is good to know; it need not know these questions.
    let container = place.library.container(&reference.path).await;
    let container = container.ok().flatten();
    let is_new = container.is_none() && tags.iter().all(|tag| tag.from.is_none());
    Ok(PushPlan {
        hash: ImageHash::Sha256(own),
        to_send: if is_there { 0 } else { digests.size },
        makes: is_new.then_some(Step::Container),
        tags,
        quota: quota(place, reference).await,
        is_read_only: container.is_some_and(|container| container.read_only),
    })
}

async fn quota(place: &Place, reference: &PushRef) -> Option<Quota> {
    let [entity, ..] = reference.path.whole()?;
    let entity = place.library.entity(entity).await.ok()??;
    Some(Quota {
        quota_total: entity.quota,
        quota_usage: entity.size,
    })
}

/// Returns the digest of the image for `arch` that a tag leads to now.
async fn digest_under(behind: &Behind<'_>, tag: &str, arch: &str) -> Result<Option<[u8; 32]>> {
    let at: Reference = behind.named(tag)?;
    match behind.registry.resolve(&at, Some(arch)).await {
        // Those for others stay as they are.
        Err(error) if matches!(error.cause(), Cause::NoArchitecture { .. }) => Ok(None),
        found => oras::digest_found(&behind.registry, &at, found).await,
    }
}

fn tag_move(tag: &str, from: Option<[u8; 32]>, own: [u8; 32]) -> TagMove {
    let hash = from.map(|from| ImageHash::Sha256(from).to_string());
    TagMove {
        tag: tag.to_owned(),
        from: hash.clone().map(Id::new),
        from_hash: hash,
        is_there: from == Some(own),
    }
}

/// One image on its way to such a library.
pub(super) struct Through<'a> {
    pub(super) sifter: &'a Sifter,
    pub(super) place: &'a Place,
    pub(super) item: &'a PushJobItem,
    pub(super) reference: &'a PushRef,
    pub(super) open: &'a OpenFile,
    pub(super) digests: &'a FileDigests,
    pub(super) kept: &'a Kept<'a>,
    pub(super) reporter: &'a Arc<Reporter>,
    pub(super) stop: CancellationToken,
}

impl Through<'_> {
    /// Sends the image and lets the tags lead to it. On the threads of the network.
    pub(super) async fn send(&self) -> Result<()> {
        let mut tokens = Tokens::default();
        loop {
            let Err(error) = self.once().await else {
                return Ok(());
            };
            tokens.after(error, self.reporter.reached())?;
        }
    }

    async fn once(&self) -> Result<()> {
        let ready = async {
            let given = self.ask().await?;
            self.check_tags(&Behind::open(self.sifter, self.place, &given)?)
                .await?;
            Ok::<_, ApiError>(given)
        };
        let given = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
            given = ready => given?,
        };
        let behind = Behind::open(self.sifter, self.place, &given)?;
        self.reporter.begin(TaskPhase::Upload);
        self.push(&behind).await
    }

    /// Asks the library where its registry is, and for a token.
    async fn ask(&self) -> Result<Registry> {
        let outdated = || {
            let why = format!(
                "`{}` takes images in another way than when this was planned",
                self.place.host
            );
            ApiError::new(ErrorCode::PlanOutdated, why)
        };
        let asked = self.place.library.registry_for_push(&self.reference.path);
        match asked.await {
            Ok(given) => given.ok_or_else(outdated),
            Err(error) if matches!(error.cause(), scs_client::Cause::Missing { .. }) => {
                Err(outdated())
            }
            Err(error) => Err(self.place.fault(error)),
        }
    }

    /// Refuses if somebody moved a tag since the plan was shown, unless it leads to this image already.
    async fn check_tags(&self, behind: &Behind<'_>) -> Result<()> {
        for planned in &self.item.tags {
            let now = digest_under(behind, &planned.tag, &self.item.arch).await?;
            let now = tag_move(&planned.tag, now, self.digests.sha256);
            if now.from_hash != planned.from_hash && !now.is_there {
                let why = format!(
                    "`{}:{}` was changed at the library since this was planned",
                    self.item.container, planned.tag
                );
                return Err(ApiError::new(ErrorCode::PlanOutdated, why));
            }
        }
        Ok(())
    }

    async fn push(&self, behind: &Behind<'_>) -> Result<()> {
        let image = read_image(self.open)?;
        let tags: Vec<String> = self.reference.tags.clone();
        let repository = behind.named(tags.first().map_or("latest", String::as_str))?;
        let push = oci::Push {
            repository: &repository.repository,
            tags: &tags,
            file: &self.open.path,
            form: Form::Library(LibraryImage {
                architecture: &self.item.arch,
                description: &self.item.description,
                is_signed: is_signed(image.objects()),
                is_encrypted: is_encrypted(image.objects()),
            }),
            size: self.digests.size,
            digest: self.digests.sha256.into(),
            piece_size: oci::PIECE_SIZE,
            resume: self.kept.pieces()?,
            on_state: &|state| self.kept.keep_pieces(state),
            bandwidth: self.sifter.inner.library.bandwidth.clone(),
            progress: Arc::clone(self.reporter) as _,
            stop: self.stop.clone(),
        };
        behind.registry.push(&push).await?;
        Ok(())
    }

    /// Tells the registry that what was sent is not needed any more.
    pub(super) async fn forget(&self) -> Result<()> {
        let Some(state) = self.kept.pieces()? else {
            return Ok(());
        };
        let given = self.ask().await?;
        let behind = Behind::open(self.sifter, self.place, &given)?;
        Ok(behind.registry.forget_push(&state).await?)
    }
}

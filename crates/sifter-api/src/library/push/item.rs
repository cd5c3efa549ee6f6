//! One image of a push: checked, signed where that was chosen, sent.

use std::sync::Arc;

use scs_client::{Push, PushState, PushStep, Pushed, TagMove};
use scs_types::library::PushRef;
use serde::{Deserialize, Serialize};
use transfer::{CancellationToken, FileDigests};

use super::{
    PlannedTag, PushJob, PushJobItem,
    behind::Through,
    gate,
    kept::{Kept, say_farewell},
    registry, target,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files::{OpenFile, Stamp},
    images::stamp_at,
    library::{
        CONNECTIONS, ContainerPlace, PushTarget, PushedItem, TagMoveView,
        attempts::{Reporter, until_done},
        place::Place,
    },
    network::wait_for,
    sign::Signer,
    tasks::{TaskContext, TaskNeed, TaskPhase},
    units::RemoteId,
    verdict::{self, Badge},
};

/// How far an item is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// The image was signed for this push and is this file now.
    Signed {
        stamp: Stamp,
    },
    /// Parts of it are at the server.
    Sending {
        stamp: Stamp,
        state: PushState,
    },
    /// A registry has the first bytes of it.
    InPieces {
        stamp: Stamp,
        state: oci::PushState,
    },
    Done(PushedItem),
}

impl Progress {
    pub(super) fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Signed { stamp } | Self::Sending { stamp, .. } | Self::InPieces { stamp, .. } => {
                Some(*stamp)
            }
            Self::Done(_) => None,
        }
    }
}

/// Refuses an image that is another file than when the plan was shown.
pub(super) fn as_planned(sifter: &Sifter, item: &PushJobItem) -> Result<()> {
    as_before(sifter, item, item.stamp)
}

fn as_before(sifter: &Sifter, item: &PushJobItem, stamp: Stamp) -> Result<()> {
    let path = sifter.record(item.image)?.path;
    if stamp_at(&path).is_ok_and(|now| now == stamp) {
        return Ok(());
    }
    let why = format!("`{}` changed since this was planned", name_of(&path));
    Err(ApiError::new(ErrorCode::PlanOutdated, why))
}

/// Pushes one image. What was sent before is not sent again.
pub(super) fn push(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    (job, number): (&PushJob, usize),
    before: Option<&Progress>,
    open_key: &mut dyn FnMut() -> Result<Arc<Signer>>,
) -> Result<PushedItem> {
    let item = job
        .items
        .get(number)
        .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
    let stamp = before.and_then(Progress::stamp);
    let signed = stamp.filter(|_| item.sign);
    as_before(sifter, item, signed.unwrap_or(item.stamp))?;
    check_gate(sifter, task, item)?;
    if item.sign && signed.is_none() {
        open_key()?.sign(sifter, task, item.image, item.stamp)?;
        let stamp = stamp_at(&sifter.record(item.image)?.path);
        let stamp = stamp.map_err(|_| ApiError::plain(ErrorCode::FileMissing))?;
        let signed = Progress::Signed { stamp };
        sifter.inner.store.keep_item(&job.id, number, &signed)?;
    }
    let open = sifter.open_by_id(item.image)?;
    let kept = Kept {
        sifter,
        job,
        number,
        stamp: open.stamp,
    };
    match &job.target {
        PushTarget::Registry { repository } => registry::push(task, &kept, repository, item, &open),
        PushTarget::Library { remote, collection } => {
            let sending = Sending {
                sifter,
                task,
                kept,
                item,
                remote,
                collection,
                open: &open,
            };
            sending.run()
        }
    }
}

/// The file may have changed since the plan, and so may what is known of keys.
fn check_gate(sifter: &Sifter, task: &Arc<TaskContext>, item: &PushJobItem) -> Result<()> {
    let verdict = match sifter.verdict_now(item.image)? {
        Some(verdict) => verdict,
        None => verdict::verify_one(sifter, task, item.image)?,
    };
    if verdict.badge == Badge::Tampered {
        let name = name_of(&sifter.record(item.image)?.path);
        return Err(gate::blocked(&name));
    }
    Ok(())
}

/// One image on its way to a library.
struct Sending<'a> {
    sifter: &'a Sifter,
    task: &'a Arc<TaskContext>,
    kept: Kept<'a>,
    item: &'a PushJobItem,
    remote: &'a RemoteId,
    collection: &'a str,
    open: &'a OpenFile,
}

/// An image that a library has.
struct Sent {
    /// How the library is called.
    host: String,
    /// The tags that the library can move back.
    tags: Vec<TagMove>,
}

impl Sending<'_> {
    fn run(&self) -> Result<PushedItem> {
        let reporter = Reporter::of_upload(self.task);
        let need = (*self.remote != RemoteId::this_computer()).then(|| TaskNeed::SignIn {
            remote: self.remote.clone(),
        });
        let digests = digests(self.sifter, self.task, self.open, &reporter)?;
        let mut said_farewell = false;
        let sent = until_done(self.task, &reporter, need.as_ref(), |stop| {
            let sent = wait_for(self.attempt(&digests, &reporter, stop));
            said_farewell =
                sent.is_err() && self.task.is_cancelled() && !self.item.through_registry;
            sent
        });
        if sent.is_err() && self.task.is_cancelled() && !said_farewell {
            say_farewell(self.forget_upload(&digests, &reporter));
        }
        let sent = sent?;
        let sha256 = hex::encode(digests.sha256);
        let (image, stamp) = (self.item.image, self.open.stamp);
        self.sifter.inner.store.set_digest(image, stamp, &sha256)?;
        Ok(self.pushed(&sent))
    }

    /// Tells the library that parts of a push that was cancelled while it rested are not needed any more. One that was
    /// under way to the library itself told so itself.
    async fn forget_upload(&self, digests: &FileDigests, reporter: &Arc<Reporter>) -> Result<()> {
        let place = self.sifter.patient_library_of(self.remote).await?;
        match self.kept.progress()? {
            Some(Progress::Sending { state, .. }) => {
                place.library.forget_push(&state).await?;
            }
            Some(Progress::InPieces { .. }) => {
                let reference = self.reference()?;
                let stop = CancellationToken::new();
                let through = self.through(&place, &reference, (digests, reporter), stop);
                through.forget().await?;
            }
            _ => {}
        }
        Ok(())
    }

    fn through<'a>(
        &'a self,
        place: &'a Place,
        reference: &'a PushRef,
        (digests, reporter): (&'a FileDigests, &'a Arc<Reporter>),
        stop: CancellationToken,
    ) -> Through<'a> {
        Through {
            sifter: self.sifter,
            place,
            item: self.item,
            reference,
            open: self.open,
            digests,
            kept: &self.kept,
            reporter,
            stop,
        }
    }

    fn reference(&self) -> Result<PushRef> {
        let tags: Vec<String> = self.item.tags.iter().map(|tag| tag.tag.clone()).collect();
        target::reference(self.collection, &self.item.container, &tags)
    }

    async fn attempt(
        &self,
        digests: &FileDigests,
        reporter: &Arc<Reporter>,
        stop: CancellationToken,
    ) -> Result<Sent> {
        reporter.begin(TaskPhase::Check);
        let reference = self.reference()?;
        let ready = self.ready(&reference, digests);
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
            place = ready => place?,
        };
        let host = place.host.clone();
        if self.item.through_registry {
            let through = self.through(&place, &reference, (digests, reporter), stop);
            through.send().await?;
            let tags = Vec::new();
            return Ok(Sent { host, tags });
        }
        let resume = match self.kept.progress()? {
            Some(Progress::Sending { state, .. }) => Some(state),
            _ => None,
        };
        let push = Push {
            file: &self.open.path,
            reference: &reference,
            arch: &self.item.arch,
            description: &self.item.description,
            // The plan says whether there is one.
            asks_registry: false,
            known: Some(digests.clone()),
            on_step: &|step| reporter.begin(phase_of(step)),
            resume,
            on_state: &|state| {
                self.kept.keep(&Progress::Sending {
                    stamp: self.open.stamp,
                    state: state.clone(),
                });
            },
            connections: CONNECTIONS,
            bandwidth: self.sifter.inner.library.bandwidth.clone(),
            progress: Arc::clone(reporter) as _,
            stop,
            is_given_up: &|| self.task.is_cancelled(),
        };
        match place.library.push(&push).await {
            Ok(Pushed::Done(done)) => Ok(Sent {
                host,
                tags: done.tags,
            }),
            Ok(Pushed::NeedsRegistry { .. }) => {
                Err(ApiError::plain(ErrorCode::TransportUnsupported))
            }
            Err(error) => Err(place.fault(error)),
        }
    }

    /// Signs in and looks whether the tags still lead where the plan said.
    async fn ready(&self, reference: &PushRef, digests: &FileDigests) -> Result<Place> {
        let place = self.sifter.patient_library_of(self.remote).await?;
        if !place.may_write() {
            return Err(ApiError::plain(ErrorCode::TokenMissing));
        }
        if self.item.through_registry {
            return Ok(place);
        }
        let (sha256, size) = (digests.sha256, digests.size);
        let plan = place
            .library
            .plan_push(reference, &self.item.arch, sha256, size)
            .await;
        let plan = plan.map_err(|error| place.fault(error))?;
        for (now, planned) in plan.tags.iter().zip(&self.item.tags) {
            let is_as_planned = PlannedTag::of(now).from == planned.from;
            if !is_as_planned && !now.is_there {
                let why = format!(
                    "`{}:{}` was changed at the library since this was planned",
                    self.item.container, now.tag
                );
                return Err(ApiError::new(ErrorCode::PlanOutdated, why));
            }
        }
        if plan.is_read_only {
            return Err(ApiError::plain(ErrorCode::LibraryReadOnly));
        }
        Ok(place)
    }

    fn pushed(&self, sent: &Sent) -> PushedItem {
        let path = format!("{}/{}", self.collection, self.item.container);
        let moved = |tag: &&PlannedTag| {
            let now = sent.tags.iter().find(|now| now.tag == tag.tag);
            now.is_some_and(|now| !now.is_there)
        };
        let back = |tag: &PlannedTag| {
            Some(TagMoveView {
                remote: self.remote.clone(),
                path: path.clone(),
                tag: tag.tag.clone(),
                arch: self.item.arch.clone(),
                hash: tag.from_hash.clone()?,
            })
        };
        let first = self
            .item
            .tags
            .first()
            .map_or("latest", |tag| tag.tag.as_str());
        PushedItem {
            image: self.item.image,
            name: name_of(&self.open.path),
            reference: format!("library://{}/{path}:{first}", sent.host),
            undo: self
                .item
                .tags
                .iter()
                .filter(moved)
                .filter_map(back)
                .collect(),
            container: Some(ContainerPlace {
                remote: self.remote.clone(),
                path,
            }),
            error: None,
        }
    }
}

/// What the file is: read for the plan, or now.
pub(super) fn digests(
    sifter: &Sifter,
    task: &TaskContext,
    open: &OpenFile,
    reporter: &Arc<Reporter>,
) -> Result<FileDigests> {
    let (path, stamp) = (&open.path, open.stamp);
    if let Some(known) = sifter.inner.library.digests(path, stamp) {
        return Ok(known);
    }
    let read = until_done(task, reporter, None, |stop| {
        reporter.begin(TaskPhase::Hash);
        let progress = Arc::clone(reporter);
        wait_for(async { Ok(scs_client::read_for_push(path, progress, stop).await?) })
    })?;
    open.unchanged()?;
    sifter.inner.library.keep_digests(path, stamp, read.clone());
    Ok(read)
}

fn phase_of(step: PushStep) -> TaskPhase {
    match step {
        PushStep::Hash => TaskPhase::Hash,
        PushStep::Check => TaskPhase::Check,
        PushStep::Upload => TaskPhase::Upload,
        PushStep::Tag => TaskPhase::Tag,
    }
}

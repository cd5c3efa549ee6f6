//! One image of a push: checked, signed where that was chosen, sent.

use std::{sync::Arc, time::Duration};

use scs_client::{Push, PushDone, PushState, PushStep, Pushed};
use serde::{Deserialize, Serialize};
use transfer::{CancellationToken, FileDigests};

use super::{PlannedTag, PushJob, PushJobItem, gate, registry, target};
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

/// Whoever cancels a push does not wait longer for the server to hear of it.
const FAREWELL: Duration = Duration::from_millis(900);

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
    Done(PushedItem),
}

impl Progress {
    fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Signed { stamp } | Self::Sending { stamp, .. } => Some(*stamp),
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
    before: Option<Progress>,
    open_key: &mut dyn FnMut() -> Result<Arc<Signer>>,
) -> Result<PushedItem> {
    let item = job
        .items
        .get(number)
        .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
    let stamp = before.as_ref().and_then(Progress::stamp);
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
    let pushed = match &job.target {
        PushTarget::Registry { repository } => {
            registry::push(sifter, task, (job, repository), item, &open)?
        }
        PushTarget::Library { remote, collection } => {
            let sending = Sending {
                sifter,
                task,
                job,
                number,
                item,
                remote,
                collection,
                open: &open,
            };
            sending.run(before)?
        }
    };
    Ok(pushed)
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
    job: &'a PushJob,
    number: usize,
    item: &'a PushJobItem,
    remote: &'a RemoteId,
    collection: &'a str,
    open: &'a OpenFile,
}

impl Sending<'_> {
    fn run(&self, before: Option<Progress>) -> Result<PushedItem> {
        let reporter = Reporter::of_upload(self.task);
        let need = (*self.remote != RemoteId::this_computer()).then(|| TaskNeed::SignIn {
            remote: self.remote.clone(),
        });
        let digests = digests(self.sifter, self.task, self.open, &reporter)?;
        let mut resume = match before {
            Some(Progress::Sending { stamp, state }) if stamp == self.open.stamp => Some(state),
            _ => None,
        };
        let mut said_farewell = false;
        let done = until_done(self.task, &reporter, need.as_ref(), |stop| {
            let kept = self.sifter.inner.store.item(&self.job.id, self.number)?;
            if let Some(Progress::Sending { stamp, state }) = kept
                && stamp == self.open.stamp
            {
                resume = Some(state);
            }
            let done = wait_for(self.attempt(&digests, resume.clone(), &reporter, stop));
            said_farewell = done.is_err() && self.task.is_cancelled();
            done
        });
        if done.is_err() && self.task.is_cancelled() && !said_farewell {
            self.forget_upload();
        }
        let done = done?;
        let sha256 = hex::encode(digests.sha256);
        let (image, stamp) = (self.item.image, self.open.stamp);
        self.sifter.inner.store.set_digest(image, stamp, &sha256)?;
        Ok(self.pushed(&done.0, &done.1))
    }

    /// Tells the library that parts of a push that was cancelled while it rested are not needed any more. One that was
    /// under way told so itself.
    fn forget_upload(&self) {
        let kept = self.sifter.inner.store.item(&self.job.id, self.number);
        let Ok(Some(Progress::Sending { state, .. })) = kept else {
            return;
        };
        let farewell = async {
            let place = self.sifter.patient_library_of(self.remote).await?;
            place.library.forget_push(&state).await?;
            Ok(())
        };
        let told = wait_for(async {
            let told = tokio::time::timeout(FAREWELL, farewell).await;
            told.unwrap_or_else(|_| Err(ApiError::plain(ErrorCode::ServerUnreachable)))
        });
        if let Err(error) = told {
            // Servers forget by themselves after a while.
            tracing::debug!(code = ?error.code, "an upload was not given up");
        }
    }

    async fn attempt(
        &self,
        digests: &FileDigests,
        resume: Option<PushState>,
        reporter: &Arc<Reporter>,
        stop: CancellationToken,
    ) -> Result<(PushDone, String)> {
        reporter.begin(TaskPhase::Check);
        let ready = self.ready(digests);
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
            place = ready => place?,
        };
        let tags: Vec<String> = self.item.tags.iter().map(|tag| tag.tag.clone()).collect();
        let reference = target::reference(self.collection, &self.item.container, &tags)?;
        let push = Push {
            file: &self.open.path,
            reference: &reference,
            arch: &self.item.arch,
            description: &self.item.description,
            // The bytes go to the library itself; it knows where to put them.
            asks_registry: false,
            known: Some(digests.clone()),
            on_step: &|step| reporter.begin(phase_of(step)),
            resume,
            on_state: &|state| self.keep(state),
            connections: CONNECTIONS,
            bandwidth: self.sifter.inner.library.bandwidth.clone(),
            progress: Arc::clone(reporter) as _,
            stop,
            is_given_up: &|| self.task.is_cancelled(),
        };
        match place.library.push(&push).await {
            Ok(Pushed::Done(done)) => Ok((*done, place.host.clone())),
            Ok(Pushed::NeedsRegistry { .. }) => {
                Err(ApiError::plain(ErrorCode::TransportUnsupported))
            }
            Err(error) => Err(place.fault(error)),
        }
    }

    /// Signs in and looks whether the tags still lead where the plan said.
    async fn ready(&self, digests: &FileDigests) -> Result<Place> {
        let place = self.sifter.patient_library_of(self.remote).await?;
        if !place.may_write() {
            return Err(ApiError::plain(ErrorCode::TokenMissing));
        }
        let tags: Vec<String> = self.item.tags.iter().map(|tag| tag.tag.clone()).collect();
        let reference = target::reference(self.collection, &self.item.container, &tags)?;
        let (sha256, size) = (digests.sha256, digests.size);
        let plan = place
            .library
            .plan_push(&reference, &self.item.arch, sha256, size)
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

    fn keep(&self, state: &PushState) {
        let progress = Progress::Sending {
            stamp: self.open.stamp,
            state: state.clone(),
        };
        let store = &self.sifter.inner.store;
        if let Err(error) = store.keep_item(&self.job.id, self.number, &progress) {
            // It costs sending parts again after a restart.
            tracing::warn!(code = ?error.code, "how far a push is could not be kept");
        }
    }

    fn pushed(&self, done: &PushDone, host: &str) -> PushedItem {
        let path = format!("{}/{}", self.collection, self.item.container);
        let moved = |tag: &&PlannedTag| {
            let now = done.tags.iter().find(|now| now.tag == tag.tag);
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
            reference: format!("library://{host}/{path}:{first}"),
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

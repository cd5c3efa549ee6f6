//! What a pull would do.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};

use super::{PullJob, PullJobItem};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files,
    library::{
        IfExists, PullItem, PullPlanItem, PullPlanView, PullRequest, ResolvedView, Transport,
        address::without_secrets, folder::check_folder, names, resolve,
    },
    tasks::{Job, may_wait},
    units::{ByteCount, FolderId, PlanId, TaskId},
};

/// Servers that are asked at once.
const AT_ONCE: usize = 6;
/// Images of one pull.
const MOST: usize = 500;

/// A pull that was shown.
#[derive(Clone, Debug)]
pub(in crate::library) struct PullPlan {
    job: PullJob,
    folder: PathBuf,
    /// For each item, whether its name was taken.
    exists: Vec<bool>,
    unreached: Unreached,
}

/// What of a pull could not be asked for, because its server could not be reached.
#[derive(Clone, Debug)]
pub(crate) struct Unreached {
    pub(crate) request: PullRequest,
    pub(crate) folder: FolderId,
    pub(crate) items: Vec<UnreachedItem>,
}

#[derive(Clone, Debug)]
pub(crate) struct UnreachedItem {
    pub(crate) item: PullItem,
    /// The file's name as it would be.
    pub(crate) name: String,
    /// Whether a file of the wanted name was there.
    pub(crate) exists: bool,
    pub(crate) why: ApiError,
}

/// Shows what a pull would do. On the threads of the network.
pub(crate) async fn plan(sifter: &Sifter, request: PullRequest) -> Result<PullPlanView> {
    if request.items.is_empty() || request.items.len() > MOST {
        let why = format!("between one and {MOST} references are expected");
        return Err(ApiError::new(ErrorCode::InputInvalid, why));
    }
    let answers = stream::iter(request.items.clone())
        .map(|item| async move { resolve::resolve(sifter, &item).await })
        .buffered(AT_ONCE);
    let resolved: Vec<Result<ResolvedView>> = answers.collect().await;
    sifter
        .off(move |sifter| arrange(sifter, &request, resolved))
        .await
}

/// Finds names and room for what was resolved.
fn arrange(
    sifter: &Sifter,
    request: &PullRequest,
    resolved: Vec<Result<ResolvedView>>,
) -> Result<PullPlanView> {
    let folder = sifter.target_path(request.folder.as_ref())?;
    let trouble = check_folder(&folder).err();
    let mut taken = sifter.inner.tasks.pull_targets();
    let replace = request.if_exists == IfExists::Replace;
    let (mut views, mut items, mut exists) = (Vec::new(), Vec::new(), Vec::new());
    let (mut total, mut unreached) = (0_u64, Vec::new());
    for (item, resolved) in request.items.iter().zip(resolved) {
        let wanted = folder.join(wanted_name(sifter, item, resolved.as_ref().ok()));
        let is_there = std::fs::symlink_metadata(&wanted).is_ok();
        let target = free_target(&wanted, replace, &taken);
        let mut view = PullPlanItem {
            resolved: None,
            name: name_of(&target),
            exists: is_there,
            partial: None,
            problem: trouble.clone(),
        };
        match resolved {
            Ok(resolved) => {
                let staged = super::item::staged(&target, replace && is_there);
                let partial = transfer::resumable(&staged).map(|(done, _)| done);
                let size = resolved.size.map_or(0, |size| size.0);
                total = total.saturating_add(size.saturating_sub(partial.unwrap_or(0)));
                view.partial = partial.map(ByteCount);
                if view.problem.is_none() {
                    items.push(job_item(item, &resolved, &target)?);
                    exists.push(is_there);
                    taken.push(target);
                }
                view.resolved = Some(resolved);
            }
            Err(error) => {
                if trouble.is_none() && may_wait(error.code) {
                    unreached.push(UnreachedItem {
                        item: item.clone(),
                        name: view.name.clone(),
                        exists: is_there,
                        why: error.clone(),
                    });
                }
                view.problem = Some(error);
            }
        }
        views.push(view);
    }
    let view = sifter.target_view(&folder)?;
    let folder_id = view.id.clone();
    let job = PullJob {
        id: uuid::Uuid::new_v4().to_string(),
        items,
        verify: request.verify,
        replace,
    };
    Ok(PullPlanView {
        items: views,
        total: ByteCount(total),
        fits: view.free.is_none_or(|free| free.0 >= total),
        folder: view,
        plan: sifter.inner.library.pulls.keep(PullPlan {
            job,
            folder,
            exists,
            unreached: Unreached {
                request: request.clone(),
                folder: folder_id,
                items: unreached,
            },
        }),
    })
}

fn wanted_name(sifter: &Sifter, item: &PullItem, resolved: Option<&ResolvedView>) -> String {
    if let Some(name) = item.name.as_deref().filter(|name| !name.trim().is_empty()) {
        return names::fit(name);
    }
    let suggested = match resolved {
        Some(resolved) => Some(resolved.reference.suggested_name.clone()),
        None => sifter
            .reading_of(&item.reference, item.remote.as_ref())
            .map(|reading| reading.view.suggested_name),
    };
    suggested
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| names::fit(""))
}

/// The first free name like this one, also among those that other pulls are going to take.
fn free_target(wanted: &Path, replace: bool, taken: &[PathBuf]) -> PathBuf {
    let is_taken = |path: &Path| taken.iter().any(|other| other == path);
    if !is_taken(wanted) && (replace || std::fs::symlink_metadata(wanted).is_err()) {
        return wanted.to_path_buf();
    }
    files::free_name_but(wanted, |path| {
        std::fs::symlink_metadata(path).is_err() && !is_taken(path)
    })
}

fn job_item(item: &PullItem, resolved: &ResolvedView, target: &Path) -> Result<PullJobItem> {
    let reading = &resolved.reference;
    let of_hash = resolved
        .hash
        .as_deref()
        .and_then(|hash| hash.strip_prefix("sha256."));
    let pinned = resolve::pinned(item)?.or_else(|| of_hash.map(str::to_owned));
    let is_library = reading.transport == Transport::Library;
    let shown = match reading.transport {
        Transport::Http => without_secrets(&reading.reference),
        _ => &reading.reference,
    };
    Ok(PullJobItem {
        reference: shown.to_owned(),
        whole: (shown != reading.reference).then(|| reading.reference.clone()),
        is_short: shown != reading.reference,
        server: reading.server.clone(),
        transport: reading.transport,
        remote: reading.remote.clone(),
        // The library said what it is; for others it is what the person asked for.
        arch: if is_library {
            resolved.arch.clone()
        } else {
            item.arch.clone()
        },
        hash: resolved.hash.clone(),
        sha256: pinned,
        target: target.to_path_buf(),
    })
}

/// Starts a pull as it was shown. Blocks.
pub(in crate::library) fn start(sifter: &Sifter, id: &PlanId) -> Result<TaskId> {
    let folder = sifter.inner.library.pulls.get(id)?.folder;
    let job = decided(sifter, id)?;
    if sifter.inner.tasks.is_at_home() {
        sifter.inner.store.use_target(&folder, sifter.now())?;
    }
    let subject = job.items.first().map(|first| name_of(&first.target));
    let subject = subject.unwrap_or_default();
    sifter.inner.tasks.start(Job::Pull(job), subject, None)
}

/// Returns the work of a plan that was shown, where everything is as it was. The plan is used up. Blocks.
pub(crate) fn decided(sifter: &Sifter, id: &PlanId) -> Result<PullJob> {
    let plan = sifter.inner.library.pulls.get(id)?;
    if plan.job.items.is_empty() {
        let why = "there is no image that can be pulled";
        return Err(ApiError::new(ErrorCode::InputInvalid, why));
    }
    check_folder(&plan.folder)?;
    for (item, existed) in plan.job.items.iter().zip(&plan.exists) {
        let exists = std::fs::symlink_metadata(&item.target).is_ok();
        // A name that was found free must be free; what is replaced must be there.
        let is_as_shown = exists == (*existed && plan.job.replace);
        if !is_as_shown {
            let name = name_of(&item.target);
            let why = format!("`{name}` is not as it was when this was planned");
            return Err(ApiError::new(ErrorCode::PlanOutdated, why));
        }
    }
    sifter.inner.library.pulls.forget(id);
    sifter
        .inner
        .library
        .take_settings(&sifter.settings_now().settings);
    Ok(plan.job)
}

/// Returns what of a plan could not be asked for. Blocks.
pub(crate) fn unreached(sifter: &Sifter, id: &PlanId) -> Result<Unreached> {
    Ok(sifter.inner.library.pulls.get(id)?.unreached)
}

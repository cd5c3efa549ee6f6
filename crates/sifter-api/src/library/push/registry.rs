//! Pushing into an OCI registry.

use std::sync::Arc;

use super::{
    PlannedTag, PushJobItem, gate, item,
    kept::{Kept, say_farewell},
    planned::Planned,
    target,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    files::OpenFile,
    library::{
        Deliver, PushItem, PushedItem, TagChange, TagEffect,
        attempts::{Reporter, until_done},
        oras, reference,
    },
    network::wait_for,
    tasks::{TaskContext, TaskNeed, TaskPhase},
};
use scs_types::library::ImageHash;
use transfer::CancellationToken;

/// Looks at one image and at what its tags lead to in the registry.
pub(super) async fn plan(sifter: &Sifter, repository: &str, item: &PushItem) -> Result<Planned> {
    let found = match gate::look(sifter, item.image).await {
        Ok(found) => found,
        Err(refused) => return Ok(Planned::refused(item, *refused)),
    };
    let named = target::container(item, &found.name)
        .and_then(|container| Ok((container, target::tags(item)?)));
    let (container, tags) = match named {
        Ok(named) => named,
        Err(error) => return Ok(Planned::of_no_name(item, &found, error)),
    };
    let (mut effects, mut is_there, mut is_new) = (Vec::new(), false, true);
    check_names(repository, &container, &tags)?;
    for tag in &tags {
        let at = target::registry_reference(repository, &container, tag);
        let old = oras::tag_digest(sifter, &at).await?;
        is_new &= old.is_none();
        is_there |= old == Some(found.digests.sha256);
        effects.push(TagEffect {
            tag: tag.clone(),
            effect: match old {
                None => TagChange::New,
                Some(old) if old == found.digests.sha256 => TagChange::Stays,
                Some(_) => TagChange::Moves,
            },
            old_hash: old.map(|old| ImageHash::Sha256(old).to_string()),
            old_date: None,
        });
    }
    // The bytes may be there under another tag.
    if let (false, false, Some(tag)) = (is_there, is_new, tags.first()) {
        let at = target::registry_reference(repository, &container, tag);
        is_there = oras::has(sifter, &at, found.digests.sha256).await?;
    }
    let mut planned = Planned::of(item, &found, container, effects);
    planned.view.container_is_new = is_new;
    planned.view.is_there = is_there;
    planned.sends(if is_there { 0 } else { found.digests.size });
    Ok(planned)
}

/// A repository that a person typed.
pub(super) fn check_names(repository: &str, container: &str, tags: &[String]) -> Result<()> {
    for tag in tags {
        let text = target::registry_reference(repository, container, tag);
        let read = reference::read(&text, &[], None);
        if let Some(problem) = read.and_then(|reading| reading.view.problem) {
            return Err(problem);
        }
    }
    Ok(())
}

/// Pushes one image, once for each tag: after the first the bytes are there.
pub(super) fn push(
    task: &Arc<TaskContext>,
    kept: &Kept<'_>,
    repository: &str,
    wanted: &PushJobItem,
    open: &OpenFile,
) -> Result<PushedItem> {
    let reporter = Reporter::of_upload(task);
    let need = TaskNeed::RegistrySignIn {
        host: target::registry_host(repository),
    };
    let digests = item::digests(kept.sifter, task, open, &reporter)?;
    let mut first = None;
    for tag in &wanted.tags {
        let at = target::registry_reference(repository, &wanted.container, &tag.tag);
        let sent = until_done(task, &reporter, Some(&need), |stop| {
            reporter.begin(TaskPhase::Check);
            let progress = Arc::clone(&reporter);
            wait_for(deliver(
                kept,
                (&at, tag),
                open,
                digests.sha256,
                progress,
                stop,
            ))
        });
        if sent.is_err()
            && task.is_cancelled()
            && let Some(state) = kept.pieces()?
        {
            say_farewell(oras::forget_push(kept.sifter, &at, &state));
        }
        sent?;
        first.get_or_insert(at);
    }
    tracing::debug!(job = kept.job.id, "pushed into a registry");
    Ok(PushedItem {
        image: wanted.image,
        name: crate::error::name_of(&open.path),
        reference: first.unwrap_or_default(),
        container: None,
        undo: Vec::new(),
        error: None,
    })
}

async fn deliver(
    kept: &Kept<'_>,
    (reference, tag): (&str, &PlannedTag),
    open: &OpenFile,
    sha256: [u8; 32],
    reporter: Arc<Reporter>,
    stop: CancellationToken,
) -> Result<()> {
    let asked = as_planned(kept.sifter, (reference, tag), sha256);
    tokio::select! {
        biased;
        () = stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
        asked = asked => asked?,
    }
    reporter.begin(TaskPhase::Upload);
    let deliver = Deliver {
        reference,
        file: &open.path,
        sha256: Some(sha256),
        resume: kept.pieces()?,
        on_state: &|state| kept.keep_pieces(state),
        bandwidth: kept.sifter.inner.library.bandwidth.clone(),
        progress: reporter,
        stop,
    };
    oras::push(kept.sifter, &deliver).await
}

/// Refuses if somebody moved the tag since the plan was shown, unless it leads to this image already.
async fn as_planned(
    sifter: &Sifter,
    (reference, tag): (&str, &PlannedTag),
    sha256: [u8; 32],
) -> Result<()> {
    let now = oras::tag_digest(sifter, reference).await?;
    let hash = now.map(|now| ImageHash::Sha256(now).to_string());
    if hash == tag.from_hash || now == Some(sha256) {
        return Ok(());
    }
    let why = format!("`{reference}` was changed at the registry since this was planned");
    Err(ApiError::new(ErrorCode::PlanOutdated, why))
}

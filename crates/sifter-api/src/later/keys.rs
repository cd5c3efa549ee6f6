//! Keys that are published or looked for when there is a network.

use std::sync::Arc;

use super::{ask, login_at};
use crate::{
    Result, Sifter,
    tasks::{Ended, TaskContext, TaskOutcome, TaskPhase, may_wait},
    units::RemoteId,
};

/// Publishes the key as it is now.
pub(super) fn publish(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    remote: &RemoteId,
    fingerprint: &str,
) -> Result<Ended> {
    task.begin(TaskPhase::Upload, None);
    let published = ask(task, login_at(remote).as_ref(), || {
        sifter.publish_key(remote.clone(), fingerprint.to_owned())
    })?;
    Ok(Ended::Done(TaskOutcome::KeyPublished {
        keyserver: published.keyserver,
        message: published.message,
    }))
}

/// Looks whether a keyserver has the key. Nothing is imported.
pub(super) fn find(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    remote: &RemoteId,
    fingerprint: &str,
) -> Result<Ended> {
    task.begin(TaskPhase::Resolve, None);
    let keyserver = ask(task, login_at(remote).as_ref(), || async {
        let looked = sifter
            .look_for_key(remote.clone(), fingerprint.to_owned())
            .await?;
        let mut down = looked.down.into_iter().map(|(_, error)| error);
        match (looked.keyserver, down.find(|error| may_wait(error.code))) {
            (None, Some(error)) => Err(error),
            (keyserver, _) => Ok(keyserver),
        }
    })?;
    Ok(Ended::Done(TaskOutcome::KeyLookedFor {
        fingerprint: fingerprint.to_owned(),
        keyserver,
    }))
}

//! The work of a push: each image with its own result.

use std::sync::Arc;

use super::{PushJob, item};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    library::{PushTarget, PushedItem},
    sign::Signer,
    tasks::{TaskContext, TaskOutcome},
};

/// Pushes what is not pushed yet.
pub(crate) fn run(sifter: &Sifter, task: &Arc<TaskContext>, job: &PushJob) -> Result<TaskOutcome> {
    let mut signer = None;
    let mut items = Vec::with_capacity(job.items.len());
    for (number, wanted) in job.items.iter().enumerate() {
        task.check()?;
        let name = sifter
            .record(wanted.image)
            .map(|record| name_of(&record.path))
            .unwrap_or_default();
        task.item(&name, number + 1, job.items.len());
        let before = sifter.inner.store.item(&job.id, number)?;
        if let Some(item::Progress::Done(done)) = before {
            items.push(done);
            continue;
        }
        let mut open_key = || open_once(sifter, task, job, &mut signer);
        match item::push(sifter, task, (job, number), before.as_ref(), &mut open_key) {
            Ok(pushed) => {
                let done = item::Progress::Done(pushed.clone());
                sifter.inner.store.keep_item(&job.id, number, &done)?;
                tell(sifter, job, &pushed);
                items.push(pushed);
            }
            Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
            Err(error) => items.push(PushedItem {
                image: wanted.image,
                name,
                reference: String::new(),
                container: None,
                undo: Vec::new(),
                error: Some(error),
            }),
        }
    }
    match items.as_slice() {
        [
            PushedItem {
                error: Some(error), ..
            },
        ] => Err(error.clone()),
        _ => {
            if items.iter().all(|item| item.error.is_none()) {
                sifter.inner.store.forget_items(&job.id)?;
            }
            Ok(TaskOutcome::Pushed { items })
        }
    }
}

/// One passphrase for all images.
fn open_once(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    job: &PushJob,
    signer: &mut Option<Arc<Signer>>,
) -> Result<Arc<Signer>> {
    if let Some(signer) = signer {
        return Ok(Arc::clone(signer));
    }
    let fingerprint = job.sign.as_deref();
    let fingerprint = fingerprint.ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
    let opened = Arc::new(Signer::open(sifter, task, fingerprint)?);
    *signer = Some(Arc::clone(&opened));
    Ok(opened)
}

fn tell(sifter: &Sifter, job: &PushJob, pushed: &PushedItem) {
    if let (PushTarget::Library { remote, .. }, Some(place)) = (&job.target, &pushed.container) {
        sifter.tell(&ApiEvent::LibraryChanged(
            remote.clone(),
            place.path.clone(),
        ));
    }
}

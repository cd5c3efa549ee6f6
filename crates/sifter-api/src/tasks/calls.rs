//! What a front end asks about tasks.

use std::time::Duration;

use super::{Answer, TaskView};
use crate::{Result, Secret, Sifter, keys::KeepPassphrase, units::TaskId};

impl Sifter {
    /// Returns all tasks, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list_tasks(&self) -> Result<Vec<TaskView>> {
        self.off(|sifter| sifter.inner.tasks.list()).await
    }

    /// Returns one task.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn get_task(&self, id: TaskId) -> Result<TaskView> {
        self.off(move |sifter| sifter.inner.tasks.view(id)).await
    }

    /// Cancels a task; one that has ended stays as it is. Within a second no byte more is read or written.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn cancel_task(&self, id: TaskId) -> Result<()> {
        self.off(move |sifter| sifter.inner.tasks.cancel(id)).await
    }

    /// Pauses a running task; any other stays as it is.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn pause_task(&self, id: TaskId) -> Result<()> {
        self.off(move |sifter| sifter.inner.tasks.pause(id, true))
            .await
    }

    /// Lets a paused task go on; any other stays as it is.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn resume_task(&self, id: TaskId) -> Result<()> {
        self.off(move |sifter| sifter.inner.tasks.pause(id, false))
            .await
    }

    /// Starts the same work again and returns the new task.
    ///
    /// # Errors
    /// `handle-unknown`; `input-invalid` where it cannot be done again as it was.
    pub async fn retry_task(&self, id: TaskId) -> Result<TaskId> {
        self.off(move |sifter| {
            let (job, subject) = sifter.inner.tasks.retryable(id)?;
            sifter.inner.tasks.start(job, subject, None)
        })
        .await
    }

    /// Gives a task the passphrase that it asks for.
    ///
    /// # Errors
    /// `handle-unknown` when it does not ask.
    pub async fn answer_task(
        &self,
        id: TaskId,
        passphrase: Secret,
        keep: KeepPassphrase,
    ) -> Result<()> {
        let answer = Answer { passphrase, keep };
        self.off(move |sifter| sifter.inner.tasks.answer(id, answer))
            .await
    }

    /// Forgets tasks that have ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn forget_tasks(&self, ids: Vec<TaskId>) -> Result<()> {
        self.off(move |sifter| sifter.inner.tasks.forget(&ids))
            .await
    }

    /// Waits until no task waits or runs, at most `limit`; returns whether that came to be.
    ///
    /// # Errors
    /// None at present.
    pub async fn wait_for_tasks(&self, limit: Duration) -> Result<bool> {
        self.off(move |sifter| Ok(sifter.inner.tasks.wait_for_all(limit)))
            .await
    }

    /// Moves a waiting task to the front; one that waits for the network tries now.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn hurry_task(&self, id: TaskId) -> Result<()> {
        self.off(move |sifter| sifter.inner.tasks.hurry(id)).await
    }

    /// The system says that there is a network again: what waited for it is tried.
    ///
    /// # Errors
    /// None at present.
    pub async fn network_is_back(&self) -> Result<()> {
        self.off(|sifter| {
            sifter.inner.tasks.network_is_back();
            Ok(())
        })
        .await
    }

    /// Stops pulls and pushes so that they go on at the next start, cancels everything else, and waits for that, at most
    /// `limit`. The last call before the program ends.
    ///
    /// # Errors
    /// None at present.
    pub async fn suspend_tasks(&self, limit: Duration) -> Result<bool> {
        self.off(move |sifter| Ok(sifter.inner.tasks.suspend_all(limit)))
            .await
    }
}

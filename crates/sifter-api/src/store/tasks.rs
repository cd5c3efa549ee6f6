//! The history of tasks.

use rusqlite::params;

use super::{Store, small};
use crate::{
    Result,
    error::ApiError,
    tasks::{Job, TaskView},
    units::{TaskId, Timestamp},
};

/// One task as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskRecord {
    pub(crate) view: TaskView,
    /// What to do again when it is retried.
    pub(crate) job: Option<Job>,
}

impl Store {
    /// Returns the number for a new task.
    pub(crate) fn reserve_task(&self, created: Timestamp) -> Result<TaskId> {
        let rows = self.rows()?;
        rows.execute(
            "INSERT INTO tasks (created, view) VALUES (?1, '')",
            [created.0],
        )?;
        Ok(TaskId(small(rows.last_insert_rowid())?))
    }

    pub(crate) fn save_task(&self, record: &TaskRecord) -> Result<()> {
        let view =
            serde_json::to_string(&record.view).map_err(|error| ApiError::internal(&error))?;
        let job = match &record.job {
            Some(job) => {
                Some(serde_json::to_string(job).map_err(|error| ApiError::internal(&error))?)
            }
            None => None,
        };
        self.rows()?.execute(
            "UPDATE tasks SET ended = ?2, job = ?3, view = ?4 WHERE id = ?1",
            params![
                record.view.id.0,
                record.view.ended.map(|ended| ended.0),
                job,
                view
            ],
        )?;
        Ok(())
    }

    /// Returns the kept tasks, oldest first. What this version cannot read is left out.
    pub(crate) fn tasks(&self) -> Result<Vec<TaskRecord>> {
        let rows = self.rows()?;
        let mut statement = rows.prepare_cached("SELECT job, view FROM tasks ORDER BY id")?;
        let found: Vec<(Option<String>, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(found
            .into_iter()
            .filter_map(|(job, view)| {
                Some(TaskRecord {
                    view: serde_json::from_str(&view).ok()?,
                    job: job.and_then(|job| serde_json::from_str(&job).ok()),
                })
            })
            .collect())
    }

    pub(crate) fn forget_tasks(&self, ids: &[TaskId]) -> Result<()> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        for id in ids {
            change.execute("DELETE FROM tasks WHERE id = ?1", [id.0])?;
        }
        change.commit()?;
        Ok(())
    }
}

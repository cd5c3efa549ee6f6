//! What is remembered of remotes while the program runs.

use std::{collections::HashMap, sync::Mutex};

use super::{discovery::Discovered, logins::Logins};
use crate::{error::ApiError, units::RemoteId};

/// Nothing of it is on the disk.
#[derive(Debug, Default)]
pub(crate) struct RemotesState {
    pub(super) discovered: Discovered,
    pub(super) logins: Logins,
    /// Why the last attempt to reach a remote failed.
    pub(super) problems: Mutex<HashMap<RemoteId, ApiError>>,
}

impl RemotesState {
    pub(super) fn set_problem(&self, id: &RemoteId, problem: Option<ApiError>) {
        let mut problems = crate::lock(&self.problems);
        match problem {
            Some(problem) => problems.insert(id.clone(), problem),
            None => problems.remove(id),
        };
    }

    pub(super) fn problem(&self, id: &RemoteId) -> Option<ApiError> {
        crate::lock(&self.problems).get(id).cloned()
    }
}

//! Tells Sifter when the network comes back, by what the system says and only while a task waits for it: nothing is
//! asked in between.

#[cfg(target_os = "linux")]
#[path = "network/glib.rs"]
mod watch;
#[cfg(not(target_os = "linux"))]
#[path = "network/interfaces.rs"]
mod watch;

use sifter_api::{
    ErrorCode, Sifter,
    tasks::{TaskEvent, TaskState, TaskView},
};

/// The system's word, listened to from the first task that waits for it.
#[derive(Debug, Default)]
pub(crate) struct Network {
    listens: bool,
}

impl Network {
    /// Looks at an event; returns whether a task rests now.
    pub(crate) fn follow(&mut self, event: &TaskEvent, sifter: &Sifter) -> bool {
        let (TaskEvent::Started { task } | TaskEvent::Changed { task }) = event else {
            return false;
        };
        let Some(offline) = waits(task) else {
            return false;
        };
        if !std::mem::replace(&mut self.listens, true) {
            let sifter = sifter.clone();
            watch::listen(offline, move || {
                let sifter = sifter.clone();
                tauri::async_runtime::spawn(async move {
                    if let Err(error) = sifter.network_is_back().await {
                        tracing::warn!(code = ?error.code, "what waits for the network goes on waiting");
                    }
                });
            });
        }
        matches!(task.state, TaskState::WaitsForNetwork { .. })
    }
}

/// Whether the task waits for a network; the value says whether there was none at all.
fn waits(task: &TaskView) -> Option<bool> {
    match &task.state {
        TaskState::WaitsForNetwork { why } => {
            let why = why.as_ref();
            Some(why.is_none_or(|why| why.code == ErrorCode::Offline))
        }
        TaskState::Retrying { why, .. } => (why.code == ErrorCode::Offline).then_some(true),
        _ => None,
    }
}

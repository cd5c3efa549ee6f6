//! Waits for a task: shows its progress on a terminal, and cancels it by Ctrl-C.

use std::{fmt::Write as _, io::IsTerminal, pin::pin};

use sifter_api::{
    ApiError, ApiEvent, ErrorCode, EventStream, Sifter,
    tasks::{TaskEvent, TaskItem, TaskOutcome, TaskPhase, TaskProgress, TaskState, TaskView},
    units::TaskId,
};

use crate::answer::{Failure, complain, harmless};

/// Returns what the task brought. `events` was subscribed to before the task was started.
pub(crate) async fn outcome(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
) -> Result<TaskOutcome, Failure> {
    let ended = follow(sifter, events, id).await;
    // This program ends with its task, and keeps no list of them.
    sifter.forget_tasks(vec![id]).await?;
    ended
}

async fn follow(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
) -> Result<TaskOutcome, Failure> {
    let mut line = ProgressLine::default();
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut is_stopping = false;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = &mut interrupt, if !is_stopping => {
                is_stopping = true;
                sifter.cancel_task(id).await?;
                continue;
            }
        };
        match event {
            Some(ApiEvent::Task(TaskEvent::Progress { id: of, progress })) if of == id => {
                line.show(&progress);
            }
            Some(ApiEvent::Task(TaskEvent::Finished { task } | TaskEvent::Changed { task }))
                if task.id == id =>
            {
                if let Some(end) = ended(task) {
                    line.clear();
                    return end;
                }
            }
            Some(ApiEvent::Task(TaskEvent::NeedsInput { id: of, .. })) if of == id => {
                sifter.cancel_task(id).await?;
                line.clear();
                return Err(ApiError::plain(ErrorCode::PassphraseNeeded).into());
            }
            Some(_) => {}
            None => return Err(ApiError::plain(ErrorCode::Internal).into()),
        }
    }
}

fn ended(task: TaskView) -> Option<Result<TaskOutcome, Failure>> {
    match task.state {
        TaskState::Done { outcome } => Some(Ok(outcome)),
        TaskState::Failed { error } => Some(Err(error.into())),
        TaskState::Cancelled => Some(Err(ApiError::plain(ErrorCode::Cancelled).into())),
        _ => None,
    }
}

/// One line on the terminal that is written over.
#[derive(Debug, Default)]
pub(crate) struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    pub(crate) fn show(&mut self, progress: &TaskProgress) {
        let mut text = String::from(phase(progress.phase));
        if let Some(total) = progress.total.filter(|total| total.0 > 0) {
            let _ = write!(
                text,
                " {:3} %",
                progress.done.0.saturating_mul(100) / total.0
            );
        }
        if let Some(rate) = progress.rate {
            let _ = write!(text, "  {} MB/s", rate.0 / 1_000_000);
        }
        if let Some(left) = progress.eta {
            let _ = write!(text, "  {left} s left");
        }
        if let Some(item) = &progress.item {
            text.push_str(&which(item));
        }
        self.write(&text);
    }

    /// Shows bytes done of a total.
    pub(crate) fn show_bytes(&mut self, done: u64, total: u64, item: &TaskItem) {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        self.write(&format!("Checking {percent:3} %{}", which(item)));
    }

    fn write(&mut self, text: &str) {
        if std::io::stderr().is_terminal() {
            self.shown = true;
            complain(&format!("\r\x1b[2K{}", harmless(text)));
        }
    }

    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            complain("\r\x1b[2K");
        }
    }
}

/// Which of several files it is.
fn which(item: &TaskItem) -> String {
    if item.of > 1 {
        format!("  {} of {}: {}", item.number, item.of, item.name)
    } else {
        String::new()
    }
}

fn phase(phase: TaskPhase) -> &'static str {
    match phase {
        TaskPhase::Queued => "Waiting",
        TaskPhase::Read => "Reading",
        TaskPhase::Hash => "Hashing",
        TaskPhase::Verify => "Checking",
        TaskPhase::Write => "Writing",
        TaskPhase::MakeKey => "Making a key",
    }
}

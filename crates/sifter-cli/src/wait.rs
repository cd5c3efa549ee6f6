//! Waits for a task: shows its progress on a terminal, and cancels it by Ctrl-C.

use std::{fmt::Write as _, io::IsTerminal, pin::pin};

use sifter_api::{
    ApiError, ApiEvent, ErrorCode, EventStream, Sifter,
    keys::KeepPassphrase,
    tasks::{
        TaskEvent, TaskItem, TaskNeed, TaskOutcome, TaskPhase, TaskProgress, TaskState, TaskView,
    },
    units::TaskId,
};

use crate::{
    answer::{Failure, complain, harmless},
    passphrase::Passphrases,
};

/// Returns what the task brought. `events` was subscribed to before the task was started.
pub(crate) async fn outcome(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
) -> Result<TaskOutcome, Failure> {
    let ended = follow(sifter, events, id, None).await;
    // This program ends with its task, and keeps no list of them.
    sifter.forget_tasks(vec![id]).await?;
    ended
}

/// As [`outcome`], for a task that may ask for the passphrase of a key.
pub(crate) async fn outcome_with(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
    passphrases: &Passphrases,
) -> Result<TaskOutcome, Failure> {
    let ended = follow(sifter, events, id, Some(passphrases)).await;
    sifter.forget_tasks(vec![id]).await?;
    ended
}

async fn follow(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
    passphrases: Option<&Passphrases>,
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
                line.show_pause(&task.state);
                if let Some(end) = ended(task) {
                    line.clear();
                    return end;
                }
            }
            Some(ApiEvent::Task(TaskEvent::NeedsInput { id: of, need })) if of == id => {
                line.clear();
                if let Err(failure) = answer(sifter, id, need, passphrases).await {
                    sifter.cancel_task(id).await?;
                    return Err(failure);
                }
            }
            Some(_) => {}
            None => return Err(ApiError::plain(ErrorCode::Internal).into()),
        }
    }
}

/// Gives a task what it asks for, if that can be had here. Nobody signs in while a command waits.
async fn answer(
    sifter: &Sifter,
    id: TaskId,
    need: TaskNeed,
    passphrases: Option<&Passphrases>,
) -> Result<(), Failure> {
    match (need, passphrases) {
        (TaskNeed::Passphrase { wrong: true, .. }, _) => {
            Err(ApiError::plain(ErrorCode::WrongPassphrase).into())
        }
        (TaskNeed::Passphrase { fingerprint, .. }, Some(passphrases)) => {
            let passphrase = passphrases.get(&fingerprint)?;
            let kept = KeepPassphrase::ThisAction;
            Ok(sifter.answer_task(id, passphrase, kept).await?)
        }
        (TaskNeed::Passphrase { .. }, None) => {
            Err(ApiError::plain(ErrorCode::PassphraseNeeded).into())
        }
        (TaskNeed::SignIn { .. }, _) => Err(ApiError::plain(ErrorCode::TokenMissing).into()),
        (TaskNeed::RegistrySignIn { host }, _) => {
            let message = format!("the registry `{host}` wants a login");
            let hint = format!("sign in with `registry login {host}`");
            Err(ApiError::new(ErrorCode::LoginRefused, message)
                .with_hint(hint)
                .into())
        }
        // Only the window lets a push wait for the network.
        (TaskNeed::Review { .. }, _) => Err(ApiError::plain(ErrorCode::PlanOutdated).into()),
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

    /// Shows why nothing happens for a while.
    fn show_pause(&mut self, state: &TaskState) {
        if let TaskState::Retrying {
            attempt, of, why, ..
        } = state
        {
            self.write(&format!(
                "Waiting to try again ({attempt} of {of}): {}",
                why.message
            ));
        }
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
        TaskPhase::Resolve => "Asking",
        TaskPhase::Download => "Pulling",
        TaskPhase::CheckHash => "Checking the hash",
        TaskPhase::Check => "Checking",
        TaskPhase::Upload => "Pushing",
        TaskPhase::Tag => "Tagging",
    }
}

//! Desktop notifications: rare, without secrets, and each leads to what it is about.
//!
//! Only while the person looks elsewhere, and only when a task of more than ten seconds ended, something waits for them,
//! or an image was tampered with. Notifications are fire and forget: everything they say is also in Activity.

mod name;
mod words;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use sifter_api::{
    Sifter,
    settings::Settings,
    tasks::{TaskEvent, TaskState, TaskView},
    units::Timestamp,
};
use tauri::{AppHandle, Runtime};
use tauri_plugin_notification::{ActionPerformed, NotificationExt};

use crate::{
    events::{NotificationChosen, NotificationTarget, tell},
    window,
};

/// A task that ended sooner is not worth a notification.
const LONG_TASK_SECONDS: i64 = 10;
/// More than this many in [`GROUP_TIME`] are told as one.
const SINGLE_AT_MOST: usize = 3;
const GROUP_TIME: Duration = Duration::from_secs(10);
/// Under this name a notification carries where it leads.
const TARGET: &str = "target";

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Notice {
    title: String,
    body: String,
    target: NotificationTarget,
}

/// Listens to clicks on notifications: the window comes to the front and the page opens the place.
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>) {
    let clicked = app.clone();
    let listening = app.notification().on_action(move |action| {
        window::show(&clicked);
        tell(&clicked, NotificationChosen(target_of(action)));
    });
    if let Err(error) = listening {
        tracing::warn!("clicks on notifications are not reported: {error}");
    }
}

fn target_of(action: &ActionPerformed) -> NotificationTarget {
    action
        .notification()
        .and_then(|notification| notification.extra().get(TARGET).cloned())
        .and_then(|value| serde_json::from_value(value).ok())
        .unwrap_or(NotificationTarget::Activity)
}

/// Decides about notifications, and shows them.
#[derive(Debug)]
pub(crate) struct Notifier<R: Runtime> {
    app: AppHandle<R>,
    group: Arc<Mutex<Group>>,
}

impl<R: Runtime> Notifier<R> {
    pub(crate) fn new(app: AppHandle<R>) -> Self {
        Self {
            app,
            group: Arc::default(),
        }
    }

    /// Shows a notification if `event` deserves one.
    pub(crate) async fn consider(&self, event: &TaskEvent, sifter: &Sifter) {
        if !matches!(
            event,
            TaskEvent::Finished { .. } | TaskEvent::NeedsInput { .. }
        ) || window::has_focus(&self.app)
        {
            return;
        }
        let Ok(view) = sifter.get_settings().await else {
            return;
        };
        if is_quiet(&view.settings, Timestamp::of(SystemTime::now())) {
            return;
        }
        let task = match event {
            TaskEvent::NeedsInput { id, .. } => sifter
                .list_tasks()
                .await
                .ok()
                .and_then(|tasks| tasks.into_iter().find(|task| task.id == *id)),
            TaskEvent::Finished { task } => Some(task.clone()),
            _ => None,
        };
        if let Some(notice) = task.and_then(|task| notice_of(&task, &view.settings)) {
            self.say(&notice);
        }
    }

    fn say(&self, notice: &Notice) {
        let step = lock(&self.group).next(Instant::now());
        match step {
            Step::Show => show(&self.app, notice),
            Step::Wait => {}
            Step::WaitAndSum(time) => {
                let (app, group) = (self.app.clone(), self.group.clone());
                tauri::async_runtime::spawn(async move {
                    tokio::time::sleep(time).await;
                    let count = lock(&group).sum();
                    show(&app, &words::group(count));
                });
            }
        }
    }
}

fn lock(group: &Mutex<Group>) -> std::sync::MutexGuard<'_, Group> {
    group.lock().unwrap_or_else(PoisonError::into_inner)
}

fn show<R: Runtime>(app: &AppHandle<R>, notice: &Notice) {
    let shown = app
        .notification()
        .builder()
        .title(&notice.title)
        .body(&notice.body)
        .extra(TARGET, &notice.target)
        .show();
    if let Err(error) = shown {
        tracing::debug!("no notification: {error}");
    }
}

/// Whether a person asked not to be disturbed for now.
fn is_quiet(settings: &Settings, now: Timestamp) -> bool {
    settings.quiet_until.is_some_and(|until| now < until)
}

/// What a task that ended or waits is worth saying.
fn notice_of(task: &TaskView, settings: &Settings) -> Option<Notice> {
    match &task.state {
        TaskState::NeedsInput { need } => settings
            .notify_needs_you
            .then(|| words::needs_you(task, need)),
        TaskState::Done { outcome } => {
            let found = words::found_tampered(outcome);
            if settings.notify_tampered && !found.is_empty() {
                return Some(words::tampered(task, &found));
            }
            ended(task, settings)
        }
        TaskState::Failed { .. } => ended(task, settings),
        // A person cancelled it and knows.
        TaskState::Cancelled
        | TaskState::WaitsForNetwork { .. }
        | TaskState::Queued
        | TaskState::Running
        | TaskState::Paused
        | TaskState::Retrying { .. } => None,
    }
}

fn ended(task: &TaskView, settings: &Settings) -> Option<Notice> {
    (settings.notify_task_ended && lasted_long(task)).then(|| words::ended(task))
}

fn lasted_long(task: &TaskView) -> bool {
    task.ended
        .is_some_and(|ended| ended.0.saturating_sub(task.created.0) > LONG_TASK_SECONDS)
}

/// Counts notifications, so that many at once become one.
#[derive(Debug, Default)]
struct Group {
    shown: VecDeque<Instant>,
    waiting: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Show,
    /// The sum that is under way says it.
    Wait,
    /// The first of several: say their number after this time.
    WaitAndSum(Duration),
}

impl Group {
    fn next(&mut self, now: Instant) -> Step {
        while self
            .shown
            .front()
            .is_some_and(|first| now.duration_since(*first) >= GROUP_TIME)
        {
            self.shown.pop_front();
        }
        if self.waiting > 0 {
            self.waiting += 1;
            return Step::Wait;
        }
        match self.shown.front() {
            Some(first) if self.shown.len() >= SINGLE_AT_MOST => {
                self.waiting = 1;
                Step::WaitAndSum(GROUP_TIME.saturating_sub(now.duration_since(*first)))
            }
            _ => {
                self.shown.push_back(now);
                Step::Show
            }
        }
    }

    fn sum(&mut self) -> usize {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_lasts_until_its_time() {
        let settings = Settings {
            quiet_until: Some(Timestamp(100)),
            ..Settings::default()
        };
        assert!(is_quiet(&settings, Timestamp(99)));
        assert!(!is_quiet(&settings, Timestamp(100)));
        assert!(!is_quiet(&Settings::default(), Timestamp(0)));
    }

    #[test]
    fn the_fourth_in_ten_seconds_waits_for_the_sum() {
        let mut group = Group::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(group.next(at(0)), Step::Show);
        assert_eq!(group.next(at(1)), Step::Show);
        assert_eq!(group.next(at(2)), Step::Show);
        assert_eq!(group.next(at(4)), Step::WaitAndSum(Duration::from_secs(6)));
        assert_eq!(group.next(at(5)), Step::Wait);
        assert_eq!(group.sum(), 2);
        assert_eq!(group.next(at(30)), Step::Show);
    }
}

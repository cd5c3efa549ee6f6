//! What notifications say. Names of files and signers only: no hash, no token, no folder.

use sifter_api::tasks::{TaskKind, TaskOutcome, TaskState, TaskView, VerifiedItem};
use sifter_api::verdict::Badge;

use super::Notice;
use crate::events::NotificationTarget;

/// Longer names are cut: notifications are small.
const NAME_LENGTH: usize = 60;

pub(super) fn needs_you(task: &TaskView) -> Notice {
    Notice {
        title: "A passphrase is needed".into(),
        body: match task.kind {
            TaskKind::Sign => format!("To sign {}", name(&task.subject)),
            _ => name(&task.subject),
        },
        target: NotificationTarget::Task(task.id),
    }
}

pub(super) fn tampered(items: &[VerifiedItem]) -> Notice {
    let found: Vec<&VerifiedItem> = items
        .iter()
        .filter(|item| item.badge == Badge::Tampered)
        .collect();
    match found.as_slice() {
        [one] => Notice {
            title: "Tampered".into(),
            body: format!("{} is not what was signed", name(&one.name)),
            target: NotificationTarget::Image(one.image),
        },
        several => Notice {
            title: "Tampered".into(),
            body: format!("{} images are not what was signed", several.len()),
            target: NotificationTarget::Activity,
        },
    }
}

pub(super) fn ended(task: &TaskView) -> Notice {
    let done = matches!(task.state, TaskState::Done { .. });
    let title = match (task.kind, done) {
        (TaskKind::Verify, true) => "Verification finished",
        (TaskKind::Verify, false) => "Verification failed",
        (TaskKind::Sign, true) => "Signing finished",
        (TaskKind::Sign, false) => "Signing failed",
        (TaskKind::CreateKey, true) => "Key created",
        (TaskKind::CreateKey, false) => "The key was not created",
        (TaskKind::Export, true) => "Export finished",
        (TaskKind::Export, false) => "Export failed",
        (TaskKind::ReadFolder, true) => "Folder read",
        (TaskKind::ReadFolder, false) => "The folder was not read",
        (TaskKind::Pull, true) => "Pull finished",
        (TaskKind::Pull, false) => "Pull failed",
        (TaskKind::Push, true) => "Push finished",
        (TaskKind::Push, false) => "Push failed",
    };
    Notice {
        title: title.into(),
        body: body_of(task),
        target: target_of(task),
    }
}

pub(super) fn group(count: usize) -> Notice {
    let body = if count == 1 {
        "1 more task needs a look".into()
    } else {
        format!("{count} more tasks need a look")
    };
    Notice {
        title: "Sifter".into(),
        body,
        target: NotificationTarget::Activity,
    }
}

fn body_of(task: &TaskView) -> String {
    let seconds = task
        .ended
        .map_or(0, |ended| ended.0.saturating_sub(task.created.0));
    let name = name(&task.subject);
    let time = match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    };
    match &task.state {
        TaskState::Done {
            outcome: TaskOutcome::FolderRead { images: 1 },
        } => format!("{name}, 1 image"),
        TaskState::Done {
            outcome: TaskOutcome::FolderRead { images },
        } => format!("{name}, {images} images"),
        _ => format!("{name}, {time}"),
    }
}

fn target_of(task: &TaskView) -> NotificationTarget {
    match (task.kind, task.images.as_slice()) {
        (TaskKind::Verify | TaskKind::Sign, [image]) => NotificationTarget::Image(*image),
        _ => NotificationTarget::Task(task.id),
    }
}

/// The last part of a path, without what a terminal or a notification server could take for markup.
fn name(subject: &str) -> String {
    let last = subject
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|character| !character.is_control() && !"<>&".contains(*character))
        .collect();
    if plain.chars().count() <= NAME_LENGTH {
        return plain;
    }
    plain.chars().take(NAME_LENGTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use sifter_api::{
        ApiError, ErrorCode,
        settings::Settings,
        tasks::TaskNeed,
        units::{ImageId, TaskId, Timestamp},
    };

    use super::*;
    use crate::notify::notice_of;

    fn task(kind: TaskKind, state: TaskState, seconds: i64) -> TaskView {
        TaskView {
            id: TaskId(7),
            kind,
            subject: "/home/anna/images/samtools.sif".into(),
            state,
            progress: None,
            created: Timestamp(1000),
            ended: Some(Timestamp(1000 + seconds)),
            images: vec![ImageId(3)],
            can_cancel: false,
            can_pause: false,
            can_retry: false,
            interrupted: false,
        }
    }

    fn verified(badges: &[Badge]) -> TaskState {
        let item = |badge: &Badge| VerifiedItem {
            image: ImageId(3),
            name: "a.sif".into(),
            badge: *badge,
            error: None,
        };
        TaskState::Done {
            outcome: TaskOutcome::Verified {
                items: badges.iter().map(item).collect(),
            },
        }
    }

    #[track_caller]
    fn check(task: &TaskView, expected: Option<(&str, &str, NotificationTarget)>) {
        let notice = notice_of(task, &Settings::default());
        let told = notice
            .as_ref()
            .map(|notice| (notice.title.as_str(), notice.body.as_str(), notice.target));
        assert_eq!(told, expected);
    }

    #[test]
    fn only_long_tasks_needs_and_tampering_are_told() {
        let image = NotificationTarget::Image(ImageId(3));
        let this_task = NotificationTarget::Task(TaskId(7));
        check(
            &task(TaskKind::Verify, verified(&[Badge::Verified]), 10),
            None,
        );
        check(
            &task(TaskKind::Verify, verified(&[Badge::Verified]), 71),
            Some(("Verification finished", "samtools.sif, 1 min 11 s", image)),
        );
        check(
            &task(
                TaskKind::Verify,
                verified(&[Badge::Verified, Badge::Tampered]),
                0,
            ),
            Some(("Tampered", "a.sif is not what was signed", image)),
        );
        check(
            &task(
                TaskKind::Verify,
                verified(&[Badge::Tampered, Badge::Tampered]),
                0,
            ),
            Some((
                "Tampered",
                "2 images are not what was signed",
                NotificationTarget::Activity,
            )),
        );
        let need = TaskNeed::Passphrase {
            fingerprint: "ABCD".into(),
            wrong: false,
        };
        check(
            &task(TaskKind::Sign, TaskState::NeedsInput { need }, 0),
            Some(("A passphrase is needed", "To sign samtools.sif", this_task)),
        );
        check(&task(TaskKind::Sign, TaskState::Cancelled, 100), None);
        let failed = TaskState::Failed {
            error: ApiError::new(ErrorCode::Io, "at /home/anna/secret"),
        };
        check(
            &task(TaskKind::Export, failed, 12),
            Some(("Export failed", "samtools.sif, 12 s", this_task)),
        );
    }

    #[test]
    fn settings_silence_each_kind() {
        let quiet = Settings {
            notify_tampered: false,
            notify_task_ended: false,
            notify_needs_you: false,
            ..Settings::default()
        };
        assert_eq!(
            notice_of(
                &task(TaskKind::Verify, verified(&[Badge::Tampered]), 60),
                &quiet
            ),
            None
        );
    }

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(name("/a/b/c.sif"), "c.sif");
        assert_eq!(name("C:\\a\\c.sif"), "c.sif");
        assert_eq!(name("<b>\u{1b}x&"), "bx");
        assert_eq!(name(&"x".repeat(200)).chars().count(), NAME_LENGTH);
    }
}

//! What notifications say. Names of files and signers only: no hash, no token, no folder.

use sifter_api::{
    library::{PulledItem, PushedItem},
    tasks::{TaskKind, TaskNeed, TaskOutcome, TaskState, TaskView},
    units::ImageId,
    verdict::Badge,
};

use super::{Notice, name::name};
use crate::events::NotificationTarget;

pub(super) fn needs_you(task: &TaskView, need: &TaskNeed) -> Notice {
    let title = match need {
        TaskNeed::Passphrase { .. } => "A passphrase is needed",
        TaskNeed::SignIn { .. } | TaskNeed::RegistrySignIn { .. } => "Sign in to go on",
        TaskNeed::Review { .. } => "Look at this push again",
    };
    let name = name(&task.subject);
    Notice {
        title: title.into(),
        body: match task.kind {
            TaskKind::Sign => format!("To sign {name}"),
            TaskKind::Pull => format!("To pull {name}"),
            TaskKind::Push => format!("To push {name}"),
            _ => name,
        },
        target: NotificationTarget::Task(task.id),
    }
}

/// An image with evidence against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tampered<'a> {
    name: &'a str,
    image: Option<ImageId>,
}

/// The images of an outcome that are not what was signed.
pub(super) fn found_tampered(outcome: &TaskOutcome) -> Vec<Tampered<'_>> {
    match outcome {
        TaskOutcome::Verified { items } => items
            .iter()
            .filter(|item| item.badge == Badge::Tampered)
            .map(|item| Tampered {
                name: &item.name,
                image: Some(item.image),
            })
            .collect(),
        TaskOutcome::Pulled { items } => items
            .iter()
            .filter(|item| item.badge == Some(Badge::Tampered))
            .map(|item| Tampered {
                name: &item.name,
                image: item.image,
            })
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) fn tampered(task: &TaskView, found: &[Tampered<'_>]) -> Notice {
    let (body, target) = match found {
        [one] => (
            format!("{} is not what was signed", name(one.name)),
            one.image
                .map_or(NotificationTarget::Task(task.id), NotificationTarget::Image),
        ),
        several => (
            format!("{} images are not what was signed", several.len()),
            NotificationTarget::Activity,
        ),
    };
    Notice {
        title: "Tampered".into(),
        body,
        target,
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
        (TaskKind::PublishKey, true) => "Key published",
        (TaskKind::PublishKey, false) => "The key was not published",
        (TaskKind::FindKey, true) => "Keyservers were asked for a key",
        (TaskKind::FindKey, false) => "The key was not looked for",
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
    let TaskState::Done { outcome } = &task.state else {
        return format!("{name}, {time}");
    };
    match outcome {
        TaskOutcome::FolderRead { images: 1 } => format!("{name}, 1 image"),
        TaskOutcome::FolderRead { images } => format!("{name}, {images} images"),
        TaskOutcome::Pulled { items } => {
            let failed = items.iter().filter(|item| item.error.is_some());
            transferred(&name, &time, items.len(), failed.count())
        }
        TaskOutcome::Pushed { items } => {
            let failed = items.iter().filter(|item| item.error.is_some());
            transferred(&name, &time, items.len(), failed.count())
        }
        _ => format!("{name}, {time}"),
    }
}

fn transferred(name: &str, time: &str, items: usize, failed: usize) -> String {
    match (items, failed) {
        (0 | 1, _) => format!("{name}, {time}"),
        (items, 0) => format!("{items} images, {time}"),
        (items, failed) => format!("{} of {items} images, {time}", items - failed),
    }
}

fn target_of(task: &TaskView) -> NotificationTarget {
    if let TaskState::Done { outcome } = &task.state {
        match outcome {
            TaskOutcome::Pulled { items } => {
                if let [
                    PulledItem {
                        image: Some(image), ..
                    },
                ] = items.as_slice()
                {
                    return NotificationTarget::Image(*image);
                }
            }
            TaskOutcome::Pushed { items } => {
                if let [
                    PushedItem {
                        container: Some(place),
                        ..
                    },
                ] = items.as_slice()
                {
                    return NotificationTarget::Container(place.clone());
                }
            }
            _ => {}
        }
    }
    match (task.kind, task.images.as_slice()) {
        (TaskKind::Verify | TaskKind::Sign, [image]) => NotificationTarget::Image(*image),
        _ => NotificationTarget::Task(task.id),
    }
}

#[cfg(test)]
mod tests {
    use sifter_api::{
        ApiError, ErrorCode,
        library::ContainerPlace,
        settings::Settings,
        tasks::VerifiedItem,
        units::{RemoteId, TaskId, Timestamp},
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
            can_hurry: false,
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
    #[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
    fn check(task: &TaskView, expected: Option<(&str, &str, NotificationTarget)>) {
        let notice = notice_of(task, &Settings::default());
        let told = notice.as_ref().map(|notice| {
            (
                notice.title.as_str(),
                notice.body.as_str(),
                notice.target.clone(),
            )
        });
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
            Some((
                "Verification finished",
                "samtools.sif, 1 min 11 s",
                image.clone(),
            )),
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
            Some((
                "A passphrase is needed",
                "To sign samtools.sif",
                this_task.clone(),
            )),
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

    fn pulled(items: &[(Option<u32>, Option<Badge>)]) -> TaskState {
        let item = |(image, badge): &(Option<u32>, Option<Badge>)| PulledItem {
            reference: "library://lab.example.org/genomics/tools/samtools:1.19".into(),
            name: "samtools_1.19.sif".into(),
            image: image.map(ImageId),
            badge: *badge,
            error: image.is_none().then(|| ApiError::plain(ErrorCode::Offline)),
        };
        TaskState::Done {
            outcome: TaskOutcome::Pulled {
                items: items.iter().map(item).collect(),
            },
        }
    }

    #[test]
    fn pulls_lead_to_their_image_and_evidence_comes_first() {
        let of = |items: &[_], seconds| task(TaskKind::Pull, pulled(items), seconds);
        let good = (Some(5), Some(Badge::Verified));
        let bad = (Some(5), Some(Badge::Tampered));
        let image = NotificationTarget::Image(ImageId(5));
        let this_task = NotificationTarget::Task(TaskId(7));
        check(&of(&[good], 10), None);
        let words = ("Pull finished", "samtools.sif, 11 s", image.clone());
        check(&of(&[good], 11), Some(words));
        let words = ("Pull finished", "2 images, 11 s", this_task.clone());
        check(&of(&[good, good], 11), Some(words));
        let words = ("Pull finished", "1 of 2 images, 11 s", this_task);
        check(&of(&[good, (None, None)], 11), Some(words));
        let words = "samtools_1.19.sif is not what was signed";
        check(&of(&[good, bad], 1), Some(("Tampered", words, image)));
    }

    #[test]
    fn pushes_lead_to_their_container() {
        let place = ContainerPlace {
            remote: RemoteId("remote:lab".into()),
            path: "genomics/tools/samtools".into(),
        };
        let pushed = PushedItem {
            image: ImageId(3),
            name: "samtools.sif".into(),
            reference: "library://genomics/tools/samtools:1.19".into(),
            container: Some(place.clone()),
            undo: Vec::new(),
            error: None,
        };
        let outcome = TaskOutcome::Pushed {
            items: vec![pushed],
        };
        check(
            &task(TaskKind::Push, TaskState::Done { outcome }, 60),
            Some((
                "Push finished",
                "samtools.sif, 1 min 0 s",
                NotificationTarget::Container(place),
            )),
        );
    }

    #[test]
    fn a_refused_login_is_told_without_its_remote() {
        let need = TaskNeed::SignIn {
            remote: RemoteId("remote:lab".into()),
        };
        check(
            &task(TaskKind::Push, TaskState::NeedsInput { need }, 0),
            Some((
                "Sign in to go on",
                "To push samtools.sif",
                NotificationTarget::Task(TaskId(7)),
            )),
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
}

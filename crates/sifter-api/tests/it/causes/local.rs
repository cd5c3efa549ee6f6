//! What goes wrong on this computer: files, keys, the keychain.

use std::{
    fs::{self, File},
    sync::atomic::{AtomicBool, Ordering},
};

use sifter_api::{
    ApiError, Secret,
    keychain::Mood,
    keys::{KeepPassphrase, RevocationReason},
    library::{IfExists, PullRequest},
    sign::{SignRequest, SignWhat},
    tasks::{TaskOutcome, TaskState},
    units::{ImageId, RemoteId},
    verdict::VerifyRequest,
};
use sifter_testkit::{faults, images, keys};

use crate::{
    desk::{Desk, passphrase},
    lab::Person,
    transfers::{ended, item, push, push_item, put_image},
};

/// A pull into a folder whose disk has less room than the image needs.
pub(super) async fn disk_full() -> Option<ApiError> {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let disk = match faults::tiny_disk(&person.home.file("disk"), 256) {
        Ok(disk) => disk,
        Err(reason) => {
            faults::skip("full disk", &reason);
            return None;
        }
    };
    let large = images::with_partition(&vec![7; 1 << 20]);
    let image = put_image(&person, "large.sif", &large).await;
    push(&person, &here, "me/tools", push_item(image, "tool", &["1"])).await;
    let folder = disk.path().to_path_buf();
    let folder = person.sifter.offer_target_folder(folder).await.unwrap();
    let request = PullRequest {
        items: vec![item("me/tools/tool:1", &here)],
        folder: Some(folder.id),
        verify: false,
        if_exists: IfExists::KeepBoth,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    assert!(!plan.fits, "the plan says so before");
    let task = match person.sifter.run_pull(plan.plan).await {
        Ok(task) => task,
        Err(error) => return Some(error),
    };
    match ended(&person.sifter, task).await.state {
        TaskState::Failed { error } => Some(error),
        TaskState::Done {
            outcome: TaskOutcome::Pulled { mut items },
        } => items.remove(0).error,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn file_changed() -> Option<ApiError> {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let bytes = images::with_partition(&vec![5; 8 << 20]);
    let image = desk.image("x.sif", &bytes).await;
    desk.sign(image, &anna).await;
    let path = desk.path("x.sif");
    let changed = AtomicBool::new(false);
    let cut = |done: u64, total: u64| {
        if done > 0 && done < total && !changed.swap(true, Ordering::SeqCst) {
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }
        true
    };
    let request = VerifyRequest::default();
    desk.sifter.verify_file(&path, &request, &cut).err()
}

/// Another program has the lock of the image that is to be signed.
pub(super) async fn file_locked() -> Option<ApiError> {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    let other = File::options()
        .write(true)
        .open(desk.path("x.sif"))
        .unwrap();
    other.lock().unwrap();
    match desk.sign(image, &anna).await.state {
        TaskState::Done {
            outcome: TaskOutcome::Signed { mut items },
        } => items.remove(0).error,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn path_too_long() -> Option<ApiError> {
    let desk = Desk::new();
    let path = desk.path(&format!("{}.sif", "x".repeat(300)));
    let image = desk.open(&path).await;
    desk.sifter.inspect_image(image).await.err()
}

async fn keychain_that_is(mood: Mood) -> Option<ApiError> {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    desk.keychain.set_mood(mood);
    desk.sifter
        .unlock_key(anna, passphrase(), KeepPassphrase::Keychain)
        .await
        .err()
}

pub(super) async fn no_keychain() -> Option<ApiError> {
    keychain_that_is(Mood::Missing).await
}

pub(super) async fn locked_keychain() -> Option<ApiError> {
    keychain_that_is(Mood::Locked).await
}

pub(super) async fn denying_keychain() -> Option<ApiError> {
    keychain_that_is(Mood::Denying).await
}

pub(super) async fn wrong_passphrase() -> Option<ApiError> {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let wrong = Secret::new("wrong".into());
    desk.sifter
        .unlock_key(anna, wrong, KeepPassphrase::ThisAction)
        .await
        .err()
}

pub(super) async fn no_secret_key() -> Option<ApiError> {
    let desk = Desk::new();
    let tom = desk.other(keys::tom()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    signing_refusal(&desk, image, tom).await
}

pub(super) async fn revoked_key() -> Option<ApiError> {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    let why = RevocationReason::Retired;
    desk.sifter
        .revoke_key(anna.clone(), why, String::new(), Some(passphrase()))
        .await
        .unwrap();
    signing_refusal(&desk, image, anna).await
}

async fn signing_refusal(desk: &Desk, image: ImageId, fingerprint: String) -> Option<ApiError> {
    let request = SignRequest {
        images: vec![image],
        fingerprint,
        what: SignWhat::All,
        copy: false,
    };
    desk.sifter.plan_signing(request).await.err()
}

pub(super) async fn not_sif() -> Option<ApiError> {
    refusal(b"hello, this is no image\n".to_vec()).await
}

pub(super) async fn truncated() -> Option<ApiError> {
    let mut bytes = images::plain();
    bytes.truncate(bytes.len() - 100);
    refusal(bytes).await
}

async fn refusal(bytes: Vec<u8>) -> Option<ApiError> {
    let desk = Desk::new();
    let image = desk.image("bad.sif", &bytes).await;
    match desk.sifter.inspect_image(image).await {
        Ok(view) => view.refused,
        Err(error) => Some(error),
    }
}

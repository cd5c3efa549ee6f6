//! Signing from the plan to the file.

use std::fs;

use sifter_api::{
    ErrorCode, Secret,
    images::SignWarning,
    keys::KeepPassphrase,
    sign::{SignRequest, SignWhat},
    tasks::{TaskNeed, TaskOutcome, TaskState},
    verdict::Badge,
};
use sifter_testkit::{images, keys};

use crate::desk::{Desk, passphrase};

#[tokio::test]
async fn a_plan_says_what_will_happen_and_changes_nothing() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let bytes = images::two_groups();
    let image = desk.image("x.sif", &bytes).await;
    let plan = desk.plan(&[image], &anna, true).await;
    assert!(plan.needs_passphrase);
    assert_eq!(plan.signer, "Anna Ruiz");
    let item = &plan.items[0];
    assert_eq!(
        (item.signatures, item.parts, item.blocked.clone()),
        (2, 4, None)
    );
    assert_eq!(
        (item.copy_name.as_deref(), item.already_signed),
        (Some("x-signed.sif"), false)
    );
    assert!(item.adds_bytes.0 > 1000 && item.warnings.is_empty());
    assert_eq!(fs::read(desk.path("x.sif")).unwrap(), bytes);
}

#[tokio::test]
async fn a_copy_is_signed_and_the_image_stays() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let bytes = images::plain();
    let image = desk.image("x.sif", &bytes).await;
    let plan = desk.plan(&[image], &anna, true).await;
    let keep = KeepPassphrase::ThisAction;
    let task = desk
        .sifter
        .run_signing(plan.plan, Some(passphrase()), keep, false)
        .await
        .unwrap();
    let TaskState::Done {
        outcome: TaskOutcome::Signed { items },
    } = desk.ended(task).await.state
    else {
        panic!("signed");
    };
    assert_eq!(
        (items[0].name.as_str(), items[0].error.clone()),
        ("x-signed.sif", None)
    );
    assert_eq!(fs::read(desk.path("x.sif")).unwrap(), bytes);
    assert_eq!(desk.verify(items[0].image).await.badge, Badge::Verified);
    assert_eq!(desk.verify(image).await.badge, Badge::NotSigned);
}

#[tokio::test]
async fn many_images_take_one_passphrase_and_each_has_its_result() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let good = desk.image("good.sif", &images::plain()).await;
    let full = desk.image("full.sif", &images::full_table()).await;
    let text = desk.image("text.sif", b"no image").await;
    let plan = desk.plan(&[good, full, text], &anna, false).await;
    let blocked: Vec<_> = plan
        .items
        .iter()
        .map(|item| item.blocked.as_ref().map(|error| error.code))
        .collect();
    assert_eq!(
        blocked,
        [None, Some(ErrorCode::NoCapacity), Some(ErrorCode::NotSif)]
    );
    let task = desk
        .sifter
        .run_signing(
            plan.plan,
            Some(passphrase()),
            KeepPassphrase::ThisAction,
            false,
        )
        .await
        .unwrap();
    let TaskState::Done {
        outcome: TaskOutcome::Signed { items },
    } = desk.ended(task).await.state
    else {
        panic!("signed");
    };
    assert_eq!(items.len(), 1, "only what can be signed");
    assert_eq!(desk.verify(good).await.badge, Badge::Verified);
}

#[tokio::test]
async fn a_tampered_image_is_never_signed() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &anna).await;
    let mut bytes = fs::read(desk.path("x.sif")).unwrap();
    let at = bytes.windows(4).position(|four| four == b"hsqs").unwrap();
    bytes[at] ^= 1;
    fs::write(desk.path("x.sif"), &bytes).unwrap();

    // Not verified yet: found while signing.
    let TaskState::Done {
        outcome: TaskOutcome::Signed { items },
    } = desk.sign(image, &anna).await.state
    else {
        panic!("an outcome for each image");
    };
    assert_eq!(
        items[0].error.as_ref().unwrap().code,
        ErrorCode::ImageTampered
    );
    // Verified: blocked in the plan.
    desk.verify(image).await;
    let plan = desk.plan(&[image], &anna, false).await;
    let blocked = plan.items[0].blocked.as_ref().unwrap();
    assert_eq!(
        blocked.message,
        "`x.sif` is not what was signed; it is not signed again"
    );
    assert_eq!(fs::read(desk.path("x.sif")).unwrap(), bytes);
}

#[tokio::test]
async fn signing_twice_and_partial_signing_are_asked_first() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &anna).await;
    let plan = desk.plan(&[image], &anna, false).await;
    assert!(plan.items[0].already_signed);
    let keep = KeepPassphrase::ThisAction;
    let refused = desk
        .sifter
        .run_signing(plan.plan.clone(), Some(passphrase()), keep, false)
        .await;
    assert_eq!(refused.expect_err("asked").code, ErrorCode::AlreadySigned);
    let task = desk
        .sifter
        .run_signing(plan.plan, Some(passphrase()), keep, true)
        .await
        .unwrap();
    desk.ended(task).await;
    assert_eq!(desk.verify(image).await.signatures.len(), 2);

    let other = desk.image("y.sif", &images::plain()).await;
    let request = SignRequest {
        images: vec![other],
        fingerprint: anna,
        what: SignWhat::Parts(vec![1]),
        copy: false,
    };
    let plan = desk.sifter.plan_signing(request).await.unwrap();
    assert!(
        plan.items[0]
            .warnings
            .contains(&SignWarning::PartialBreaksWhole)
    );
    let refused = desk
        .sifter
        .run_signing(plan.plan, Some(passphrase()), keep, false)
        .await;
    assert_eq!(
        refused.expect_err("not confirmed").code,
        ErrorCode::InputInvalid
    );
}

#[tokio::test]
async fn others_signatures_stay() {
    let desk = Desk::new();
    let (anna, tom) = (desk.own(keys::anna()).await, desk.own(keys::tom()).await);
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &tom).await;
    let plan = desk.plan(&[image], &anna, false).await;
    assert_eq!(plan.items[0].warnings, [SignWarning::OthersSigned]);
    desk.sign(image, &anna).await;
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.signatures.len()),
        (Badge::Verified, 2)
    );
    assert_eq!(verdict.command_line.exit_code, 0);
}

#[tokio::test]
async fn keys_that_nobody_would_accept_do_not_sign() {
    let desk = Desk::new();
    let image = desk.image("x.sif", &images::plain()).await;
    let expired = desk.own(keys::expired()).await;
    let tom = desk.other(keys::tom()).await;
    let anna = desk.own(keys::anna()).await;
    let reason = sifter_api::keys::RevocationReason::Retired;
    desk.sifter
        .revoke_key(anna.clone(), reason, String::new(), Some(passphrase()))
        .await
        .unwrap();
    let none = "0".repeat(40);
    for (fingerprint, expected) in [
        (expired, ErrorCode::KeyExpired),
        (tom, ErrorCode::NoSecretKey),
        (anna, ErrorCode::KeyRevoked),
        (none, ErrorCode::KeyMissing),
        ("not hex".into(), ErrorCode::InputInvalid),
    ] {
        let request = SignRequest {
            images: vec![image],
            fingerprint,
            what: SignWhat::All,
            copy: false,
        };
        let error = desk
            .sifter
            .plan_signing(request)
            .await
            .expect_err("refused");
        assert_eq!(error.code, expected, "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_passphrase_keeps_the_plan_for_another_try() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let bytes = images::plain();
    let image = desk.image("x.sif", &bytes).await;
    let plan = desk.plan(&[image], &anna, false).await;
    let keep = KeepPassphrase::ThisAction;
    for (given, expected) in [
        (
            Some(Secret::new("wrong".into())),
            ErrorCode::WrongPassphrase,
        ),
        (None, ErrorCode::PassphraseNeeded),
    ] {
        let error = desk
            .sifter
            .run_signing(plan.plan.clone(), given, keep, false)
            .await
            .expect_err("refused");
        assert_eq!(error.code, expected);
    }
    assert_eq!(fs::read(desk.path("x.sif")).unwrap(), bytes);
    let task = desk
        .sifter
        .run_signing(plan.plan, Some(passphrase()), keep, false)
        .await
        .unwrap();
    desk.ended(task).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
}

#[tokio::test]
async fn a_retried_signing_asks_for_the_passphrase_and_takes_another_try() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    let plan = desk.plan(&[image], &anna, false).await;
    let keep = KeepPassphrase::ThisAction;
    let task = desk
        .sifter
        .run_signing(plan.plan, Some(passphrase()), keep, false)
        .await
        .unwrap();
    desk.sifter.cancel_task(task).await.unwrap();
    let ended = desk.ended(task).await;
    if ended.state != TaskState::Cancelled {
        // It was faster than the wish to stop it.
        return;
    }
    let mut events = desk.sifter.events();
    let again = desk.sifter.retry_task(task).await.unwrap();
    for (given, was_wrong) in [("wrong", false), (keys::PASSPHRASE, true)] {
        loop {
            let event = events.next().await.expect("Sifter is there");
            let sifter_api::ApiEvent::Task(sifter_api::tasks::TaskEvent::NeedsInput {
                need, ..
            }) = event
            else {
                continue;
            };
            let TaskNeed::Passphrase { fingerprint, wrong } = need else {
                panic!("{need:?}");
            };
            assert_eq!((fingerprint.as_str(), wrong), (anna.as_str(), was_wrong));
            break;
        }
        desk.sifter
            .answer_task(again, Secret::new(given.into()), keep)
            .await
            .unwrap();
    }
    desk.ended(again).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
}

#[tokio::test]
async fn the_last_signer_of_a_folder_is_suggested() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    assert_eq!(
        desk.sifter.suggest_signer(vec![image]).await.unwrap(),
        Some(anna.clone()),
        "the only own key"
    );
    let tom = desk.own(keys::tom()).await;
    assert_eq!(
        desk.sifter.suggest_signer(vec![image]).await.unwrap(),
        None,
        "two own keys"
    );
    desk.sign(image, &tom).await;
    assert_eq!(
        desk.sifter.suggest_signer(vec![image]).await.unwrap(),
        Some(tom)
    );
}

#[tokio::test]
async fn rsa_keys_and_keys_without_a_passphrase_sign_too() {
    let desk = Desk::new();
    let rsa = desk.own(keys::rsa()).await;
    let open = desk.own(keys::open()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &rsa).await;
    let plan = desk.plan(&[image], &open, false).await;
    assert!(!plan.needs_passphrase);
    let task = desk
        .sifter
        .run_signing(plan.plan, None, KeepPassphrase::ThisAction, false)
        .await
        .unwrap();
    desk.ended(task).await;
    let verdict = desk.verify(image).await;
    assert_eq!(
        (
            verdict.badge,
            verdict.signatures.len(),
            verdict.command_line.exit_code
        ),
        (Badge::Verified, 2, 0)
    );
}

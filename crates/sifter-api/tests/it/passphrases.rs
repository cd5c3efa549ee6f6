//! Passphrases: in memory for a time, in the keychain when asked for, nowhere else.

use std::{fs, path::Path};

use sifter_api::{ErrorCode, keychain::Mood, keys::KeepPassphrase};
use sifter_testkit::{images, keys};

use crate::desk::{Desk, passphrase};

#[tokio::test]
async fn a_passphrase_is_kept_for_its_time_only() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sifter
        .unlock_key(anna.clone(), passphrase(), KeepPassphrase::FifteenMinutes)
        .await
        .unwrap();
    let state = desk.sifter.lock_state().await.unwrap();
    assert_eq!(
        (state.unlocked, state.until.map(|until| until.0)),
        (1, Some(crate::desk::NOW + 900))
    );
    desk.pass(899);
    assert!(!desk.plan(&[image], &anna, false).await.needs_passphrase);
    desk.pass(1);
    assert!(desk.plan(&[image], &anna, false).await.needs_passphrase);
    assert_eq!(desk.sifter.lock_state().await.unwrap().unlocked, 0);

    desk.sifter
        .unlock_key(anna.clone(), passphrase(), KeepPassphrase::UntilQuit)
        .await
        .unwrap();
    desk.pass(1_000_000);
    assert_eq!(desk.sifter.lock_state().await.unwrap().unlocked, 1);
    desk.sifter.lock_keys().await.unwrap();
    assert!(desk.plan(&[image], &anna, false).await.needs_passphrase);

    desk.sifter
        .unlock_key(anna.clone(), passphrase(), KeepPassphrase::ThisAction)
        .await
        .unwrap();
    assert!(desk.plan(&[image], &anna, false).await.needs_passphrase);
    assert!(
        desk.keychain.accounts().is_empty(),
        "nobody asked for the keychain"
    );
}

#[tokio::test]
async fn a_wrong_passphrase_is_never_kept() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let wrong = sifter_api::Secret::new("wrong".into());
    let error = desk
        .sifter
        .unlock_key(anna, wrong, KeepPassphrase::Keychain)
        .await
        .expect_err("wrong");
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::WrongPassphrase, "wrong passphrase")
    );
    assert!(error.retryable);
    assert_eq!(desk.sifter.lock_state().await.unwrap().unlocked, 0);
    assert!(desk.keychain.accounts().is_empty());
}

#[tokio::test]
async fn the_keychain_opens_the_key_later_and_a_deleted_key_leaves_it() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sifter
        .unlock_key(anna.clone(), passphrase(), KeepPassphrase::Keychain)
        .await
        .unwrap();
    assert_eq!(desk.keychain.accounts(), [format!("key {anna}")]);
    desk.sifter.lock_keys().await.unwrap();
    assert!(!desk.plan(&[image], &anna, false).await.needs_passphrase);
    desk.keychain.set_mood(Mood::Locked);
    assert!(
        desk.plan(&[image], &anna, false).await.needs_passphrase,
        "a locked keychain gives nothing"
    );
    desk.keychain.set_mood(Mood::Open);
    desk.sifter
        .delete_key(anna, "Anna Ruiz".into(), false)
        .await
        .unwrap();
    assert!(desk.keychain.accounts().is_empty());
}

#[tokio::test]
async fn a_passphrase_is_taken_back_from_the_keychain() {
    let desk = Desk::new();
    let (anna, tom) = (desk.own(keys::anna()).await, desk.own(keys::tom()).await);
    let image = desk.image("x.sif", &images::plain()).await;
    for key in [&anna, &tom] {
        let kept = desk
            .sifter
            .unlock_key(key.clone(), passphrase(), KeepPassphrase::Keychain);
        kept.await.unwrap();
    }
    desk.keychain.set_mood(Mood::Locked);
    let locked = desk.sifter.forget_kept_passphrase(anna.clone()).await;
    assert_eq!(locked.unwrap_err().code, ErrorCode::KeychainLocked);
    desk.keychain.set_mood(Mood::Open);
    assert_eq!(desk.keychain.accounts().len(), 2);
    let forget = async || desk.sifter.forget_kept_passphrase(anna.clone()).await;
    assert_eq!(forget().await, Ok(true));
    assert_eq!(desk.keychain.accounts(), [format!("key {tom}")]);
    assert!(desk.plan(&[image], &anna, false).await.needs_passphrase);
    assert!(!desk.plan(&[image], &tom, false).await.needs_passphrase);
    assert_eq!(forget().await, Ok(false));
    let none = desk.sifter.forget_kept_passphrase("no key".into()).await;
    assert_eq!(none.unwrap_err().code, ErrorCode::InputInvalid);
}

#[tokio::test]
async fn a_keychain_that_fails_is_told_and_nothing_is_kept_silently() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    for (mood, expected) in [
        (Mood::Missing, ErrorCode::KeychainMissing),
        (Mood::Locked, ErrorCode::KeychainLocked),
        (Mood::Denying, ErrorCode::KeychainDenied),
    ] {
        desk.keychain.set_mood(mood);
        let asked = desk
            .sifter
            .unlock_key(anna.clone(), passphrase(), KeepPassphrase::Keychain)
            .await;
        let error = asked.expect_err("told");
        assert_eq!(error.code, expected);
        assert!(
            error
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains("until Sifter quits")),
            "{error:?}"
        );
        assert_eq!(desk.sifter.lock_state().await.unwrap().unlocked, 0);
    }
    desk.sifter
        .unlock_key(anna, passphrase(), KeepPassphrase::UntilQuit)
        .await
        .expect("without the keychain");
}

#[tokio::test]
async fn no_passphrase_is_ever_written() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    let mut events = desk.sifter.events();
    desk.sifter
        .unlock_key(anna.clone(), passphrase(), KeepPassphrase::Keychain)
        .await
        .unwrap();
    desk.sign(image, &anna).await;
    let report = desk.sifter.diagnostics_report().await.unwrap();
    for secret in [keys::PASSPHRASE, anna.as_str(), "x.sif", "Anna"] {
        assert!(
            !report.contains(secret),
            "the report has no `{secret}`:\n{report}"
        );
    }
    while let Some(event) = events.try_next() {
        assert!(!format!("{event:?}").contains(keys::PASSPHRASE));
    }
    scan(desk.home.path());
}

fn scan(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scan(&path);
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let found = bytes
                .windows(keys::PASSPHRASE.len())
                .any(|part| part == keys::PASSPHRASE.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

//! Keys: made, imported, shown, changed, deleted; and keyring files in every state.

use std::fs;

use sifter_api::{
    ErrorCode,
    keys::{
        Comparison, FingerprintComparison, ImportEffect, ImportSource, KeepPassphrase, KeyFileKind,
        KeyProblem, KeyProtection, KeyState, KeyringFile, NewKey, NewKeyKind, RevocationReason,
        TrustLevel,
    },
    tasks::{TaskOutcome, TaskState},
    units::Timestamp,
};
use sifter_testkit::{faults, keys};

use crate::desk::{Desk, NOW, passphrase};

fn new_key(name: &str, kind: NewKeyKind) -> NewKey {
    NewKey {
        name: name.into(),
        mail: "new@lab.example".into(),
        comment: String::new(),
        kind,
        expires: Some(Timestamp(NOW + 365 * 24 * 3600)),
    }
}

#[tokio::test]
async fn a_made_key_is_yours_locked_and_known() {
    let desk = Desk::new();
    let wanted = new_key("Nina New", NewKeyKind::Ed25519);
    let task = desk
        .sifter
        .create_key(wanted, passphrase(), KeepPassphrase::UntilQuit)
        .await
        .unwrap();
    let TaskState::Done {
        outcome: TaskOutcome::KeyCreated { fingerprint },
    } = desk.ended(task).await.state
    else {
        panic!("made");
    };
    let list = desk.sifter.list_keys().await.unwrap();
    let row = &list.keys[0];
    assert_eq!(
        (row.fingerprint.as_str(), row.name.as_deref()),
        (fingerprint.as_str(), Some("Nina New"))
    );
    assert_eq!(
        (row.trust.level, row.state, row.protection),
        (
            TrustLevel::Yours,
            KeyState::Current,
            Some(KeyProtection::All)
        )
    );
    assert!(row.own && row.can_sign && row.unlocked);
    assert!(list.problems.is_empty());
    assert_eq!(desk.sifter.lock_state().await.unwrap().unlocked, 1);
}

#[tokio::test]
async fn names_that_no_key_can_have_are_refused_at_once() {
    let desk = Desk::new();
    for (name, expected) in [
        ("A <b>", ErrorCode::KeyNameNotAllowed),
        ("A (b)", ErrorCode::KeyNameNotAllowed),
        ("A\u{0}", ErrorCode::KeyNameNotAllowed),
    ] {
        let wanted = new_key(name, NewKeyKind::Ed25519);
        let error = desk
            .sifter
            .create_key(wanted, passphrase(), KeepPassphrase::ThisAction)
            .await
            .expect_err(name);
        assert_eq!(error.code, expected, "{error:?}");
    }
    let past = NewKey {
        expires: Some(Timestamp(NOW - 1)),
        ..new_key("A", NewKeyKind::Ed25519)
    };
    let error = desk
        .sifter
        .create_key(past, passphrase(), KeepPassphrase::ThisAction)
        .await
        .expect_err("past");
    assert_eq!(error.code, ErrorCode::InputInvalid);
    assert!(desk.sifter.list_keys().await.unwrap().keys.is_empty());
}

#[tokio::test]
async fn making_a_key_is_cancelled_within_a_second() {
    let desk = Desk::new();
    let wanted = new_key("Nina New", NewKeyKind::Rsa4096);
    let task = desk
        .sifter
        .create_key(wanted, passphrase(), KeepPassphrase::ThisAction)
        .await
        .unwrap();
    let started = std::time::Instant::now();
    desk.sifter.cancel_task(task).await.unwrap();
    assert_eq!(desk.ended(task).await.state, TaskState::Cancelled);
    assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
    assert!(desk.sifter.list_keys().await.unwrap().keys.is_empty());
}

#[tokio::test]
async fn an_import_is_shown_first_and_is_not_trusted() {
    let desk = Desk::new();
    let text = keys::tom().certificate().to_armored();
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text.clone()))
        .await
        .unwrap();
    assert_eq!(
        (plan.items[0].name.as_deref(), plan.items[0].effect.clone()),
        (Some("Tom Berg"), ImportEffect::New)
    );
    assert!(
        desk.sifter.list_keys().await.unwrap().keys.is_empty(),
        "a plan changes nothing"
    );
    let taken = desk
        .sifter
        .run_key_import(plan.plan.clone(), None)
        .await
        .unwrap();
    let again = desk
        .sifter
        .run_key_import(plan.plan, None)
        .await
        .expect_err("once");
    assert_eq!(again.code, ErrorCode::HandleUnknown);
    let view = desk.sifter.get_key(taken.taken[0].clone()).await.unwrap();
    assert_eq!(
        (view.row.trust.level, view.row.own),
        (TrustLevel::NotTrusted, false)
    );
    assert_eq!((view.groups.len(), view.words.len()), (10, 20));
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    assert_eq!(plan.items[0].effect, ImportEffect::Identical);
    desk.other(keys::anna()).await;
    let error = desk
        .sifter
        .run_key_import(plan.plan, None)
        .await
        .expect_err("the keyring changed");
    assert_eq!(error.code, ErrorCode::PlanOutdated);
}

#[tokio::test]
async fn an_open_secret_key_can_be_locked_while_it_is_imported() {
    let desk = Desk::new();
    let text = keys::open().to_armored().to_string();
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    assert!(plan.items[0].secret);
    let taken = desk
        .sifter
        .run_key_import(plan.plan, Some(passphrase()))
        .await
        .unwrap();
    let row = desk
        .sifter
        .get_key(taken.taken[0].clone())
        .await
        .unwrap()
        .row;
    assert_eq!(row.protection, Some(KeyProtection::All));
    desk.sifter
        .unlock_key(
            taken.taken[0].clone(),
            passphrase(),
            KeepPassphrase::ThisAction,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn comparing_and_trusting() {
    let desk = Desk::new();
    let tom = desk.other(keys::tom()).await;
    let compare = |text: String| desk.sifter.compare_fingerprint(tom.clone(), text);
    assert_eq!(
        compare(tom.to_lowercase()).await.unwrap(),
        FingerprintComparison::Match
    );
    assert_eq!(
        compare(tom[24..].into()).await.unwrap(),
        FingerprintComparison::TooShort { digits: 16 }
    );
    desk.sifter
        .trust_key(tom.clone(), Comparison::ReadAloud)
        .await
        .unwrap();
    let desk = desk.restart();
    let trust = desk.sifter.get_key(tom).await.unwrap().row.trust;
    assert_eq!(
        (trust.level, trust.compared),
        (TrustLevel::TrustedByYou, Some(Comparison::ReadAloud))
    );
    assert_eq!(trust.since, Some(Timestamp(NOW)));
}

#[tokio::test]
async fn keys_of_the_command_line_are_trusted_all_at_once_or_not() {
    let desk = Desk::new();
    let folder = desk.home.keyring_folder();
    let mut ring = keys::tom().certificate().to_bytes().to_vec();
    ring.extend(keys::rsa().certificate().to_bytes());
    fs::write(folder.join("pgp-public"), ring).unwrap();
    fs::write(folder.join("pgp-secret"), keys::anna().to_bytes()).unwrap();
    let start = desk.sifter.start_view().await.unwrap();
    assert!(start.first_run && start.found.offer_trust_all);
    assert_eq!((start.found.own_keys, start.found.other_keys), (1, 2));
    assert_eq!(desk.sifter.trust_all_found_keys().await.unwrap(), 2);
    desk.sifter.finish_first_run().await.unwrap();
    let start = desk.sifter.start_view().await.unwrap();
    assert!(!start.first_run && !start.found.offer_trust_all);
    let rows = desk.sifter.list_keys().await.unwrap().keys;
    assert!(rows[0].own, "own keys first");
    assert_eq!(rows[1].trust.compared, Some(Comparison::FromCommandLine));
}

#[tokio::test]
async fn changing_an_own_key() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let end = Timestamp(NOW + 1000);
    desk.sifter
        .extend_key(anna.clone(), Some(end), Some(passphrase()))
        .await
        .unwrap();
    let row = desk.sifter.get_key(anna.clone()).await.unwrap().row;
    assert_eq!(row.expires, Some(end));
    assert!(row.problems.contains(&KeyProblem::ExpiresSoon));

    let wrong = sifter_api::Secret::new("wrong".into());
    let new = sifter_api::Secret::new("a new one".into());
    let error = desk
        .sifter
        .change_passphrase(anna.clone(), Some(wrong), new.clone())
        .await
        .expect_err("wrong");
    assert_eq!(error.code, ErrorCode::WrongPassphrase);
    desk.sifter
        .change_passphrase(anna.clone(), Some(passphrase()), new.clone())
        .await
        .unwrap();
    let keep = KeepPassphrase::ThisAction;
    let error = desk
        .sifter
        .unlock_key(anna.clone(), passphrase(), keep)
        .await
        .expect_err("the old one");
    assert_eq!(error.code, ErrorCode::WrongPassphrase);
    desk.sifter
        .unlock_key(anna.clone(), new.clone(), keep)
        .await
        .unwrap();

    let to = desk.path("revocation.asc");
    desk.sifter
        .save_revocation(anna.clone(), Some(new.clone()), to.clone())
        .await
        .unwrap();
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(fs::read_to_string(to).unwrap()))
        .await
        .unwrap();
    assert_eq!(
        plan.items[0].effect,
        ImportEffect::Update {
            changes: vec!["revocation".into()]
        }
    );
    desk.pass(60);
    desk.sifter
        .revoke_key(
            anna.clone(),
            RevocationReason::Superseded,
            "new key".into(),
            Some(new),
        )
        .await
        .unwrap();
    let view = desk.sifter.get_key(anna).await.unwrap();
    assert_eq!(
        (view.row.state, view.revocation_reason.as_deref()),
        (KeyState::Revoked, Some("superseded"))
    );
    assert!(!view.row.can_sign);
}

#[tokio::test]
async fn export_and_import_again() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let name = desk
        .sifter
        .key_file_name(anna.clone(), KeyFileKind::Secret, true)
        .await
        .unwrap();
    assert_eq!(name, "Anna-Ruiz-secret.asc");
    for (secret, armored) in [(false, false), (false, true), (true, false), (true, true)] {
        let to = desk.path("out.key");
        desk.sifter
            .export_key(anna.clone(), secret, armored, to.clone())
            .await
            .unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&to).unwrap().permissions().mode() & 0o077,
                0,
                "for this user only"
            );
        }
        let other = Desk::new();
        let drop = other.sifter.offer_paths(vec![to]).await.unwrap();
        let plan = other
            .sifter
            .plan_key_import(ImportSource::Files(drop.files))
            .await
            .unwrap();
        let taken = other
            .sifter
            .run_key_import(plan.plan, None)
            .await
            .unwrap()
            .taken;
        assert_eq!(taken, std::slice::from_ref(&anna));
        assert_eq!(
            other.sifter.get_key(anna.clone()).await.unwrap().row.own,
            secret
        );
    }
    let tom = desk.other(keys::tom()).await;
    let error = desk
        .sifter
        .export_key(tom, true, true, desk.path("no.asc"))
        .await
        .expect_err("not ours");
    assert_eq!(error.code, ErrorCode::NoSecretKey);
}

#[tokio::test]
async fn deleting_an_own_key_needs_its_name_and_spares_the_others() {
    let desk = Desk::new();
    let (anna, tom) = (desk.own(keys::anna()).await, desk.own(keys::tom()).await);
    let error = desk
        .sifter
        .delete_key(anna.clone(), "Anna".into(), false)
        .await
        .expect_err("not the name");
    assert_eq!(error.code, ErrorCode::InputInvalid);
    desk.sifter
        .delete_key(anna.clone(), "Anna Ruiz".into(), false)
        .await
        .unwrap();
    assert_eq!(
        desk.sifter.get_key(anna).await.expect_err("deleted").code,
        ErrorCode::KeyMissing
    );
    desk.sifter
        .unlock_key(tom, passphrase(), KeepPassphrase::ThisAction)
        .await
        .expect("the other one still opens");
}

#[tokio::test]
async fn a_keyring_with_a_stray_byte_is_told_and_repaired() {
    let desk = Desk::new();
    desk.other(keys::tom()).await;
    let path = desk.home.keyring_folder().join("pgp-public");
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, &bytes).unwrap();

    let list = desk.sifter.list_keys().await.unwrap();
    assert_eq!(list.keys.len(), 1, "whole keys are shown");
    let problem = &list.problems[0];
    assert_eq!(
        (problem.file, problem.repair_keeps),
        (KeyringFile::Public, Some(1))
    );
    assert_eq!(problem.error.code, ErrorCode::KeyringDamaged);
    assert!(
        problem.error.message.contains("`pgp-public`"),
        "{}",
        problem.error.message
    );

    let text = keys::anna().certificate().to_armored();
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    let error = desk
        .sifter
        .run_key_import(plan.plan, None)
        .await
        .expect_err("not written to");
    assert_eq!(error.code, ErrorCode::KeyringDamaged);
    assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was changed");

    assert_eq!(
        desk.sifter
            .repair_keyring(KeyringFile::Public)
            .await
            .unwrap(),
        1
    );
    assert!(desk.sifter.list_keys().await.unwrap().problems.is_empty());
    let backups = desk.home.path().join("data/keyrings/singularity");
    let kept = walk(&backups)
        .into_iter()
        .any(|file| fs::read(file).unwrap() == bytes);
    assert!(kept, "the damaged file is kept");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test]
async fn a_keyring_that_cannot_be_written_says_so_and_stays() {
    let desk = Desk::new();
    desk.other(keys::tom()).await;
    let folder = desk.home.keyring_folder();
    let before = fs::read(folder.join("pgp-public")).unwrap();
    let mounted = match faults::read_only(&folder) {
        Ok(mounted) => mounted,
        Err(reason) => return faults::skip("read-only keyring", &reason),
    };
    let text = keys::anna().certificate().to_armored();
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    let error = desk
        .sifter
        .run_key_import(plan.plan, None)
        .await
        .expect_err("read-only");
    assert_eq!(error.code, ErrorCode::KeyringNotWritable, "{error:?}");
    assert_eq!(fs::read(folder.join("pgp-public")).unwrap(), before);
    drop(mounted);
}

#[cfg(unix)]
#[tokio::test]
async fn a_keyring_that_is_a_link_or_a_folder_says_so() {
    let desk = Desk::new();
    let folder = desk.home.keyring_folder();
    fs::create_dir(folder.join("pgp-public")).unwrap();
    assert_eq!(
        desk.sifter.list_keys().await.expect_err("a folder").code,
        ErrorCode::KeyringDamaged
    );
    fs::remove_dir(folder.join("pgp-public")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("pgp-public")).unwrap();
    let error = desk.sifter.list_keys().await.expect_err("a link");
    assert!(error.message.contains("symbolic link"), "{}", error.message);
}

#[tokio::test]
async fn gnupg_that_is_not_there_says_so() {
    let desk = Desk::new();
    let error = desk
        .sifter
        .list_gnupg_keys()
        .await
        .expect_err("no PATH in this home");
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::GnupgFailed, "GnuPG is not on this computer")
    );
}

#[tokio::test]
async fn a_key_that_an_import_cannot_take_is_named_and_the_others_are_taken() {
    let desk = Desk::new();
    let secret = desk.home.keyring_folder().join("pgp-secret");
    fs::write(&secret, [0; 7]).unwrap();
    let text = format!(
        "{}{}",
        keys::tom().certificate().to_armored(),
        keys::anna().to_armored().as_str()
    );
    let plan = desk
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    let done = desk.sifter.run_key_import(plan.plan, None).await.unwrap();
    assert_eq!(done.taken, [keys::tom().fingerprint().to_string()]);
    assert_eq!(done.refused.len(), 1);
    let refused = &done.refused[0];
    assert_eq!(refused.fingerprint, keys::anna().fingerprint().to_string());
    assert_eq!(refused.name.as_deref(), Some("Anna Ruiz"));
    assert_eq!(refused.error.code, ErrorCode::KeyringDamaged);
}

#[tokio::test]
async fn a_keyring_that_cannot_be_read_says_that_and_not_that_it_cannot_be_written() {
    let desk = Desk::new();
    let folder = desk.home.keyring_folder();
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "not a folder").unwrap();
    let error = desk.sifter.list_keys().await.expect_err("no folder");
    assert_eq!(error.code, ErrorCode::KeyringNotReadable, "{error:?}");
}

#[tokio::test]
async fn a_deleted_key_stays_in_the_backups_unless_it_is_taken_out_of_them() {
    for from_backups in [false, true] {
        let desk = Desk::new();
        let (anna, tom) = (desk.own(keys::anna()).await, desk.own(keys::tom()).await);
        desk.sifter
            .delete_key(anna.clone(), "Anna Ruiz".into(), from_backups)
            .await
            .unwrap();
        let kept = desk.sifter.key_backups(anna).await.unwrap();
        assert_eq!(kept.count == 0, from_backups);
        assert!(kept.folder.ends_with("keyring-backups"), "{}", kept.folder);
        assert!(desk.sifter.key_backups(tom).await.unwrap().count > 0);
    }
}

#[tokio::test]
async fn a_lost_key_that_no_backup_has_is_told() {
    let desk = Desk::new();
    let tom = keys::tom();
    let secret = desk.home.keyring_folder().join("pgp-secret");
    fs::write(secret, tom.certificate().to_bytes()).unwrap();
    let found = desk.sifter.restore_lost_keys().await.unwrap();
    assert_eq!(found.missing, [tom.fingerprint().to_string()]);
    assert!(found.restored.is_empty());
}

/// What the person's own ring knows about a key, against a stale copy in another.
#[tokio::test]
async fn a_stale_copy_hides_no_revocation() {
    let desk = Desk::new();
    let tom = keys::tom();
    let update = tom
        .unlock(&sif_keys::Passphrase::from(passphrase().expose()))
        .unwrap()
        .revoke(sif_keys::RevocationReason::Retired, "", NOW)
        .unwrap();
    let revoked = update.apply_to(tom.certificate().to_bytes()).unwrap();
    let folder = desk.home.keyring_folder();
    // The first ring that is asked has the stale copy.
    fs::write(folder.join("pgp-public"), tom.certificate().to_bytes()).unwrap();
    fs::write(folder.join("pgp-secret"), &revoked).unwrap();
    let fingerprint = tom.fingerprint().to_string();
    let view = desk.sifter.get_key(fingerprint.clone()).await.unwrap();
    assert!(view.revoked_at.is_some());
    let error = desk
        .sifter
        .trust_key(fingerprint, Comparison::Pasted)
        .await
        .expect_err("revoked");
    assert_eq!(error.code, ErrorCode::KeyRevoked);
}

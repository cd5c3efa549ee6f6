//! "Must hold": bad input has its own message, and nothing is lost.

use std::fs;

use sifter_api::{
    ErrorCode,
    tasks::{TaskOutcome, TaskState},
    verdict::Badge,
};
use sifter_testkit::{faults, images, keys};

use crate::desk::{Desk, code, passphrase};

#[tokio::test]
async fn damaged_images_are_told_by_what_is_wrong_and_left_alone() {
    let desk = Desk::new();
    for case in images::damaged() {
        let image = desk.image("bad.sif", &case.bytes).await;
        let error = match desk.sifter.inspect_image(image).await {
            Ok(view) => view
                .refused
                .unwrap_or_else(|| panic!("{} is refused", case.what)),
            Err(error) => error,
        };
        assert_eq!(code(&error), case.code, "{}: {error:?}", case.what);
        let words = format!("{} {}", error.message, error.causes.join(" "));
        assert!(words.contains(case.says), "{}: {words}", case.what);
        assert!(
            words.contains("`bad.sif`"),
            "{}: the file is named: {words}",
            case.what
        );
        assert!(error.hint.is_some(), "{}: says what to do next", case.what);
        assert_eq!(
            fs::read(desk.path("bad.sif")).unwrap(),
            case.bytes,
            "{}",
            case.what
        );

        let task = desk.sifter.verify_images(vec![image]).await.unwrap();
        let TaskState::Done {
            outcome: TaskOutcome::Verified { items },
        } = desk.ended(task).await.state
        else {
            panic!("{}: one bad image does not fail the task", case.what);
        };
        assert_eq!(
            items[0].badge,
            Badge::CantCheck,
            "{}: never a verdict",
            case.what
        );
        assert_eq!(
            code(items[0].error.as_ref().unwrap()),
            case.code,
            "{}",
            case.what
        );
    }
}

#[tokio::test]
async fn an_image_cut_off_anywhere_is_never_taken() {
    let desk = Desk::new();
    let whole = images::plain();
    let path = desk.path("cut.sif");
    let image = desk.image("cut.sif", &whole).await;
    let places = (0..200)
        .chain((200..whole.len()).step_by(997))
        .chain([whole.len() - 1]);
    for length in places {
        fs::write(&path, &whole[..length]).unwrap();
        let error = match desk.sifter.inspect_image(image).await {
            Ok(view) => view
                .refused
                .unwrap_or_else(|| panic!("{length} bytes are not refused")),
            Err(error) => error,
        };
        let fits = ["sif-truncated", "not-sif", "file-empty"].contains(&code(&error).as_str());
        assert!(fits, "{length}: {error:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_named_and_never_waited_for() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder.sif")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(desk.path("pipe.sif"))
        .status()
        .unwrap();
    assert!(made.success(), "mkfifo");
    std::os::unix::fs::symlink(desk.path("loop.sif"), desk.path("loop.sif")).unwrap();
    let long = format!("{}.sif", "x".repeat(300));
    for (name, expected, says) in [
        ("folder.sif", ErrorCode::FileIsFolder, "is a folder"),
        ("pipe.sif", ErrorCode::FileIsSpecial, "is a pipe"),
        ("loop.sif", ErrorCode::LinkLoop, "leads back to itself"),
        ("gone.sif", ErrorCode::FileMissing, "is not there"),
        (long.as_str(), ErrorCode::PathTooLong, "too long"),
    ] {
        let image = desk.open(&desk.path(name)).await;
        let error = desk.sifter.inspect_image(image).await.expect_err(name);
        assert_eq!(error.code, expected, "{name}: {error:?}");
        assert!(error.message.contains(says), "{name}: {}", error.message);
    }
    let device = desk.open(std::path::Path::new("/dev/null")).await;
    let error = desk
        .sifter
        .inspect_image(device)
        .await
        .expect_err("a device");
    assert!(error.message.contains("is a device"), "{}", error.message);
}

#[cfg(unix)]
#[tokio::test]
async fn a_name_that_is_not_utf8_works_like_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let path = desk
        .path("x")
        .with_file_name(std::ffi::OsStr::from_bytes(b"caf\xe9 \xff.sif"));
    images::put(&path, &images::plain());
    let image = desk.open(&path).await;
    assert_eq!(desk.inspect(image).await.parts.len(), 3);
    desk.sign(image, &anna).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
    let desk = desk.restart();
    assert_eq!(
        desk.sifter.image_path(image).await.unwrap(),
        path,
        "the bytes survive a restart"
    );
}

#[tokio::test]
async fn a_thousand_files_at_once_are_sorted_and_taken() {
    let desk = Desk::new();
    let bytes = images::plain();
    let mut paths = Vec::new();
    for number in 0..1000 {
        let path = desk.path(&format!("image-{number}.sif"));
        images::put(
            &path,
            if number % 100 == 99 {
                b"no image"
            } else {
                &bytes
            },
        );
        paths.push(path);
    }
    let dropped = desk.sifter.offer_paths(paths).await.unwrap();
    assert_eq!(
        (dropped.images, dropped.others, dropped.names.len()),
        (990, 10, 10)
    );
    let ids = desk.sifter.take_images(dropped.files).await.unwrap();
    assert_eq!(ids.len(), 990);
    assert_eq!(desk.sifter.list_images().await.unwrap().len(), 990);
}

#[tokio::test]
async fn an_image_that_vanishes_is_told_as_missing() {
    let desk = Desk::new();
    let image = desk.image("here.sif", &images::plain()).await;
    desk.inspect(image).await;
    fs::remove_file(desk.path("here.sif")).unwrap();
    let error = desk.sifter.inspect_image(image).await.expect_err("gone");
    assert_eq!(error.code, ErrorCode::FileMissing);
    let rows = desk.sifter.list_images().await.unwrap();
    assert_eq!(rows[0].state, sifter_api::images::ImageState::Missing);
}

#[tokio::test]
async fn a_change_between_plan_and_signing_stops_it() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    let plan = desk.plan(&[image], &anna, false).await;
    let other = images::two_groups();
    images::put(&desk.path("x.sif"), &other);
    let error = desk
        .sifter
        .run_signing(
            plan.plan,
            Some(passphrase()),
            sifter_api::keys::KeepPassphrase::ThisAction,
            true,
        )
        .await
        .expect_err("changed");
    assert_eq!(error.code, ErrorCode::PlanOutdated);
    assert!(error.message.contains("`x.sif`"), "{}", error.message);
    assert_eq!(fs::read(desk.path("x.sif")).unwrap(), other);
}

#[tokio::test]
async fn a_full_disk_while_signing_leaves_the_image_as_it_was() {
    let desk = Desk::new();
    let disk = match faults::tiny_disk(&desk.path("disk"), 48) {
        Ok(disk) => disk,
        Err(reason) => return faults::skip("full disk", &reason),
    };
    let anna = desk.own(keys::anna()).await;
    let bytes = images::with_partition(&[7; 4000]);
    let path = disk.path().join("x.sif");
    images::put(&path, &bytes);
    // What is left is less than a journal and a signature need.
    let filler = disk.path().join("filler");
    let mut size = 64 * 1024;
    while size > 0 && fs::write(&filler, vec![1; size]).is_err() {
        size -= 1024;
    }
    let image = desk.open(&path).await;
    let TaskState::Done {
        outcome: TaskOutcome::Signed { items },
    } = desk.sign(image, &anna).await.state
    else {
        panic!("an outcome for each image");
    };
    let error = items[0].error.as_ref().expect("the disk is full");
    assert_eq!(error.code, ErrorCode::DiskFull, "{error:?}");
    assert_eq!(
        fs::read(&path).unwrap(),
        bytes,
        "not a byte of the image changed"
    );
    fs::remove_file(&filler).unwrap();
    let left: Vec<_> = fs::read_dir(disk.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["x.sif"], "nothing else is left behind");
    drop(disk);
}

#[tokio::test]
async fn a_read_only_folder_refuses_signing_but_not_verifying() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let folder = desk.path("shared");
    fs::create_dir(&folder).unwrap();
    let bytes = images::plain();
    images::put(&folder.join("x.sif"), &bytes);
    let mounted = match faults::read_only(&folder) {
        Ok(mounted) => mounted,
        Err(reason) => return faults::skip("read-only folder", &reason),
    };
    let image = desk.open(&folder.join("x.sif")).await;
    for copy in [false, true] {
        let plan = desk.plan(&[image], &anna, copy).await;
        let keep = sifter_api::keys::KeepPassphrase::ThisAction;
        let task = desk
            .sifter
            .run_signing(plan.plan, Some(passphrase()), keep, true)
            .await
            .unwrap();
        let TaskState::Done {
            outcome: TaskOutcome::Signed { items },
        } = desk.ended(task).await.state
        else {
            panic!("an outcome for each image");
        };
        let error = items[0].error.as_ref().expect("nothing can be written");
        assert_eq!(
            error.code,
            ErrorCode::FileNotWritable,
            "copy {copy}: {error:?}"
        );
    }
    assert_eq!(desk.verify(image).await.badge, Badge::NotSigned);
    assert_eq!(fs::read(folder.join("x.sif")).unwrap(), bytes);
    drop(mounted);
}

#[tokio::test]
async fn malformed_pem_and_key_files_say_so() {
    let desk = Desk::new();
    let image = desk.image("x.sif", &images::plain()).await;
    for (name, text, expected) in [
        ("a.pem", "no pem here", ErrorCode::PemMalformed),
        (
            "b.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            ErrorCode::PemMalformed,
        ),
        (
            "c.pem",
            "-----BEGIN PRIVATE KEY-----\n\u{1}\u{2}",
            ErrorCode::PemMalformed,
        ),
        (
            "d.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ErrorCode::PemMalformed,
        ),
    ] {
        fs::write(desk.path(name), text).unwrap();
        let what = sifter_api::sign::SignWhat::All;
        let error = desk
            .sifter
            .plan_signing_with_pem(vec![image], desk.path(name), what, false)
            .await
            .expect_err(name);
        assert_eq!(error.code, expected, "{name}: {error:?}");
    }
    for (text, expected) in [
        ("hello", ErrorCode::NoKeyInFile),
        (
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
            ErrorCode::KeyMalformed,
        ),
    ] {
        let from = sifter_api::keys::ImportSource::Text(text.into());
        let error = desk.sifter.plan_key_import(from).await.expect_err(text);
        assert!(
            [expected, ErrorCode::KeyMalformed].contains(&error.code),
            "{text}: {error:?}"
        );
    }
}

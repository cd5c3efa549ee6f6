//! Bytes in a bucket instead of a folder, on a real S3 server.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use scs_server::{Cloud, Collected, Depth, Error, Problem, S3, Settings, Steps, Storage};

use crate::{
    bucket::{Bucket, KEY, SECRET},
    crashes,
    support::{Said, Server, bytes, digest_of, start_in, start_with},
};

async fn start(bucket: &Bucket) -> Server {
    start_with(|settings| settings.storage = bucket.storage()).await
}

fn open(storage: Storage) -> Result<Cloud, Error> {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(folder.path().join("cloud"));
    settings.storage = storage;
    Cloud::open(settings)
}

#[tokio::test]
async fn images_are_pushed_pulled_and_deleted() {
    let bucket = Bucket::start();
    let server = start(&bucket).await;
    // The second is sent on in parts.
    for (name, length, parts) in [("empty", 0, 0), ("small", 5000, 0), ("large", 20 << 20, 3)] {
        let content = bytes(length, 7);
        let before = bucket.parts();
        let path = format!("alice/tools/{name}");
        server.push(&path, "latest", &content).await;
        assert_eq!(bucket.parts() - before, parts, "{name}");
        assert!(
            std::fs::read(bucket.object(&digest_of(&content))).unwrap() == content,
            "{name}"
        );
        let pulled = server
            .anonymous(&format!("/v1/imagefile/{path}:latest"))
            .await;
        assert_eq!(pulled.status, 200);
        assert!(pulled.body == content, "{name}");
    }
    let path = "/v1/imagefile/alice/tools/large:latest";
    let (content, before) = (bytes(20 << 20, 7), bucket.ranges());
    for (range, start, end) in [
        ("bytes=0-9", 0, 10),
        ("bytes=1000-5000000", 1000, 5_000_001),
        ("bytes=-5", content.len() - 5, content.len()),
    ] {
        let request = server.request("GET", path).header("Range", range);
        let part = Said::read(request.send().await.unwrap()).await;
        assert_eq!(part.status, 206);
        assert!(part.body == content[start..end], "{range}");
    }
    assert_eq!(
        bucket.ranges() - before,
        3,
        "only what is asked for is fetched, and at once"
    );
    let other = "alice/tools/other";
    server.push(other, "latest", &content).await;
    let delete = async |name: &str| {
        let path = format!("/v1/images/alice/tools/{name}:latest");
        server.ask("DELETE", &path, None).await.data();
    };
    delete("large").await;
    assert!(
        server
            .get(&format!("/v1/imagefile/{other}:latest"))
            .await
            .body
            == content
    );
    delete("other").await;
    assert!(!bucket.object(&digest_of(&content)).exists());
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.files, checked.problems, checked.orphans),
        (2, vec![], vec![])
    );
}

#[tokio::test]
async fn a_push_that_the_storage_refuses_shows_nothing_and_goes_on_later() {
    let bucket = Bucket::start();
    let server = start(&bucket).await;
    for content in [bytes(5000, 1), bytes(10 << 20, 2)] {
        let name = format!("alice/tools/of-{}", content.len());
        let container = server.container(&name).await;
        let image = server.image(&container, &content).await;
        bucket.refuse(true);
        assert_eq!(server.upload(&image, &content).await.status, 502);
        let path = format!("/v1/images/{name}:sha256.{}", digest_of(&content));
        assert_eq!(server.get(&path).await.data()["uploaded"], false);
        assert_eq!(server.anonymous(&path).await.status, 404);
        bucket.refuse(false);
        let end = format!("/v2/imagefile/{image}/_complete");
        server
            .ask("PUT", &end, Some(serde_json::json!({})))
            .await
            .data();
        assert_eq!(server.anonymous(&path).await.data()["uploaded"], true);
    }
}

#[tokio::test]
async fn an_error_at_any_step_leaves_a_sound_cloud() {
    let content = bytes(2500, 1);
    for stop_at in 0.. {
        assert!(stop_at < 59, "the push never ends");
        let bucket = Bucket::start();
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let passed = Arc::new(AtomicUsize::new(0));
        let server = start_in(folder, |settings| {
            settings.storage = bucket.storage();
            settings.limits.part = crashes::PARTS;
            settings.steps = Steps::watched_by(move |_| {
                match passed.fetch_add(1, Ordering::SeqCst) == stop_at {
                    true => Err(io::Error::other("stopped by the test")),
                    false => Ok(()),
                }
            });
        })
        .await;
        let is_complete = crashes::push(&server, &content).await;
        let folder = server.stop().await;
        let server = start_in(folder, |settings| {
            settings.storage = bucket.storage();
            settings.limits.part = crashes::PARTS;
        })
        .await;
        crashes::check(&server, &content, is_complete, &format!("step {stop_at}")).await;
        if is_complete {
            break;
        }
    }
}

#[tokio::test]
async fn what_a_cut_off_upload_left_is_given_up_by_gc_and_at_the_next_start() {
    for restarts in [false, true] {
        let bucket = Bucket::start();
        let mut server = start(&bucket).await;
        let content = bytes(20 << 20, 3);
        let container = server.container("alice/tools/large").await;
        let image = server.image(&container, &content).await;
        bucket.refuse_ends(true);
        assert_eq!(server.upload(&image, &content).await.status, 502);
        assert_eq!(bucket.loose_parts(), 3);
        bucket.refuse_ends(false);
        if restarts {
            let folder = server.stop().await;
            server = start_in(folder, |settings| settings.storage = bucket.storage()).await;
        } else {
            assert_eq!(server.cloud.gc().unwrap().files, 1);
        }
        assert_eq!(bucket.loose_parts(), 0);
        let complete = format!("/v2/imagefile/{image}/_complete");
        assert_eq!(server.ask("PUT", &complete, None).await.status, 200);
        assert!(std::fs::read(bucket.object(&digest_of(&content))).unwrap() == content);
        assert_eq!(
            (bucket.loose_parts(), server.cloud.gc().unwrap().files),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn damage_is_found_and_what_nobody_knows_is_removed() {
    let bucket = Bucket::start();
    let server = start(&bucket).await;
    let contents: Vec<_> = (1..=3).map(|seed| bytes(1000, seed)).collect();
    for (content, name) in contents.iter().zip(["one", "two", "three"]) {
        server
            .push(&format!("alice/tools/{name}"), "latest", content)
            .await;
    }
    let digests: Vec<_> = contents.iter().map(|content| digest_of(content)).collect();
    std::fs::remove_file(bucket.object(&digests[0])).unwrap();
    std::fs::write(bucket.object(&digests[1]), bytes(1000, 9)).unwrap();
    let left = digest_of(b"left over");
    std::fs::create_dir_all(bucket.object(&left).parent().unwrap()).unwrap();
    std::fs::write(bucket.object(&left), b"left over").unwrap();
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(checked.problems.len(), 2);
    for problem in [
        Problem::Missing(digests[0].clone()),
        Problem::Changed(digests[1].clone()),
    ] {
        assert!(
            checked.problems.contains(&problem),
            "{:?}",
            checked.problems
        );
    }
    assert_eq!(checked.orphans, std::slice::from_ref(&left));
    let collected = server.cloud.gc().unwrap();
    let expected = Collected {
        files: 1,
        bytes: 9,
        ..Collected::default()
    };
    assert_eq!(collected, expected);
    assert!(!bucket.object(&left).exists());
    let path = "/v1/imagefile/alice/tools/three:latest";
    assert!(server.get(path).await.body == contents[2]);
}

#[tokio::test]
async fn a_backup_of_it_is_a_cloud_in_a_folder() {
    let bucket = Bucket::start();
    let server = start(&bucket).await;
    let content = bytes(3000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let place = tempfile::tempdir().unwrap();
    server.cloud.backup(&place.path().join("copy")).unwrap();
    let copy = Cloud::open(Settings::new(place.path().join("copy"))).unwrap();
    let checked = copy.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.files, checked.problems, checked.orphans),
        (1, vec![], vec![])
    );
}

#[tokio::test]
async fn a_wrong_key_a_wrong_address_and_plain_http_are_refused() {
    let bucket = Bucket::start();
    let key = |id: &str, secret: &str| {
        let (id, secret) = (id.to_owned(), secret.to_owned());
        scs_server::Credentials::from_variables(move |name| match name {
            "AWS_ACCESS_KEY_ID" => Some(id.clone()),
            "AWS_SECRET_ACCESS_KEY" => Some(secret.clone()),
            _ => None,
        })
        .unwrap()
    };
    type Change = Box<dyn Fn(&mut S3)>;
    let (nobody, wrong) = (key("nobody", SECRET), key(KEY, "wrong-secret"));
    let cases: [(&str, Change); 5] = [
        (
            "key",
            Box::new(move |place| place.credentials = nobody.clone()),
        ),
        (
            "secret",
            Box::new(move |place| place.credentials = wrong.clone()),
        ),
        ("prefix", Box::new(|place| place.prefix = "a//b".into())),
        (
            "address",
            Box::new(|place| place.endpoint = "nonsense".into()),
        ),
        (
            "http",
            Box::new(|place| place.endpoint = "http://198.51.100.1".into()),
        ),
    ];
    for (what, change) in cases {
        let mut place = bucket.place();
        change(&mut place);
        let opened = open(Storage::S3(Box::new(place)));
        let failed = opened.err().unwrap_or_else(|| panic!("{what}"));
        assert!(matches!(failed, Error::Storage { .. }), "{what}: {failed}");
        let told = format!("{failed:?} {failed}");
        assert!(
            !told.contains(SECRET) && !told.contains("wrong-secret"),
            "{what}"
        );
    }
    open(bucket.storage()).unwrap();
}

#[tokio::test]
async fn a_place_has_one_cloud_and_a_cloud_one_place() {
    let bucket = Bucket::start();
    let first = start(&bucket).await;
    let failed = open(bucket.storage()).unwrap_err();
    assert!(matches!(failed, Error::OthersStorage(_)), "{failed}");
    let folder = first.stop().await;
    let again = start_in(folder, |settings| settings.storage = bucket.storage()).await;
    again.push("alice/tools/hello", "latest", b"hello").await;
    let folder = again.stop().await;
    let in_folder = Cloud::open(Settings::new(folder.path().join("cloud")));
    assert!(matches!(in_folder, Err(Error::OtherStorage)));
    // The other way round.
    let other = crate::support::start().await;
    other.push("alice/tools/hello", "latest", b"hello").await;
    let folder = other.stop().await;
    let mut settings = Settings::new(folder.path().join("cloud"));
    let mut place = bucket.place();
    place.prefix = "free".into();
    settings.storage = Storage::S3(Box::new(place));
    assert!(matches!(Cloud::open(settings), Err(Error::OtherStorage)));
}

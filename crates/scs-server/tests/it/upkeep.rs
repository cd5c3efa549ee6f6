//! Checking, tidying up, saving.

use scs_server::{Cloud, Collected, Depth, Error, Problem, Settings};

use crate::support::{bytes, digest_of, hash_of, start};

#[tokio::test]
async fn damage_is_found() {
    let server = start().await;
    for (name, seed) in [("one", 1), ("two", 2), ("three", 3), ("four", 4)] {
        server
            .push(&format!("alice/tools/{name}"), "latest", &bytes(1000, seed))
            .await;
    }
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.files, checked.problems, checked.orphans),
        (4, vec![], vec![])
    );
    let digests: Vec<String> = (1..=3).map(|seed| digest_of(&bytes(1000, seed))).collect();
    let path = |digest: &str| {
        server
            .folder
            .path()
            .join("cloud/blobs/sha256")
            .join(&digest[..2])
            .join(digest)
    };
    std::fs::remove_file(path(&digests[0])).unwrap();
    std::fs::write(path(&digests[1]), b"short").unwrap();
    std::fs::write(path(&digests[2]), bytes(1000, 9)).unwrap();
    let lengths = server.cloud.fsck(Depth::Lengths).unwrap().problems;
    assert_eq!(lengths.len(), 2);
    let mut problems = server.cloud.fsck(Depth::Bytes).unwrap().problems;
    problems.sort_by_key(|problem| {
        digests
            .iter()
            .position(|digest| problem.to_string().contains(digest))
    });
    let expected = [
        Problem::Missing(digests[0].clone()),
        Problem::Length {
            digest: digests[1].clone(),
            expected: 1000,
            found: 5,
        },
        Problem::Changed(digests[2].clone()),
    ];
    assert_eq!(problems, expected);
    // A pull of a lost file is an error, not an empty file.
    assert_eq!(
        server
            .get("/v1/imagefile/alice/tools/one:latest")
            .await
            .status,
        500
    );
}

#[tokio::test]
async fn a_damaged_database_is_told_from_others() {
    let server = start().await;
    let folder = server.stop().await;
    let path = folder.path().join("cloud/cloud.db");
    for name in ["cloud.db-wal", "cloud.db-shm"] {
        let _ = std::fs::remove_file(path.with_file_name(name));
    }
    std::fs::write(&path, bytes(8192, 1)).unwrap();
    let open = || Cloud::open(Settings::new(folder.path().join("cloud")));
    let mut opened = open();
    // A process that another test is just starting has the lock until it runs its own program.
    while matches!(opened, Err(Error::InUse(_))) {
        opened = open();
    }
    assert!(matches!(opened, Err(Error::Damaged(_))), "{opened:?}");
}

#[tokio::test]
async fn what_nobody_knows_is_removed() {
    let server = start().await;
    server.push("alice/tools/hello", "latest", b"hello").await;
    let digest = digest_of(b"left over");
    let folder = server.folder.path().join("cloud");
    let blob = folder.join("blobs/sha256").join(&digest[..2]);
    std::fs::create_dir_all(&blob).unwrap();
    std::fs::write(blob.join(&digest), b"left over").unwrap();
    std::fs::write(folder.join("uploads/left"), b"x").unwrap();
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.problems, checked.orphans),
        (vec![], vec![digest, "left".to_owned()])
    );
    let collected = server.cloud.gc().unwrap();
    assert_eq!(
        collected,
        Collected {
            files: 2,
            bytes: 9,
            ..Collected::default()
        }
    );
    assert_eq!(server.cloud.gc().unwrap(), Collected::default());
    assert_eq!(
        server
            .get("/v1/imagefile/alice/tools/hello:latest")
            .await
            .body,
        b"hello"
    );
}

#[tokio::test]
async fn a_backup_is_a_cloud() {
    let server = start().await;
    let content = bytes(3000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let place = tempfile::tempdir().unwrap();
    server.cloud.backup(&place.path().join("copy")).unwrap();
    assert!(
        server.cloud.backup(&place.path().join("copy")).is_err(),
        "it is not empty"
    );
    server
        .ask("DELETE", "/v1/images/alice/tools/hello:latest", None)
        .await
        .data();
    let copy = Cloud::open(Settings::new(place.path().join("copy"))).unwrap();
    let checked = copy.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.files, checked.problems, checked.orphans),
        (1, vec![], vec![])
    );
    assert_eq!(copy.list().unwrap().len(), 1);
    let file = place
        .path()
        .join("copy/blobs/sha256")
        .join(&hash_of(&content)[7..9])
        .join(&hash_of(&content)[7..]);
    assert!(std::fs::read(file).unwrap() == content);
}

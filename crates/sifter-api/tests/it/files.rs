//! Looking inside, drops, folders, the sample, export, trash.

use std::{fs, time::Duration};

use sifter_api::{
    ApiEvent, ErrorCode,
    images::{FindingCode, FolderState, PartKind, PeekView, SegmentKind},
    tasks::{TaskOutcome, TaskState},
    units::ByteCount,
    verdict::Badge,
};
use sifter_testkit::{images, keys};

use crate::desk::{Desk, PATIENCE};

#[tokio::test]
async fn an_image_is_shown_with_parts_and_map() {
    let desk = Desk::new();
    let image = desk.image("tool.sif", &images::plain()).await;
    let view = desk.inspect(image).await;
    let kinds: Vec<_> = view.parts.iter().map(|part| part.kind).collect();
    assert_eq!(
        kinds,
        [PartKind::Definition, PartKind::Labels, PartKind::FileSystem]
    );
    assert_eq!(view.parts[2].technical, "FS (Squashfs/*System/amd64)");
    assert!(view.parts[2].primary);
    assert_eq!(
        (view.row.name.as_str(), view.row.arch.as_deref()),
        ("tool.sif", Some("amd64"))
    );
    assert_eq!(
        (view.row.badge, view.refused.clone()),
        (Badge::NotSigned, None)
    );
    assert!(view.findings.is_empty() && view.verify_automatically);
    let end = view.map.iter().fold(0, |end, segment| {
        assert_eq!(segment.offset.0, end, "no holes in the map");
        end + segment.size.0
    });
    assert_eq!(end, fs::metadata(desk.path("tool.sif")).unwrap().len());
    assert_eq!(view.map[0].kind, SegmentKind::Header);
}

#[tokio::test]
async fn looking_again_is_no_news() {
    let desk = Desk::new();
    let image = desk.image("tool.sif", &images::plain()).await;
    desk.inspect(image).await;
    let mut events = desk.sifter.events();
    desk.inspect(image).await;
    assert_eq!(
        events.try_next(),
        None,
        "a page that answers by reading again would never rest"
    );
    desk.pass(60);
    desk.inspect(image).await;
    assert_eq!(
        events.try_next(),
        Some(ApiEvent::ImagesChanged(vec![image]))
    );
}

#[tokio::test]
async fn text_parts_are_shown_as_text_and_others_as_bytes() {
    let desk = Desk::new();
    let image = desk.image("tool.sif", &images::plain()).await;
    let PeekView::Text { text, truncated } = desk.sifter.read_definition(image).await.unwrap()
    else {
        panic!("a definition is text");
    };
    assert_eq!(
        (text.as_str(), truncated),
        ("Bootstrap: library\nFrom: alpine\n", false)
    );
    let labels = desk.sifter.read_labels(image).await.unwrap();
    assert_eq!(
        (labels[0].name.as_str(), labels[0].value.as_str()),
        ("maker", "Anna")
    );
    let start = ByteCount(0);
    assert!(matches!(
        desk.sifter.peek_part(image, 2, start, false).await.unwrap(),
        PeekView::Json { .. }
    ));
    let PeekView::Hex { rows, .. } = desk.sifter.peek_part(image, 3, start, false).await.unwrap()
    else {
        panic!("a file system is bytes");
    };
    assert!(rows[0].text.starts_with("hsqs"));
    let PeekView::Hex { rows, .. } = desk
        .sifter
        .peek_part(image, 3, ByteCount(1 << 40), true)
        .await
        .unwrap()
    else {
        panic!("bytes");
    };
    assert!(rows.is_empty(), "behind the end there is nothing");
    let error = desk
        .sifter
        .peek_part(image, 99, start, true)
        .await
        .expect_err("no such part");
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::PartMissing, "`tool.sif` has no part 99")
    );
    assert_eq!(
        desk.sifter
            .read_environment(image)
            .await
            .expect_err("none")
            .code,
        ErrorCode::PartMissing
    );
    assert_eq!(desk.sifter.raw_header(image).await.unwrap().len(), 8);
    assert_eq!(
        desk.sifter.raw_descriptor(image, 1).await.unwrap().len(),
        37
    );
    assert!(
        desk.sifter
            .siftool_list(image)
            .await
            .unwrap()
            .contains("FS (Squashfs/*System/amd64)")
    );
}

#[tokio::test]
async fn a_part_is_exported_whole() {
    let desk = Desk::new();
    let image = desk.image("tool.sif", &images::plain()).await;
    assert_eq!(
        desk.sifter.part_file_name(image, 1).await.unwrap(),
        "tool-part-1.def"
    );
    let to = desk.path("out.img");
    let task = desk.sifter.export_part(image, 3, to.clone()).await.unwrap();
    let TaskState::Done {
        outcome: TaskOutcome::Exported { size, .. },
    } = desk.ended(task).await.state
    else {
        panic!("exported");
    };
    assert_eq!(
        fs::read(&to).unwrap(),
        b"hsqs and some bytes that stand for a file system"
    );
    assert_eq!(size, ByteCount(48));
}

#[tokio::test]
async fn a_refused_image_shows_its_parts_but_never_a_verdict() {
    let desk = Desk::new();
    let overlapping = images::damaged().pop().unwrap();
    let image = desk.image("bad.sif", &overlapping.bytes).await;
    let view = desk.inspect(image).await;
    assert_eq!(view.parts.len(), 3);
    assert!(
        view.parts.iter().any(|part| part.problem.is_some()),
        "{:?}",
        view.parts
    );
    assert_eq!(
        (
            view.row.badge,
            view.verdict.clone(),
            view.verify_automatically
        ),
        (Badge::CantCheck, None, false)
    );
}

#[tokio::test]
async fn trailing_bytes_are_found() {
    let desk = Desk::new();
    let mut bytes = images::plain();
    bytes.extend(b"appended");
    let image = desk.image("tail.sif", &bytes).await;
    let view = desk.inspect(image).await;
    assert_eq!(view.findings[0].code, FindingCode::TrailingBytes);
}

#[tokio::test]
async fn drops_are_sorted_and_named() {
    let desk = Desk::new();
    images::put(&desk.path("a.sif"), &images::plain());
    fs::write(
        desk.path("anna.asc"),
        keys::anna().certificate().to_armored(),
    )
    .unwrap();
    fs::write(desk.path("build.def"), "Bootstrap: docker\n").unwrap();
    fs::write(desk.path("photo.jpg"), b"\xff\xd8\xff\xe0").unwrap();
    fs::create_dir(desk.path("folder")).unwrap();
    let all = ["a.sif", "anna.asc", "build.def", "photo.jpg", "folder"].map(|name| desk.path(name));
    let drop = desk.sifter.offer_paths(all.to_vec()).await.unwrap();
    assert_eq!(
        (
            drop.images,
            drop.keys,
            drop.definitions,
            drop.others,
            drop.folders
        ),
        (1, 1, 1, 1, 1)
    );
    assert_eq!(drop.seems_to_be, None, "only for a single file");
    let single = desk
        .sifter
        .offer_paths(vec![desk.path("photo.jpg")])
        .await
        .unwrap();
    assert_eq!(single.seems_to_be.as_deref(), Some("a JPEG picture"));
    let typed = desk.path("a.sif").to_string_lossy().into_owned();
    assert_eq!(
        desk.sifter.offer_text(typed).await.unwrap().unwrap().images,
        1
    );
    assert_eq!(
        desk.sifter
            .offer_text("library://a/b".into())
            .await
            .unwrap(),
        None
    );
    desk.sifter
        .queue_opened(vec![desk.path("a.sif")])
        .await
        .unwrap();
    assert_eq!(desk.sifter.take_opened().await.unwrap().len(), 1);
    assert!(
        desk.sifter.take_opened().await.unwrap().is_empty(),
        "taken once"
    );
}

#[tokio::test]
async fn a_watched_folder_follows_what_happens_in_it() {
    let desk = Desk::new();
    let folder = desk.path("images");
    fs::create_dir(&folder).unwrap();
    images::put(&folder.join("one.sif"), &images::plain());
    fs::write(folder.join("notes.txt"), "no image").unwrap();
    desk.sifter.watch().await.unwrap();
    let view = desk.sifter.add_folder(folder.clone()).await.unwrap();
    assert!(desk.sifter.wait_for_tasks(PATIENCE).await.unwrap());
    let names = async || -> Vec<String> {
        desk.sifter
            .list_images()
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.name)
            .collect()
    };
    assert_eq!(names().await, ["one.sif"]);
    let listed = desk.sifter.list_folders().await.unwrap();
    assert_eq!(
        (listed[0].images, listed[0].state.clone()),
        (1, FolderState::Watching)
    );

    let mut events = desk.sifter.events();
    images::put(&folder.join("two.sif"), &images::plain());
    let changed = async {
        while names().await.len() != 2 {
            events.next().await.expect("Sifter is there");
        }
    };
    tokio::time::timeout(PATIENCE, changed)
        .await
        .expect("the new image is noticed");

    fs::remove_file(folder.join("one.sif")).unwrap();
    desk.sifter.reread_folder(view.id).await.unwrap();
    assert!(desk.sifter.wait_for_tasks(PATIENCE).await.unwrap());
    assert_eq!(names().await, ["two.sif"]);
    desk.sifter.remove_folder(view.id).await.unwrap();
    assert!(names().await.is_empty() && folder.join("two.sif").exists());
}

#[tokio::test]
async fn what_was_taken_off_the_list_stays_off_until_it_is_opened() {
    let desk = Desk::new();
    let folder = desk.path("images");
    fs::create_dir(&folder).unwrap();
    for name in ["one.sif", "two.sif"] {
        images::put(&folder.join(name), &images::plain());
    }
    // Opened before its folder was listed: where it was found first is all the same.
    let opened = desk.sifter.add_image(folder.join("one.sif")).await.unwrap();
    let view = desk.sifter.add_folder(folder.clone()).await.unwrap();
    desk.sifter.forget_images(vec![opened]).await.unwrap();
    let read_again = async || -> Vec<String> {
        assert!(desk.sifter.wait_for_tasks(PATIENCE).await.unwrap());
        desk.sifter.reread_folder(view.id).await.unwrap();
        assert!(desk.sifter.wait_for_tasks(PATIENCE).await.unwrap());
        let rows = desk.sifter.list_images().await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    };
    assert_eq!(read_again().await, ["two.sif"]);
    assert_eq!(desk.sifter.list_folders().await.unwrap()[0].images, 1);
    assert!(desk.sifter.recent_images(9).await.unwrap().is_empty());
    let error = desk.sifter.inspect_image(opened).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::HandleUnknown);

    desk.sifter.add_image(folder.join("one.sif")).await.unwrap();
    assert_eq!(read_again().await, ["one.sif", "two.sif"], "opened by hand");

    desk.sifter.forget_images(vec![opened]).await.unwrap();
    fs::remove_file(folder.join("one.sif")).unwrap();
    assert_eq!(read_again().await, ["two.sif"]);
    images::put(&folder.join("one.sif"), &images::plain());
    assert_eq!(
        read_again().await,
        ["two.sif", "one.sif"],
        "another file of that name"
    );

    let ids = desk.sifter.list_images().await.unwrap();
    let ids = ids.into_iter().map(|row| row.id).collect();
    desk.sifter.forget_images(ids).await.unwrap();
    desk.sifter.remove_folder(view.id).await.unwrap();
    desk.sifter.add_folder(folder.clone()).await.unwrap();
    assert_eq!(desk.sifter.list_folders().await.unwrap().len(), 1);
    assert!(desk.sifter.wait_for_tasks(PATIENCE).await.unwrap());
    assert_eq!(
        desk.sifter.list_images().await.unwrap().len(),
        2,
        "a folder that is listed anew"
    );
}

#[tokio::test]
async fn the_sample_image_opens_and_can_be_signed() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.sifter.open_sample_image().await.unwrap();
    assert_eq!(desk.inspect(image).await.parts.len(), 3);
    desk.sign(image, &anna).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
    assert_eq!(
        desk.sifter.open_sample_image().await.unwrap(),
        image,
        "written once"
    );
    assert_eq!(
        desk.verify(image).await.badge,
        Badge::Verified,
        "and not replaced"
    );
}

#[tokio::test]
async fn trashed_images_can_be_found_again() {
    let desk = Desk::new();
    let here = desk.image("here.sif", &images::plain()).await;
    let gone = desk.image("gone.sif", &images::plain()).await;
    fs::remove_file(desk.path("gone.sif")).unwrap();
    let results = desk.sifter.trash_images(vec![here, gone]).await.unwrap();
    assert_eq!(results[0].1, None);
    assert_eq!(results[1].1.as_ref().unwrap().code, ErrorCode::FileMissing);
    assert!(!desk.path("here.sif").exists());
    assert_eq!(
        desk.sifter.list_images().await.unwrap().len(),
        1,
        "the one that stayed"
    );
}

#[tokio::test]
async fn borrowed_images_are_in_no_list() {
    let desk = Desk::new();
    images::put(&desk.path("x.sif"), &images::plain());
    let ids = desk
        .sifter
        .borrow_images(vec![desk.path("x.sif")])
        .await
        .unwrap();
    desk.inspect(ids[0]).await;
    assert!(desk.sifter.list_images().await.unwrap().is_empty());
    desk.sifter.give_back_images(ids.clone()).await.unwrap();
    assert_eq!(
        desk.sifter
            .image_path(ids[0])
            .await
            .expect_err("given back")
            .code,
        ErrorCode::HandleUnknown
    );
}

#[tokio::test]
async fn a_located_image_is_the_same_row() {
    let desk = Desk::new();
    let image = desk.image("old.sif", &images::plain()).await;
    fs::rename(desk.path("old.sif"), desk.path("new.sif")).unwrap();
    let mut events = desk.sifter.events();
    let row = desk
        .sifter
        .locate_image(image, desk.path("new.sif"))
        .await
        .unwrap();
    assert_eq!((row.id, row.name.as_str()), (image, "new.sif"));
    let told = tokio::time::timeout(Duration::from_secs(5), events.next())
        .await
        .unwrap();
    assert_eq!(told, Some(ApiEvent::ImagesChanged(vec![image])));
}

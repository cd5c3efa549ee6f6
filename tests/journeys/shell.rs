//! What the shell does whatever the page shows.

use std::path::PathBuf;

use serde_json::json;

use crate::desktop::{
    Desktop, PROGRAM,
    drag::Drag,
    files::write_image,
    page::Page,
    process::{Group, is_installed},
    session::Keychain,
    skip,
    steps::look_around,
    wait_until,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_and_closes() {
    let Some(mut desktop) = Desktop::start("journeys", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    assert_eq!(page.client().title().await.unwrap(), "Sifter");
    desktop.close().await;
    assert!(desktop.program_ids().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reaches_nothing_but_its_commands() {
    let Some(mut desktop) = Desktop::start("journeys", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    for command in [
        "plugin:opener|open_url",
        "plugin:clipboard-manager|read_text",
        "plugin:event|emit",
        "nope",
    ] {
        let error = page
            .invoke(command, json!({}))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("not allowed") || error.contains("not found"),
            "`{command}`: {error}"
        );
    }
    let fetch = "const done = arguments[0]; fetch('https://example.org').then(() => done('fetched'), () => done('no'))";
    assert_eq!(
        page.client()
            .execute_async(fetch, Vec::new())
            .await
            .unwrap(),
        "no"
    );
    let evaluate = "try { return new Function('return 1')() } catch { return 'no' }";
    assert_eq!(
        page.client().execute(evaluate, Vec::new()).await.unwrap(),
        "no"
    );
}

/// Drops files where the page, which listens to the drag, knows the pointer to be. The answer is the source.
async fn drop_at(desktop: &Desktop, page: &Page, files: &[PathBuf], x: i32, y: i32) -> Group {
    let drag = Drag::start(desktop, files);
    let place = json!({ "x": x, "y": y });
    drag.over_until(x, y, async || {
        page.heard("drag-moved").await.last() == Some(&place)
            && !page.heard("drag-entered").await.is_empty()
    })
    .await;
    drag.release()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_drop_reaches_the_page_without_its_paths() {
    if !is_installed("xdotool") {
        return skip("drop", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("drop", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let files = [
        write_image(&folder, "one.sif", 5000),
        write_image(&folder, "with blank.sif", 5000),
    ];
    let page = desktop.open(&[]).await;
    page.listen(&["drag-entered", "drag-moved", "drag-left", "dropped"])
        .await;
    let _source = drop_at(&desktop, &page, &files, 400, 300).await;
    wait_until("the files are dropped", async || {
        !page.heard("dropped").await.is_empty()
    })
    .await;
    let entered = page.heard("drag-entered").await;
    let dropped = page.heard("dropped").await;
    assert_eq!(entered[0]["images"], 2);
    assert_eq!(entered[0]["names"], json!(["one.sif", "with blank.sif"]));
    assert_eq!(dropped.len(), 1);
    assert_eq!(
        (&dropped[0]["x"], &dropped[0]["y"]),
        (&json!(400), &json!(300))
    );
    assert_eq!(
        dropped[0]["files"], entered[0]["files"],
        "the drop is what was dragged"
    );
    assert!(page.heard("drag-moved").await.len() > 1);
    let home = desktop.home().to_str().unwrap();
    assert!(
        !json!([entered, dropped]).to_string().contains(home),
        "a path reached the page"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_name_that_is_not_utf8_is_found() {
    use std::os::unix::ffi::OsStringExt;

    if !is_installed("xdotool") {
        return skip("drop", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("drop", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let strange = folder.join(std::ffi::OsString::from_vec(b"not utf8 \xe4.sif".to_vec()));
    std::fs::rename(write_image(&folder, "one.sif", 5000), &strange).unwrap();
    let page = desktop.open(&[]).await;
    page.listen(&["drag-entered", "drag-moved", "dropped"])
        .await;
    let _source = drop_at(&desktop, &page, &[strange], 400, 300).await;
    wait_until("the file is dropped", async || {
        !page.heard("dropped").await.is_empty()
    })
    .await;
    let entered = page.heard("drag-entered").await;
    assert_eq!(
        (&entered[0]["images"], &entered[0]["others"]),
        (&json!(1), &json!(0)),
        "{entered:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drag_that_leaves_drops_nothing() {
    if !is_installed("xdotool") {
        return skip("drop", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("drop", Keychain::None).await else {
        return;
    };
    let file = write_image(&desktop.folder(), "one.sif", 5000);
    let page = desktop.open(&[]).await;
    page.listen(&["drag-entered", "drag-left", "dropped"]).await;
    let drag = Drag::start(&desktop, &[file]);
    drag.over_until(400, 300, async || {
        !page.heard("drag-entered").await.is_empty()
    })
    .await;
    drag.over_until(1600, 900, async || {
        !page.heard("drag-left").await.is_empty()
    })
    .await;
    let _source = drag.release();
    assert!(page.heard("dropped").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_files_over() {
    use std::os::unix::ffi::OsStringExt;

    let Some(mut desktop) = Desktop::start("second start", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let plain = write_image(&folder, "one.sif", 5000);
    let page = desktop.open(&[]).await;
    let before = desktop.program_ids();
    desktop.start_again(&[&plain]).await;
    page.sees("one.sif").await;
    let strange = folder.join(std::ffi::OsString::from_vec(b"not utf8 \xe4.sif".to_vec()));
    std::fs::copy(&plain, &strange).unwrap();
    desktop.start_again(&[&strange]).await;
    page.sees("not utf8").await;
    assert_eq!(desktop.program_ids(), before, "one program only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_it_is_started_with_is_shown() {
    let Some(mut desktop) = Desktop::start("open with", Keychain::None).await else {
        return;
    };
    let image = write_image(&desktop.folder(), "open with.sif", 5000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("open with.sif").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_utf8_can_be_started_with() {
    use std::os::unix::ffi::OsStringExt;

    let Some(mut desktop) = Desktop::start("open with", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let strange = folder.join(std::ffi::OsString::from_vec(b"not utf8 \xe4.sif".to_vec()));
    std::fs::rename(write_image(&folder, "one.sif", 5000), &strange).unwrap();
    // A WebDriver gives arguments as text, so a shell makes the name.
    let starter = folder.join("start.sh");
    let script = format!("#!/bin/sh\nexec '{PROGRAM}' \"$HOME\"/Containers/not*.sif \"$@\"\n");
    std::fs::write(&starter, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&starter, executable).unwrap();
    let page = desktop.open_as(&starter, &[]).await;
    page.sees("not utf8").await;
    page.sees("Not signed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_remembered_and_logs_hold_no_home() {
    if !is_installed("xdotool") {
        return skip("window state", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("window state", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    page.keys("\u{e009}+").await;
    wait_until("the page is larger", async || letters(&page).await > 16.0).await;
    let larger = letters(&page).await;
    desktop.resize(1000, 700).await;
    desktop.move_to(140, 90).await;
    desktop.close().await;

    let page = desktop.open(&[]).await;
    let size = "return [innerWidth, innerHeight]";
    wait_until("the window has the size it had", async || {
        page.client()
            .execute(size, Vec::new())
            .await
            .is_ok_and(|now| now == json!([1000, 700]))
    })
    .await;
    wait_until("the window is where it was", async || {
        desktop.place() == Some((140, 90))
    })
    .await;
    wait_until("the letters are as large as they were", async || {
        letters(&page).await == larger
    })
    .await;
    let logs = crate::idle::logs(desktop.home());
    assert!(
        logs.contains("started") && logs.contains("the page is there"),
        "{logs}"
    );
    assert!(!logs.contains(desktop.home().to_str().unwrap()), "{logs}");
}

/// The size of the page's letters.
async fn letters(page: &Page) -> f64 {
    let size = "return parseFloat(getComputedStyle(document.documentElement).fontSize)";
    let size = page.client().execute(size, Vec::new()).await.unwrap();
    size.as_f64().unwrap()
}

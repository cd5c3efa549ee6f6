//! What survives a restart, and Sifter's own files in bad shape.

use std::{
    fs,
    time::{Duration, Instant},
};

use sifter_api::{
    ErrorCode, Homes,
    settings::{Settings, Theme},
    start::Product,
    verdict::Badge,
};
use sifter_testkit::{TempHome, images, keys};

use crate::desk::Desk;

#[tokio::test]
async fn a_restart_keeps_lists_verdicts_and_settings() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.inspect(image).await;
    desk.sign(image, &anna).await;
    desk.verify(image).await;
    let settings = Settings {
        theme: Theme::Dark,
        ..desk.sifter.get_settings().await.unwrap().settings
    };
    desk.sifter.change_settings(settings).await.unwrap();
    let tasks = desk.sifter.list_tasks().await.unwrap();

    let desk = desk.restart();
    let rows = desk.sifter.recent_images(10).await.unwrap();
    assert_eq!(
        (rows[0].id, rows[0].badge, rows[0].signer.as_deref()),
        (image, Badge::Verified, Some("Anna Ruiz <anna@lab.example>"))
    );
    assert_eq!(
        desk.sifter.get_settings().await.unwrap().settings.theme,
        Theme::Dark
    );
    let after = desk.sifter.list_tasks().await.unwrap();
    assert_eq!(after.len(), tasks.len());
    assert_eq!(after[0].state, tasks[0].state);
}

#[tokio::test]
async fn damaged_own_files_are_replaced_and_told() {
    let home = TempHome::new();
    let homes = Homes::below(home.path());
    fs::create_dir_all(&homes.data).unwrap();
    fs::create_dir_all(&homes.config).unwrap();
    fs::write(homes.data.join("sifter.db"), b"not a database ".repeat(100)).unwrap();
    fs::write(homes.config.join("settings.json"), b"{ torn").unwrap();
    let desk = Desk::with_homes(home, homes);
    let notices = desk.sifter.start_view().await.unwrap().notices;
    assert_eq!(
        notices.iter().map(|notice| notice.code).collect::<Vec<_>>(),
        [ErrorCode::StateReplaced; 2]
    );
    let told: String = notices
        .iter()
        .map(|notice| notice.message.as_str())
        .collect();
    assert!(
        told.contains("`settings.damaged.json`") && told.contains("`sifter.damaged.db`"),
        "{told}"
    );
    desk.image("x.sif", &images::plain()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_line_on_the_path_decides_the_folders() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = TempHome::new();
    let mut homes = Homes::below(home.path());
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    // `singularity` is a link to Apptainer where Apptainer's packages put it.
    fs::write(
        bin.join("singularity"),
        "#!/bin/sh\n[ \"$1\" = --version ] && echo apptainer version 1.4.5\n",
    )
    .unwrap();
    fs::set_permissions(bin.join("singularity"), fs::Permissions::from_mode(0o755)).unwrap();
    homes
        .environment
        .insert("PATH".into(), bin.into_os_string());
    let desk = Desk::with_homes(home, homes);
    let profile = desk.sifter.start_view().await.unwrap().profile;
    assert_eq!(
        (profile.product, profile.version.as_deref()),
        (Product::Apptainer, Some("1.4.5"))
    );
    assert!(
        profile.keyring_folder.ends_with(".apptainer/keys"),
        "{}",
        profile.keyring_folder
    );
    desk.own(keys::anna()).await;
    let home = desk.home.path().join("home");
    assert!(home.join(".apptainer/keys/pgp-secret").exists());
    assert!(
        !home.join(".singularity").exists(),
        "the other product's folder is never made"
    );
}

#[tokio::test]
async fn nothing_is_made_in_a_command_lines_folder_by_looking() {
    let desk = Desk::new();
    desk.sifter.start_view().await.unwrap();
    desk.sifter.list_keys().await.unwrap();
    let image = desk.image("x.sif", &images::plain()).await;
    desk.verify(image).await;
    assert!(!desk.home.path().join("home").exists());
}

#[tokio::test]
async fn files_of_our_own_are_made_at_the_first_use_or_ahead() {
    let desk = Desk::new();
    let database = desk.home.path().join("data").join("sifter.db");
    images::put(&desk.path("x.sif"), &images::plain());
    let ids = desk.sifter.borrow_images(vec![desk.path("x.sif")]);
    desk.inspect(ids.await.unwrap()[0]).await;
    assert!(!database.exists(), "looking needs none");
    assert!(desk.sifter.list_tasks().await.unwrap().is_empty());
    assert!(database.exists(), "asking for the history does");

    let desk = Desk::new();
    let database = desk.home.path().join("data").join("sifter.db");
    desk.sifter.warm_up();
    let begun = Instant::now();
    while !database.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    assert_eq!(desk.sifter.start_view().await.unwrap().notices, []);
}

#[tokio::test]
async fn a_report_is_written_as_it_was_shown() {
    let desk = Desk::new();
    let to = desk.path("report.txt");
    fs::write(&to, "an older one").unwrap();
    let saved = desk
        .sifter
        .save_report("line one\nline two\n".into(), to.clone())
        .await
        .unwrap();
    assert_eq!((saved.name.as_str(), saved.size.0), ("report.txt", 18));
    assert_eq!(fs::read_to_string(&to).unwrap(), "line one\nline two\n");
    fs::create_dir(desk.path("folder")).unwrap();
    let to = desk.path("folder");
    assert!(desk.sifter.save_report("x".into(), to).await.is_err());
}

//! A window and command lines of one person run at once: what one keeps, the other does not undo.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use sifter_api::{
    Clock, Homes, Sifter,
    keychain::MemoryKeychain,
    remotes::NewRemote,
    settings::{Settings, Theme},
    units::RemoteId,
};
use sifter_testkit::TempHome;

const PLACE: &str = "SIFTER_TEST_PROCESSES";
const NUMBER: &str = "SIFTER_TEST_PROCESSES_NUMBER";
const PROGRAMS: usize = 2;
const LOGINS: usize = 60;

/// Each program has a command line's folder of its own, and all have the same data.
fn homes(place: &Path, number: usize) -> Homes {
    let mut homes = Homes::below(place);
    homes.home = place.join(format!("home-{number}"));
    homes
}

/// A list of remotes with logins that Sifter does not know yet.
fn put_logins(place: &Path, number: usize) {
    let folder = homes(place, number).home.join(".singularity");
    fs::create_dir_all(&folder).unwrap();
    let remotes: String = (0..LOGINS)
        .map(|login| {
            format!(
                "    r{login}:\n        URI: r{login}.lab-{number}.example\n        Token: token\n        \
                 System: false\n        Exclusive: false\n"
            )
        })
        .collect();
    fs::write(
        folder.join("remote.yaml"),
        format!("Active: r0\nRemotes:\n{remotes}"),
    )
    .unwrap();
}

fn start(place: &Path, number: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::one_program_takes_logins_over"])
        .env(PLACE, place)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn logins_that_two_programs_keep_at_once_are_all_kept() {
    let home = TempHome::new();
    let mut programs: Vec<Child> = (0..PROGRAMS)
        .map(|number| {
            put_logins(home.path(), number);
            start(home.path(), number)
        })
        .collect();
    // They begin together: each waits for the end of its standard input.
    for program in &mut programs {
        drop(program.stdin.take());
    }
    for mut program in programs {
        assert!(program.wait().unwrap().success());
    }
    let text = fs::read(homes(home.path(), 0).data.join("logins.json")).unwrap();
    let records: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let kept = records["logins"].as_object().unwrap();
    assert_eq!(kept.len(), PROGRAMS * LOGINS);
}

/// The other side of the test above; without its variable it does nothing.
#[tokio::test]
async fn one_program_takes_logins_over() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else {
        return;
    };
    let number: usize = std::env::var(NUMBER).unwrap().parse().unwrap();
    let sifter = open(homes(&place, number));
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    let imported = sifter.import_logins().await.unwrap();
    assert_eq!(
        (imported.taken, imported.problems.len()),
        (u32::try_from(LOGINS).unwrap(), 0)
    );
}

fn open(homes: Homes) -> Sifter {
    let keychain = Arc::new(MemoryKeychain::default());
    Sifter::start(homes, keychain, Clock::system()).unwrap()
}

#[tokio::test]
async fn a_setting_that_another_program_changed_stays() {
    let home = TempHome::new();
    let start = || open(Homes::below(home.path()));
    let (window, line) = (start(), start());
    let lab = line.add_remote(new("lab")).await.unwrap();
    line.set_current_remote(lab.clone()).await.unwrap();
    // The page sends all settings as it saw them last, and one that was changed.
    let seen = window.get_settings().await.unwrap().settings;
    assert_eq!(seen.current_remote, RemoteId::this_computer());
    let wanted = Settings {
        theme: Theme::Dark,
        ..seen
    };
    let now = window.change_settings(wanted).await.unwrap().settings;
    assert_eq!((now.theme, &now.current_remote), (Theme::Dark, &lab));
    line.set_current_remote(RemoteId::this_computer())
        .await
        .unwrap();
    let now = start().get_settings().await.unwrap().settings;
    assert_eq!(now.theme, Theme::Dark);
    assert_eq!(now.current_remote, RemoteId::this_computer());
}

fn new(name: &str) -> NewRemote {
    NewRemote {
        name: name.into(),
        address: format!("{name}.example"),
        is_plain_http: false,
        make_active: false,
    }
}

//! What is written can be read by everybody, and nothing is lost.

use std::fs;

use proptest::prelude::*;
use remotes::{Change, Credential, DiskError, Keyserver, Remote, RemotesFile, change, read};

use crate::reading::{USERS, parse};

#[test]
fn a_file_of_a_command_line_is_written_as_it_was() {
    assert_eq!(parse(USERS).render().as_str(), USERS);
    assert_eq!(
        RemotesFile::default().render().as_str(),
        "Active: \"\"\nRemotes: {}\n"
    );
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9.:/_-]{0,12}",
        "\\PC{0,8}",
        prop::sample::select(vec![
            "true",
            "null",
            "1.5",
            "- a",
            "# b",
            "a: b",
            "a #b",
            "'",
            "\"",
            "\\",
            "a\nb",
            " a ",
            "~",
            "0x1",
            "a\u{2028}b",
            "\u{85}",
            "\u{7f}",
            "\u{feff}a",
            "<<"
        ])
        .prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn remote()(uri in word(), token in prop::option::of("[!-~]{1,40}"), flags in any::<[bool; 3]>(),
                servers in prop::collection::vec((word(), any::<[bool; 3]>()), 0..3)) -> Remote {
        Remote {
            uri,
            token: token.map(Into::into),
            system: flags[0],
            exclusive: flags[1],
            insecure: flags[2],
            keyservers: servers.into_iter().map(|(uri, flags)| Keyserver {
                uri, skip: flags[0], external: flags[1], insecure: flags[2],
            }).collect(),
        }
    }
}

proptest! {
    #[test]
    fn every_file_survives(active in word(), remotes in prop::collection::btree_map(word(), remote(), 0..4),
                           credentials in prop::collection::vec((word(), prop::option::of("[!-~]{1,20}"), any::<bool>()), 0..3)) {
        let file = RemotesFile {
            active,
            remotes,
            credentials: credentials.into_iter().map(|(uri, auth, insecure)| Credential {
                uri, auth: auth.map(Into::into), insecure,
            }).collect(),
        };
        let text = file.render();
        let again = RemotesFile::parse(text.as_bytes());
        prop_assert_eq!(again, Ok(file), "{}", text.as_str());
    }
}

#[test]
fn a_change_is_whole_private_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("remote.yaml");
    assert!(read(&path).unwrap().is_none());
    fs::write(&path, USERS).unwrap();
    let result = change(&path, |file| file.active = "SylabsCloud".into()).unwrap();
    assert_eq!(result, Change::Written);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        USERS.replacen("Active: Lab", "Active: SylabsCloud", 1)
    );
    let result = change(&path, |file| file.active = "SylabsCloud".into()).unwrap();
    assert_eq!(result, Change::Same);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_change_of_another_program_meanwhile_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("remote.yaml");
    fs::write(&path, "Active: A\nRemotes: {A: {URI: a}, B: {URI: b}}\n").unwrap();
    let meanwhile = std::cell::Cell::new(true);
    change(&path, |file| {
        if meanwhile.replace(false) {
            fs::write(
                &path,
                "Active: A\nRemotes: {A: {URI: a, Token: new}, B: {URI: b}}\n",
            )
            .unwrap();
        }
        file.active = "B".into();
    })
    .unwrap();
    let file = read(&path).unwrap().unwrap();
    assert_eq!(file.active, "B");
    assert!(
        file.remotes["A"].token.is_some(),
        "the login of the other program is lost"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("remote.yaml");
    fs::write(&path, "Active: A\nMine: 1\n").unwrap();
    assert!(matches!(
        change(&path, |file| file.active = "B".into()),
        Err(DiskError::Bad(_))
    ));
    assert_eq!(fs::read_to_string(&path).unwrap(), "Active: A\nMine: 1\n");
    let restless = change(&folder.path().join("other.yaml"), |file| {
        let text = format!("Active: {}\n", fs::read_dir(folder.path()).unwrap().count());
        let more = fs::read_to_string(folder.path().join("other.yaml"))
            .unwrap_or_default()
            .len();
        fs::write(
            folder.path().join("other.yaml"),
            format!("{text}#{}\n", "x".repeat(more)),
        )
        .unwrap();
        file.active = "B".into();
    });
    assert!(matches!(restless, Err(DiskError::Restless(_))));
}

#[cfg(unix)]
#[test]
fn links_are_refused_as_the_command_line_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (
        folder.path().join("remote.yaml"),
        folder.path().join("other"),
    );
    fs::write(&other, USERS).unwrap();
    std::os::unix::fs::symlink(&other, &path).unwrap();
    assert!(matches!(read(&path), Err(DiskError::NotPlain(_))));
    assert!(matches!(
        change(&path, |file| file.active.clear()),
        Err(DiskError::NotPlain(_))
    ));
}

#[cfg(unix)]
#[test]
fn apptainer_goes_where_a_link_leads() {
    use remotes::{Product, place_of};
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (
        folder.path().join("remote.yaml"),
        folder.path().canonicalize().unwrap().join("other"),
    );
    assert_eq!(place_of(&path, Product::Apptainer), path);
    fs::write(&other, USERS).unwrap();
    std::os::unix::fs::symlink(&other, &path).unwrap();
    assert_eq!(place_of(&path, Product::Singularity), path);
    let place = place_of(&path, Product::Apptainer);
    assert_eq!(place, other);
    change(&place, |file| file.active = "SylabsCloud".into()).unwrap();
    assert!(path.is_symlink(), "the link stays");
    assert_eq!(read(&other).unwrap().unwrap().active, "SylabsCloud");
}

//! The person's file and the administrator's, put together.

use remotes::{Effective, NotEffective, Product, RemotesFile, effective};

use secrecy::ExposeSecret;

use crate::reading::{USERS, parse};

const SYSTEM: &str = "\
Active: SylabsCloud
Remotes:
    SylabsCloud:
        URI: cloud.other.example.org
        Token: not-for-users
        System: true
        Exclusive: false
        Insecure: true
        Keyservers:
            - URI: https://keys.example.org
              Skip: false
              External: false
              Insecure: false
    Site:
        URI: site.example.org
        Token: not-for-users
        System: true
        Exclusive: false
        Insecure: true
";

fn merged(user: &str, system: &str, product: Product) -> Result<Effective, NotEffective> {
    effective(Some(&parse(user)), Some(&parse(system)), product)
}

#[test]
fn the_administrators_address_and_keyservers_win_and_the_token_stays() {
    let merged = merged(USERS, SYSTEM, Product::Singularity).unwrap();
    assert_eq!(merged.active, "Lab");
    let cloud = &merged.remotes["SylabsCloud"];
    assert_eq!(cloud.uri, "cloud.other.example.org");
    assert_eq!(cloud.keyservers.len(), 1);
    assert_eq!(
        cloud.token.as_ref().unwrap().expose_secret(),
        "eyJhbGciOi-other"
    );
    assert!(!cloud.insecure, "that stays the person's");
    let site = &merged.remotes["Site"];
    assert!(site.system && site.token.is_none() && !site.insecure);
}

#[test]
fn an_exclusive_remote_is_used_whatever_was_chosen() {
    let system = SYSTEM.replacen("Exclusive: false", "Exclusive: true", 1);
    let merged = merged(USERS, &system, Product::Apptainer).unwrap();
    assert_eq!(merged.active, "SylabsCloud");
    assert_eq!(merged.exclusive.as_deref(), Some("SylabsCloud"));
}

#[test]
fn equal_names_stop_one_command_line_and_not_the_other() {
    let user = USERS.replacen("System: true", "System: false", 1);
    let refused = merged(&user, SYSTEM, Product::Singularity);
    assert_eq!(refused, Err(NotEffective::Collision("SylabsCloud".into())));
    let merged = merged(&user, SYSTEM, Product::Apptainer).unwrap();
    assert_eq!(merged.collisions, ["SylabsCloud"]);
    assert_eq!(merged.remotes["SylabsCloud"].uri, "cloud.sylabs.io");
}

#[test]
fn what_the_administrator_dropped_is_told() {
    let merged = merged(USERS, "Active: ''\nRemotes: {}\n", Product::Singularity).unwrap();
    assert_eq!(merged.orphans, ["SylabsCloud"]);
}

#[test]
fn which_remote_is_used() {
    let file = |text: &str| Some(parse(text));
    let cases: &[(_, Option<RemotesFile>, Result<_, NotEffective>)] = &[
        (None, None, Ok("SylabsCloud")),
        (file(""), None, Ok("SylabsCloud")),
        (None, file(SYSTEM), Ok("SylabsCloud")),
        (file(""), file(SYSTEM), Ok("SylabsCloud")),
        (
            file("Remotes: {A: {URI: a}}\n"),
            None,
            Err(NotEffective::NoneChosen),
        ),
        (
            file("Active: B\nRemotes: {A: {URI: a}}\n"),
            None,
            Err(NotEffective::Gone("B".into())),
        ),
        (
            file("Active: A\nRemotes: {A: {URI: a}}\n"),
            file(SYSTEM),
            Ok("A"),
        ),
    ];
    for (user, system, active) in cases {
        let merged = effective(user.as_ref(), system.as_ref(), Product::Singularity);
        let found = merged.as_ref().map(|merged| merged.active.as_str());
        assert_eq!(found, active.as_ref().copied(), "{user:?}");
    }
    let apptainer = effective(None, None, Product::Apptainer).unwrap();
    assert_eq!(
        apptainer.remotes[&apptainer.active].uri,
        "cloud.apptainer.org"
    );
}

//! Which room may know which, and the few crates that only some rooms may name.

use super::metadata::{Dependency, Package, own_packages};
use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;

/// The rooms and the rooms that each may depend on. `ARCHITECTURE.md` draws the same picture.
const ROOMS: &[(&str, &[&str])] = &[
    ("sif", &[]),
    ("sif-keys", &[]),
    ("scs-types", &[]),
    ("transfer", &[]),
    ("scs-client", &["scs-types", "transfer"]),
    ("scs-server", &["scs-types", "sif", "sif-keys"]),
    ("oci", &["transfer"]),
    ("remotes", &[]),
    ("sif-integrity", &["sif", "sif-keys"]),
    (
        "sifter-api",
        &[
            "oci",
            "remotes",
            "scs-client",
            "scs-server",
            "scs-types",
            "sif",
            "sif-integrity",
            "sif-keys",
            "transfer",
        ],
    ),
    ("sifter-cli", &["sifter-api"]),
    ("sifter", &["sifter-api"]),
    ("sifter-testkit", &["sif", "sif-integrity", "sif-keys"]),
    ("xtask", &[]),
];

/// Two sides of one contract: the tests of the first may name the second, which it must never know. What command lines
/// are told by `remotes` is tried where they meet the server.
const CONTRACTS: &[(&str, &str)] = &[("scs-client", "scs-server"), ("scs-server", "remotes")];

/// The room that only tests may name.
const ONLY_FOR_TESTS: &str = "sifter-testkit";

/// Crates by the start of their name, and the only rooms that may name them.
const KEPT_OUT: &[(&str, Allowed)] = &[
    ("tauri", Allowed::OnlyIn(&["sifter"])),
    ("wry", Allowed::OnlyIn(&["sifter"])),
    ("serde", Allowed::NotIn(&["sif"])),
    (
        "tokio",
        Allowed::NotIn(&["sif", "sif-keys", "sif-integrity"]),
    ),
    (
        "reqwest",
        Allowed::NotIn(&["sif", "sif-keys", "sif-integrity"]),
    ),
    ("clap", Allowed::OnlyIn(&["sifter-cli"])),
    ("rusqlite", Allowed::OnlyIn(&["sifter-api", "scs-server"])),
    ("keyring", Allowed::OnlyIn(&["sifter-api"])),
    ("openssl", Allowed::OnlyIn(&[])),
    ("native-tls", Allowed::OnlyIn(&[])),
    ("aws-lc", Allowed::OnlyIn(&[])),
    ("anyhow", Allowed::OnlyIn(&[])),
];

#[derive(Debug)]
enum Allowed {
    OnlyIn(&'static [&'static str]),
    NotIn(&'static [&'static str]),
}

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    Ok(judge(&own_packages(place)?))
}

fn judge(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == package.name) else {
            findings.push(finding(
                &package.name,
                "is not in the list of rooms: add it there and to `ARCHITECTURE.md`",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            findings.extend(judge_room(&package.name, allowed, dependency));
            findings.extend(judge_outsider(&package.name, dependency));
        }
    }
    findings
}

/// Judges an arrow to another room. Tests may use any room below their own and the test kit.
fn judge_room(room: &str, allowed: &[&str], dependency: &Dependency) -> Option<Finding> {
    let name = dependency.name.as_str();
    let known = ROOMS.iter().any(|(room, _)| *room == name);
    if !known || allowed.contains(&name) {
        return None;
    }
    let is_other_side = CONTRACTS.contains(&(room, name));
    let is_for_tests = name == ONLY_FOR_TESTS || is_below(name, room) || is_other_side;
    if dependency.only_for_tests && is_for_tests {
        return None;
    }
    Some(finding(room, format!("must not depend on `{name}`")))
}

/// Whether a room can be reached by the arrows from another.
fn is_below(lower: &str, upper: &str) -> bool {
    let rooms = ROOMS.iter().find(|(room, _)| *room == upper);
    rooms.is_some_and(|(_, below)| {
        below
            .iter()
            .any(|room| *room == lower || is_below(lower, room))
    })
}

fn judge_outsider(room: &str, dependency: &Dependency) -> Option<Finding> {
    let (_, allowed) = KEPT_OUT.iter().find(|(name, _)| {
        let rest = dependency.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    })?;
    let good = dependency.only_for_tests
        || match allowed {
            Allowed::OnlyIn(rooms) => rooms.contains(&room),
            Allowed::NotIn(rooms) => !rooms.contains(&room),
        };
    // xtask is a tool: it reads JSON and is never part of the program.
    let tool = room == "xtask" && dependency.name.starts_with("serde");
    (!good && !tool).then(|| finding(room, format!("must not name `{}`", dependency.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        Package {
            name: name.into(),
            version: "0.1.0".into(),
            licence: None,
            dependencies: dependencies
                .iter()
                .map(|(name, only_for_tests)| Dependency {
                    name: (*name).into(),
                    only_for_tests: *only_for_tests,
                })
                .collect(),
        }
    }

    #[test]
    fn arrows_are_judged() {
        let cases: &[(&str, &str, bool, bool)] = &[
            ("sifter-api", "sif", false, true),
            ("sif", "sifter-api", false, false),
            ("sif", "sif-integrity", true, false),
            ("sifter-cli", "sif", false, false),
            ("sifter-cli", "sif", true, true),
            ("sif-keys", "sifter-testkit", true, true),
            ("sif-keys", "sifter-testkit", false, false),
            ("sif", "serde", false, false),
            ("sif", "serde_json", false, false),
            ("sif", "serde", true, true),
            ("scs-client", "scs-server", true, true),
            ("scs-client", "scs-server", false, false),
            ("scs-server", "scs-client", true, false),
            ("sifter-api", "tauri-plugin-dialog", false, false),
            ("sifter", "tauri-plugin-dialog", false, true),
            ("sifter-api", "openssl-sys", false, false),
            ("sifter-new", "sif", false, false),
        ];
        for (room, dependency, only_for_tests, good) in cases {
            let findings = judge(&[package(room, &[(dependency, *only_for_tests)])]);
            assert_eq!(findings.is_empty(), *good, "{room} -> {dependency}");
        }
    }
}

//! The fuzz targets stand in a workspace of their own, which no test run builds. They are kept in step with the rooms here:
//! each calls one function of a room, that room's tests replay its seeds, and the lock file knows what the rooms need.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::metadata::{Package, own_packages};
use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;

const LOCK: &str = "fuzz/Cargo.lock";
const MANIFEST: &str = "fuzz/Cargo.toml";

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    let read = |name: &str| fs::read_to_string(place.root.join(name));
    let manifest = read(MANIFEST)?;
    let mut findings = stale(&read(LOCK)?, &own_packages(place)?);
    for entry in fs::read_dir(place.root.join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path)?;
        for what in wrong(&place.root, &name, &text, &manifest) {
            findings.push(finding(format!("fuzz/fuzz_targets/{name}.rs"), what));
        }
    }
    Ok(findings)
}

/// What is wrong with a target.
fn wrong(root: &Path, name: &str, text: &str, manifest: &str) -> Vec<String> {
    let Some((room, function)) = called(text) else {
        return vec!["calls no function of a room's `fuzzing`".into()];
    };
    let folder = root.join("crates").join(room.replace('_', "-"));
    let body = fs::read_to_string(folder.join("src/fuzzing.rs")).unwrap_or_default();
    let tests = fs::read_to_string(folder.join("tests/it/seeds.rs")).unwrap_or_default();
    let rules = [
        (
            manifest.contains(&format!("name = \"{name}\"")),
            format!("is not in `{MANIFEST}`"),
        ),
        (
            body.contains(&format!("pub fn {function}(bytes: &[u8])")),
            format!("calls `{function}`, which `{room}` does not have"),
        ),
        (
            words(&tests).any(|word| word == function),
            format!("is not replayed by the tests of `{room}`"),
        ),
        (
            fs::read_dir(root.join("fuzz/corpus").join(name)).is_ok_and(|seeds| seeds.count() > 0),
            "has no seed".into(),
        ),
    ];
    let broken = rules.into_iter().filter(|(holds, _)| !holds);
    broken.map(|(_, what)| what).collect()
}

/// The room and the function of `room::fuzzing::function(bytes)`.
fn called(text: &str) -> Option<(&str, &str)> {
    let call = text.lines().find(|line| line.contains("fuzz_target!"))?;
    let (before, after) = call.split_once("::fuzzing::")?;
    Some((words(before).last()?, words(after).next()?))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
}

/// Rooms whose dependencies are others by now than the lock file says.
fn stale(lock: &str, rooms: &[Package]) -> Vec<Finding> {
    let locked = locked(lock);
    let is_other = |room: &&Package| {
        let needs = room.dependencies.iter().filter(|one| !one.only_for_tests);
        let needs: BTreeSet<&str> = needs.map(|one| one.name.as_str()).collect();
        locked
            .get(room.name.as_str())
            .is_some_and(|known| *known != needs)
    };
    let others = rooms.iter().filter(is_other);
    others
        .map(|room| {
            let what = format!("is older than `{}`: run `cargo check` in `fuzz`", room.name);
            finding(LOCK, what)
        })
        .collect()
}

/// The names of the dependencies of each package that comes from no registry.
fn locked(lock: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let own = lock
        .split("[[package]]")
        .filter(|one| !one.contains("\nsource = "));
    own.filter_map(|package| {
        let name = package.split_once("name = \"")?.1.split('"').next()?;
        let listed = package
            .split_once("dependencies = [")
            .map_or("", |(_, rest)| rest);
        let names = listed.split('"').skip(1).step_by(2);
        // Where there are several versions of one, its version stands behind the name.
        let names = names.filter_map(|name| name.split(' ').next());
        Some((name, names.collect()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Dependency;
    use super::*;

    const LOCK_FILE: &str = "version = 4\n\n[[package]]\nname = \"far\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\n\
        [[package]]\nname = \"room\"\nversion = \"0.1.0\"\ndependencies = [\n \"far\",\n \"near 2.0.0\",\n]\n";

    fn room(needs: &[(&str, bool)]) -> Package {
        let dependency = |(name, only_for_tests): &(&str, bool)| Dependency {
            name: (*name).into(),
            only_for_tests: *only_for_tests,
        };
        Package {
            name: "room".into(),
            version: "0.1.0".into(),
            licence: None,
            dependencies: needs.iter().map(dependency).collect(),
        }
    }

    #[test]
    fn a_lock_file_that_knows_other_dependencies_is_stale() {
        let as_locked = [("near", false), ("far", false), ("for-tests", true)];
        assert_eq!(stale(LOCK_FILE, &[room(&as_locked)]), []);
        for other in [&as_locked[..1], &[("near", false), ("far", true)][..]] {
            assert_eq!(stale(LOCK_FILE, &[room(other)]).len(), 1, "{other:?}");
        }
    }

    #[test]
    fn a_target_calls_what_its_room_has_and_replays() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let manifest = "[[bin]]\nname = \"read_it\"\n";
        let target = "libfuzzer_sys::fuzz_target!(|bytes: &[u8]| a_room::fuzzing::read(bytes));\n";
        let all = wrong(folder.path(), "read_it", target, "");
        assert_eq!(all.len(), 4, "{all:?}");
        put(
            "crates/a-room/src/fuzzing.rs",
            "pub fn read(bytes: &[u8]) {}",
        );
        put(
            "crates/a-room/tests/it/seeds.rs",
            "replay(\"read_it\", a_room::fuzzing::read)",
        );
        put("fuzz/corpus/read_it/seed", "x");
        assert_eq!(
            wrong(folder.path(), "read_it", target, manifest),
            Vec::<String>::new()
        );
        assert_eq!(
            wrong(folder.path(), "read_it", "fn main() {}", manifest).len(),
            1
        );
    }
}

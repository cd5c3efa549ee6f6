//! The notices of the libraries inside the programs: each licence text once, with the names of those who use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::PROGRAMS;
use crate::Outcome;
use crate::place::Place;
use crate::process::Program;

/// How files with a licence or a notice begin.
const BEGINNINGS: &[&str] = &[
    "license",
    "licence",
    "copying",
    "copyright",
    "notice",
    "unlicense",
];

/// A library inside the programs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Library {
    name: String,
    licence: String,
    folder: PathBuf,
}

/// Returns the text with all notices.
pub(super) fn collect(place: &Place) -> Outcome<String> {
    let mut libraries = rust_libraries(place)?;
    libraries.extend(page_libraries(place)?);
    Ok(text(&libraries))
}

fn rust_libraries(place: &Place) -> Outcome<BTreeSet<Library>> {
    let metadata = Program::cargo()
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", host(place)?.as_str()])
        .folder(&place.root)
        .read()?;
    Ok(linked(&serde_json::from_str(&metadata)?))
}

fn host(place: &Place) -> Outcome<String> {
    let rustc = Program::new("rustc").folder(&place.root);
    let host = rustc.args(["--print", "host-tuple"]).read()?;
    Ok(host.trim().to_owned())
}

/// The packages of others that the programs are linked with: not those that only tests or build scripts use.
fn linked(metadata: &Value) -> BTreeSet<Library> {
    let by_id = |list: &'static str| -> BTreeMap<&str, &Value> {
        let values = metadata.pointer(list).and_then(Value::as_array);
        let with_id = |value| Some((text_of(value, "id")?, value));
        values.into_iter().flatten().filter_map(with_id).collect()
    };
    let packages = by_id("/packages");
    let nodes = by_id("/resolve/nodes");
    let ours = |id: &&str| packages[id]["source"].is_null();
    let is_program =
        |id: &&str| text_of(packages[id], "name").is_some_and(|n| PROGRAMS.contains(&n));
    let mut waiting: Vec<&str> = packages
        .keys()
        .copied()
        .filter(ours)
        .filter(is_program)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array());
            let linked = dependencies.into_iter().flatten().filter(|d| is_linked(d));
            waiting.extend(linked.filter_map(|dependency| text_of(dependency, "pkg")));
        }
    }
    let theirs = seen.into_iter().filter(|id| !ours(id));
    theirs.filter_map(|id| library(packages[id])).collect()
}

fn is_linked(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds
        .into_iter()
        .flatten()
        .any(|kind| kind["kind"].is_null())
}

fn library(package: &Value) -> Option<Library> {
    let (name, version) = (text_of(package, "name")?, text_of(package, "version")?);
    Some(Library {
        name: format!("{name} {version}"),
        licence: text_of(package, "license")
            .unwrap_or("see below")
            .to_owned(),
        folder: Path::new(text_of(package, "manifest_path")?)
            .parent()?
            .to_path_buf(),
    })
}

/// The packages inside the page. Those that only build and test it are marked in the lock file.
fn page_libraries(place: &Place) -> Outcome<BTreeSet<Library>> {
    let lock: Value =
        serde_json::from_str(&fs::read_to_string(place.ui().join("package-lock.json"))?)?;
    let packages = lock["packages"].as_object();
    let in_page = packages
        .into_iter()
        .flatten()
        .filter_map(|(path, package)| {
            let name = path.rsplit_once("node_modules/")?.1;
            let folder = place.ui().join(path);
            // Of what is optional, some is for other systems and not there.
            let inside = name == "svelte" || package["dev"].is_null() && folder.is_dir();
            inside.then(|| Library {
                name: format!("{name} {}", text_of(package, "version").unwrap_or_default()),
                licence: text_of(package, "license")
                    .unwrap_or("see below")
                    .to_owned(),
                folder,
            })
        });
    Ok(in_page.collect())
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str()
}

/// All names with their licences, then each text once.
fn text(libraries: &BTreeSet<Library>) -> String {
    let mut text =
        String::from("Libraries of others inside Sifter's programs, and their licences\n\n");
    let mut notices: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for library in libraries {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", library.name, library.licence);
        for notice in notices_in(&library.folder) {
            notices.entry(notice).or_default().push(&library.name);
        }
    }
    for (notice, names) in notices {
        let _ = write!(
            text,
            "\n{}\n{}\n\n{notice}\n",
            "-".repeat(78),
            names.join(", ")
        );
    }
    text
}

fn notices_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
    });
    // A folder named so, or a file that cannot be read, has nothing to say.
    let texts = named.filter_map(|entry| fs::read(entry.path()).ok());
    texts
        .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_linked_is_named_and_each_text_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let package = |name: &str, source: Value| {
            let its = folder.path().join(name);
            fs::create_dir_all(&its).unwrap();
            fs::write(its.join("LICENSE-MIT"), "Be kind.\n").unwrap();
            serde_json::json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT",
                "source": source, "manifest_path": its.join("Cargo.toml") })
        };
        let dependency = |name: &str, kind: Value| serde_json::json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let registry = || Value::from("registry");
        let metadata = serde_json::json!({
            "packages": [package("sifter", Value::Null), package("room", Value::Null),
                package("used", registry()), package("deep", registry()), package("builder", registry())],
            "resolve": { "nodes": [
                { "id": "sifter", "deps": [dependency("room", Value::Null), dependency("builder", "build".into())] },
                { "id": "room", "deps": [dependency("used", Value::Null)] },
                { "id": "used", "deps": [dependency("deep", Value::Null)] },
            ] },
        });
        let libraries = linked(&metadata);
        let names: Vec<_> = libraries.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["deep 1.0.0", "used 1.0.0"]);
        let text = text(&libraries);
        assert_eq!(text.matches("Be kind.").count(), 1, "{text}");
        assert!(text.contains("deep 1.0.0, used 1.0.0"), "{text}");
    }
}

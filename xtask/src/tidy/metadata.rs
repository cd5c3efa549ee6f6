//! What cargo says about the packages, cut down to what the checks ask.

use serde_json::Value;

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, stop};

/// A package of the workspace, or any package with its licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: Option<String>,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) only_for_tests: bool,
}

/// The packages of this workspace.
pub(super) fn own_packages(place: &Place) -> Outcome<Vec<Package>> {
    read(place, &["--no-deps"])
}

/// Every package in the lock file.
pub(super) fn all_packages(place: &Place) -> Outcome<Vec<Package>> {
    read(place, &["--locked"])
}

fn read(place: &Place, more: &[&str]) -> Outcome<Vec<Package>> {
    let text = Program::cargo()
        .args(["metadata", "--format-version", "1"])
        .args(more)
        .folder(&place.root)
        .read()?;
    parse(&text)
}

fn parse(text: &str) -> Outcome<Vec<Package>> {
    let metadata: Value = serde_json::from_str(text)?;
    let Some(packages) = metadata["packages"].as_array() else {
        return stop("`cargo metadata` lists no packages");
    };
    Ok(packages.iter().map(package).collect())
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependencies = value["dependencies"].as_array();
    Package {
        name: text(&value["name"]),
        version: text(&value["version"]),
        licence: value["license"].as_str().map(str::to_owned),
        dependencies: dependencies
            .into_iter()
            .flatten()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                only_for_tests: dependency["kind"].as_str() == Some("dev"),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_kinds_and_licences_are_read() {
        let packages = parse(
            r#"{"packages":[{"name":"a","version":"1.0.0","license":"MIT","dependencies":[
                {"name":"b","kind":null},{"name":"c","kind":"dev"}]}]}"#,
        )
        .unwrap();
        assert_eq!(packages[0].licence.as_deref(), Some("MIT"));
        let tests: Vec<_> = packages[0]
            .dependencies
            .iter()
            .map(|d| d.only_for_tests)
            .collect();
        assert_eq!(tests, [false, true]);
    }
}

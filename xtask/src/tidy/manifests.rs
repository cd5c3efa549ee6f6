//! Versions of dependencies stand in the workspace's table, so that two rooms never take two of them.

use std::fs;

use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    let mut folders: Vec<_> = fs::read_dir(place.root.join("crates"))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .collect();
    folders.push(place.root.join("xtask"));
    let mut findings = Vec::new();
    for folder in folders {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        findings.extend(judge(&name, &fs::read_to_string(&manifest)?));
    }
    Ok(findings)
}

/// Finds dependencies with a version of their own, and a package that goes its own way.
fn judge(name: &str, manifest: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once('=') {
            let of_dependencies = table.ends_with("dependencies");
            let from_table =
                key.trim().ends_with(".workspace") || value.contains("workspace = true");
            if of_dependencies && !from_table {
                let what = format!("`{}` takes its version from here", key.trim());
                findings.push(finding(format!("{name}/Cargo.toml"), what));
            }
        }
    }
    for needed in ["version.workspace = true", "[lints]\nworkspace = true"] {
        if !manifest.contains(needed) {
            let what = format!("`{}` is missing", needed.replace('\n', " "));
            findings.push(finding(format!("{name}/Cargo.toml"), what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\n\n[dependencies]\nsif = { workspace = true }\nhex.workspace = true\n\n[lints]\nworkspace = true\n";

    #[test]
    fn own_versions_are_found() {
        assert_eq!(judge("a", GOOD), []);
        let own = GOOD.replace("hex.workspace = true", "hex = \"0.4\"");
        assert_eq!(judge("a", &own).len(), 1);
        let target = format!("{GOOD}\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n");
        assert_eq!(judge("a", &target).len(), 1);
        assert_eq!(judge("a", &GOOD.replace("[lints]", "[x]")).len(), 1);
    }
}

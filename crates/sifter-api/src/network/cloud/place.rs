//! What is kept of the embedded cloud beside its folder: its port, and what its person is called there.

use std::{
    io,
    path::{Path, PathBuf},
};

use scs_types::library::is_name;
use serde::{Deserialize, Serialize};

use super::told;
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error},
    files,
};

/// What is kept about it beside its folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) port: u16,
    pub(crate) user: String,
}

impl Sifter {
    fn place_file(&self) -> PathBuf {
        self.inner.homes.data.join("cloud.json")
    }

    pub(crate) fn cloud_place(&self) -> Result<Option<Place>> {
        let path = self.place_file();
        match std::fs::read(&path) {
            // What cannot be read is chosen anew.
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error(&path, &error)),
        }
    }

    pub(crate) fn keep_cloud_place(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_vec(place).map_err(|error| ApiError::internal(&error))?;
        files::write_atomic(&self.place_file(), &text)
    }

    /// Returns the port of the embedded cloud, once it was started for the first time.
    pub(crate) fn cloud_port(&self) -> Option<u16> {
        let kept = self.cloud_place().ok().flatten();
        kept.map(|place| place.port)
    }

    /// Returns what the person is called on this machine, as a library takes it.
    pub(crate) fn person(&self) -> String {
        let homes = &self.inner.homes;
        let variable = |name| Some(homes.variable(name)?.to_string_lossy().into_owned());
        let folder = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
        variable("USER")
            .or_else(|| variable("USERNAME"))
            .or_else(|| folder(&homes.home))
            .map(|name| cleaned(&name))
            .filter(|name| is_name(name))
            .unwrap_or_else(|| "me".into())
    }
}

/// A name as a library takes it, where that can be made of it.
fn cleaned(name: &str) -> String {
    let mut clean = String::new();
    for letter in name.to_ascii_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            clean.push(letter);
        } else if !clean.is_empty() && !clean.ends_with('-') {
            clean.push('-');
        }
    }
    clean.trim_end_matches('-').chars().take(40).collect()
}

/// Listens on the port that was kept, or else on a free one that stays free: below those that systems give away.
pub(crate) async fn listen(kept: Option<u16>) -> Result<Vec<tokio::net::TcpListener>> {
    use rand::Rng as _;
    let wished = kept
        .into_iter()
        .chain((0..20).map(|_| rand::thread_rng().gen_range(20_000..32_000)))
        .chain([0]);
    let mut last = None;
    for port in wished {
        match scs_server::bind_loopback(port).await {
            Ok(listeners) => return Ok(listeners),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| ApiError::plain(ErrorCode::Internal), told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_names_that_a_library_takes() {
        for (name, clean) in [
            ("anna", "anna"),
            ("Anna Ruiz", "anna-ruiz"),
            ("LAB\\tom.x", "lab-tom-x"),
            ("--", ""),
            ("Ünal", "nal"),
        ] {
            assert_eq!(cleaned(name), clean);
            assert!(clean.is_empty() || is_name(clean), "{clean}");
        }
    }
}

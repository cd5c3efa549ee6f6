//! The folder that images are pulled into.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::TargetFolder;
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of},
    homes::Homes,
    units::{ByteCount, FolderId},
};

impl Sifter {
    /// Returns where images were pulled last, or else the person's folder for downloads. Blocks.
    pub(super) fn usual_target(&self) -> Result<PathBuf> {
        let used = self.inner.store.used_targets()?;
        let there = used.into_iter().find(|path| path.is_dir());
        Ok(there.unwrap_or_else(|| downloads(&self.inner.homes)))
    }

    /// Returns the folder of a handle, or the usual one. Blocks.
    pub(super) fn target_path(&self, id: Option<&FolderId>) -> Result<PathBuf> {
        let Some(id) = id else {
            return self.usual_target();
        };
        self.inner.store.target_path(id)?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::HandleUnknown,
                "this folder is not known any more",
            )
        })
    }

    /// Returns the view of a folder that may be pulled into. Blocks.
    pub(super) fn target_view(&self, path: &Path) -> Result<TargetFolder> {
        Ok(TargetFolder {
            id: self.inner.store.target(path)?,
            name: shown(path, &self.inner.homes.home),
            free: transfer::free_space(path).map(ByteCount),
        })
    }

    /// Remembers a folder that a person picked. Blocks.
    pub(super) fn offer_target(&self, path: &Path) -> Result<TargetFolder> {
        let path = std::path::absolute(path)
            .map_err(|_| ApiError::new(ErrorCode::InputInvalid, "the path is empty"))?;
        check_folder(&path)?;
        self.target_view(&path)
    }
}

/// Refuses what is no folder, or one that takes no files.
pub(super) fn check_folder(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| io_error(path, &error))?;
    if !metadata.is_dir() {
        let why = format!("`{}` is a file, not a folder", name_of(path));
        return Err(ApiError::new(ErrorCode::InputInvalid, why).with_hint("choose a folder"));
    }
    // Rights and mounts have many ways to say no; only trying tells.
    match tempfile::Builder::new()
        .prefix(".sifter-")
        .tempfile_in(path)
    {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::error::write_error(path, &error)),
    }
}

/// As a person writes it.
fn shown(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) if rest.as_os_str().is_empty() => "~".into(),
        Ok(rest) => format!("~{}{}", std::path::MAIN_SEPARATOR, rest.to_string_lossy()),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

/// The person's folder for downloads, by what the desktop says; else its usual name; else the home itself.
fn downloads(homes: &Homes) -> PathBuf {
    let config = homes
        .variable("XDG_CONFIG_HOME")
        .map_or_else(|| homes.home.join(".config"), PathBuf::from);
    let named = fs::read_to_string(config.join("user-dirs.dirs")).ok();
    let named = named
        .as_deref()
        .and_then(|text| named_folder(text, &homes.home));
    let usual = homes.home.join("Downloads");
    let found = [named, Some(usual)]
        .into_iter()
        .flatten()
        .find(|path| path.is_dir());
    found.unwrap_or_else(|| homes.home.clone())
}

fn named_folder(text: &str, home: &Path) -> Option<PathBuf> {
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let value = line.trim().trim_matches('"');
    match value.strip_prefix("$HOME") {
        Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
        None => Path::new(value).is_absolute().then(|| PathBuf::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktop_says_where_downloads_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let homes = Homes::below(folder.path());
        assert_eq!(downloads(&homes), homes.home);
        fs::create_dir_all(homes.home.join("Downloads")).expect("made");
        assert_eq!(downloads(&homes), homes.home.join("Downloads"));
        fs::create_dir_all(homes.home.join("Téléchargements")).expect("made");
        fs::create_dir_all(homes.home.join(".config")).expect("made");
        let text = "# names\nXDG_DOWNLOAD_DIR=\"$HOME/Téléchargements\"\n";
        fs::write(homes.home.join(".config/user-dirs.dirs"), text).expect("written");
        assert_eq!(downloads(&homes), homes.home.join("Téléchargements"));
        assert_eq!(
            shown(&homes.home.join("Downloads"), &homes.home),
            format!("~{}Downloads", std::path::MAIN_SEPARATOR)
        );
    }
}

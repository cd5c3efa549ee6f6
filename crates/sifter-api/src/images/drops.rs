//! Files that a person dropped, picked or opened: kept by a handle, so that the page never sees a path.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{DropView, sort::Sorted};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    units::FilesId,
};

/// Drops that are kept; older ones are forgotten.
const KEPT: usize = 64;
/// Names that a view lists.
const NAMES: usize = 10;

/// The kept drops, and the queue of those that came before the page.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    kept: Mutex<VecDeque<(FilesId, Sorted)>>,
    opened: Mutex<Vec<DropView>>,
}

impl Drops {
    pub(crate) fn get(&self, files: &FilesId) -> Result<Sorted> {
        let kept = crate::lock(&self.kept);
        let found = kept
            .iter()
            .find(|(id, _)| id == files)
            .map(|(_, sorted)| sorted.clone());
        found.ok_or_else(|| {
            ApiError::new(
                ErrorCode::HandleUnknown,
                "these files are not known any more",
            )
        })
    }

    fn keep(&self, paths: &[PathBuf]) -> DropView {
        let sorted = Sorted::of(paths);
        let files = FilesId(uuid::Uuid::new_v4().to_string());
        let view = view_of(&files, &sorted, paths);
        let mut kept = crate::lock(&self.kept);
        kept.push_back((files, sorted));
        while kept.len() > KEPT {
            kept.pop_front();
        }
        view
    }
}

impl Sifter {
    /// Sorts files by what can be done with them and keeps them under a handle.
    ///
    /// # Errors
    /// `input-invalid` for an empty path.
    pub async fn offer_paths(&self, paths: Vec<PathBuf>) -> Result<DropView> {
        self.off(move |sifter| {
            let paths = paths
                .iter()
                .map(|path| super::known::absolute(path))
                .collect::<Result<Vec<_>>>()?;
            Ok(sifter.inner.drops.keep(&paths))
        })
        .await
    }

    /// Takes a pasted path or `file://` address; nothing if the text is neither, or nothing is there.
    ///
    /// # Errors
    /// None at present.
    pub async fn offer_text(&self, text: String) -> Result<Option<DropView>> {
        self.off(move |sifter| {
            let path = path_in(&text, &sifter.inner.homes.home);
            Ok(path
                .filter(|path| path.exists())
                .map(|path| sifter.inner.drops.keep(&[path])))
        })
        .await
    }

    /// Puts files into the queue of opened ones: from the arguments, a second start, or the desktop.
    ///
    /// # Errors
    /// `input-invalid` for an empty path.
    pub async fn queue_opened(&self, paths: Vec<PathBuf>) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let view = self.offer_paths(paths).await?;
        crate::lock(&self.inner.drops.opened).push(view);
        self.tell(&ApiEvent::FilesOpened);
        Ok(())
    }

    /// Returns the queue of opened files and empties it.
    ///
    /// # Errors
    /// None at present.
    pub async fn take_opened(&self) -> Result<Vec<DropView>> {
        Ok(std::mem::take(&mut *crate::lock(&self.inner.drops.opened)))
    }
}

fn view_of(files: &FilesId, sorted: &Sorted, paths: &[PathBuf]) -> DropView {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let single = match (paths, sorted.others.as_slice()) {
        ([_], [(_, what)]) => Some(what.clone()),
        _ => None,
    };
    DropView {
        files: files.clone(),
        images: count(sorted.images.len()),
        keys: count(sorted.keys.len()),
        definitions: count(sorted.definitions.len()),
        folders: count(sorted.folders.len()),
        others: count(sorted.others.len()),
        names: paths.iter().take(NAMES).map(|path| name_of(path)).collect(),
        seems_to_be: single,
    }
}

/// Returns the absolute path that `text` is: plain, in quotes, below `~`, or as a `file://` address of this computer.
fn path_in(text: &str, home: &Path) -> Option<PathBuf> {
    let text = text.trim();
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = quoted.unwrap_or(text);
    if text.is_empty() || text.contains(['\n', '\0']) {
        return None;
    }
    if let Some(address) = text.strip_prefix("file://") {
        let address = address.strip_prefix("localhost").unwrap_or(address);
        let path = decoded(address)?;
        return path.is_absolute().then_some(path);
    }
    if let Some(rest) = text.strip_prefix("~/") {
        return Some(home.join(rest));
    }
    let path = PathBuf::from(text);
    path.is_absolute().then_some(path)
}

/// Returns the path of an address whose `%xx` are bytes.
fn decoded(address: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = tail.get(2..)?;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    path_of(&bytes)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    Some(crate::files::path_from_bytes(bytes))
}

#[cfg(windows)]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(PathBuf::from(text.trim_start_matches('/')))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_as_a_path() {
        let cases: &[(&str, Option<&str>)] = &[
            ("/a/b.sif", Some("/a/b.sif")),
            ("  \"/a b.sif\" ", Some("/a b.sif")),
            ("~/b.sif", Some("/home/anna/b.sif")),
            ("file:///a/b%20c.sif", Some("/a/b c.sif")),
            ("file://localhost/a.sif", Some("/a.sif")),
            ("file://elsewhere/a.sif", None),
            ("file:///a%2", None),
            ("b.sif", None),
            ("library://a/b", None),
            ("/a\n/b", None),
            ("", None),
        ];
        for (text, path) in cases {
            assert_eq!(
                path_in(text, Path::new("/home/anna")),
                path.map(PathBuf::from),
                "{text}"
            );
        }
    }
}

//! A home that nobody lives in.

use std::path::{Path, PathBuf};

/// A temporary folder with the places of a home below it.
#[derive(Debug)]
pub struct TempHome(tempfile::TempDir);

impl TempHome {
    /// Returns a new, empty home.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns a place in the folder that the person works in, which is made.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        let folder = self.path().join("work");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder.join(name)
    }

    /// Returns the keyring folder that a command line would use here, which is made.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn keyring_folder(&self) -> PathBuf {
        let folder = self.path().join("home/.singularity/sypgp");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    }
}

impl Default for TempHome {
    fn default() -> Self {
        Self::new()
    }
}

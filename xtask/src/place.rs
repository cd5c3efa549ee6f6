//! Where things are: the project's top folder and the build folder.

use std::path::{Path, PathBuf};

use crate::{Outcome, stop};

/// The folders that the commands work in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The top of the project: the folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's build folder; everything that the commands make goes below it.
    pub(crate) target: PathBuf,
}

impl Place {
    /// Finds the project from the place of this crate, wherever the command was called.
    pub(crate) fn find() -> Outcome<Self> {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let Some(root) = crate_folder.parent() else {
            return stop("the folder of `xtask` has no parent");
        };
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self {
            root: root.to_path_buf(),
            target,
        })
    }

    /// The folder of the page.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program built by cargo in the named profile folder (`debug`, `release`).
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target
            .join(profile)
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// A folder below the build folder, made when missing.
    pub(crate) fn made(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.target.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

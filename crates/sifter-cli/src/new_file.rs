//! A file for a secret, readable by nobody else.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use sifter_api::{ApiError, ErrorCode, Secret};

use crate::answer::Failure;

/// A file for a secret: made before the secret is, so that none gets lost.
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    file: fs::File,
}

impl NewFile {
    pub(crate) fn make(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            let code = match error.kind() {
                io::ErrorKind::AlreadyExists => ErrorCode::FileExists,
                _ => ErrorCode::FileNotWritable,
            };
            let message = format!("`{}` cannot be made", path.display());
            ApiError::new(code, message).because(&error)
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    pub(crate) fn write(&self, secret: &Secret) -> Result<(), Failure> {
        let mut file = &self.file;
        let written = writeln!(file, "{}", secret.expose()).and_then(|()| file.sync_all());
        written.map_err(|error| {
            self.remove();
            let message = format!("`{}` cannot be written", self.path.display());
            ApiError::new(ErrorCode::Io, message).because(&error).into()
        })
    }

    pub(crate) fn remove(&self) {
        // What stays is an empty file, which is no secret.
        let _ = fs::remove_file(&self.path);
    }
}

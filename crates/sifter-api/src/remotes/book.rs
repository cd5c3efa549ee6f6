//! The list of remotes as the files of the person and of the administrator say it now.
//!
//! It is read anew for each request: a command line may change it at any time.

use std::{collections::BTreeMap, path::PathBuf};

use ::remotes::{
    BUILT_IN, Change, Credential, DiskError, Effective, NotEffective, Product, Remote, RemotesFile,
    effective, place_of,
};

use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of, write_error},
    events::ApiEvent,
    files,
};

/// All remotes.
#[derive(Debug)]
pub(crate) struct Book {
    pub(super) product: Product,
    pub(super) user: Option<RemotesFile>,
    pub(super) system: Option<RemotesFile>,
    pub(super) entries: BTreeMap<String, Remote>,
    pub(super) credentials: Vec<Credential>,
    /// Empty: none.
    pub(super) active: String,
    pub(super) exclusive: Option<String>,
    orphans: Vec<String>,
    /// Why the person's file cannot be used.
    pub(super) problem: Option<ApiError>,
    /// Whether nothing may be written to it.
    is_damaged: bool,
}

impl Book {
    /// Whether a remote is given by the administrator, or by the command line itself.
    pub(super) fn is_fixed(&self, name: &str) -> bool {
        let is_orphan = self.orphans.iter().any(|orphan| orphan == name);
        self.entries
            .get(name)
            .is_some_and(|entry| entry.system && !is_orphan)
    }

    /// Whether either file has a remote of this name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let has = |file: &Option<RemotesFile>| {
            file.as_ref()
                .is_some_and(|file| file.remotes.contains_key(name))
        };
        has(&self.user) || has(&self.system) || self.entries.contains_key(name)
    }

    /// Returns the error for a remote that is not listed: where the file cannot be read, nobody knows whether it is there.
    pub(super) fn unknown(&self) -> ApiError {
        let damage = self.writable().err();
        damage.unwrap_or_else(|| ApiError::plain(ErrorCode::RemoteUnknown))
    }

    /// Returns the error that keeps the file from being written, if there is one.
    pub(super) fn writable(&self) -> Result<()> {
        match &self.problem {
            Some(problem) if self.is_damaged => Err(problem.clone()),
            _ => Ok(()),
        }
    }
}

impl Sifter {
    /// Reads both files.
    pub(super) fn book(&self) -> Book {
        let product = self.product();
        let (own, theirs) = (self.remotes_path(), self.system_remotes_path());
        let (user, damage) = match ::remotes::read(&place_of(&own, product)) {
            Ok(file) => (file, None),
            Err(error) => (None, Some(file_error(&error))),
        };
        let system = ::remotes::read(&place_of(&theirs, product)).unwrap_or_else(|error| {
            // Command lines go on without it too.
            tracing::warn!(%error, "the administrator's list of remotes is not used");
            None
        });
        let (merged, conflict) = merged(user.as_ref(), system.as_ref(), product);
        let is_damaged = damage.is_some();
        Book {
            product,
            entries: merged.remotes,
            credentials: merged.credentials,
            active: merged.active,
            exclusive: merged.exclusive,
            orphans: merged.orphans,
            problem: damage.or_else(|| conflict.as_ref().and_then(conflict_error)),
            is_damaged,
            user,
            system,
        }
    }

    fn product(&self) -> Product {
        if self.profile().is_apptainer() {
            Product::Apptainer
        } else {
            Product::Singularity
        }
    }

    /// Makes one change of the person's file.
    ///
    /// # Errors
    /// `remote-file-damaged`, and the codes of files. The file is as it was.
    pub(super) fn change_remotes(&self, change: impl Fn(&mut RemotesFile)) -> Result<()> {
        self.prepare_config_folder()?;
        let path = place_of(&self.remotes_path(), self.product());
        let changed = ::remotes::change(&path, change).map_err(|error| file_error(&error))?;
        if changed == Change::Written {
            self.tell(&ApiEvent::RemotesChanged);
        }
        Ok(())
    }

    /// Makes the command line's folder where it is missing, as the command line itself would.
    pub(super) fn prepare_config_folder(&self) -> Result<()> {
        let profile = self.profile();
        if profile.config_folder.is_dir() {
            return Ok(());
        }
        profile.prepare(&self.inner.homes)?;
        files::make_private_folder(&profile.config_folder)
            .map_err(|error| write_error(&profile.config_folder, &error))
    }

    /// Returns the place of the person's list of remotes.
    pub(crate) fn remotes_path(&self) -> PathBuf {
        self.profile().config_folder.join("remote.yaml")
    }

    fn system_remotes_path(&self) -> PathBuf {
        self.profile().global_keyring.with_file_name("remote.yaml")
    }
}

/// Makes sure that a file which gets its first remote leaves the command line with the one that it used before.
pub(super) fn keep_default(file: &mut RemotesFile, book: &Book) {
    let has_system = book
        .system
        .as_ref()
        .is_some_and(|system| !system.remotes.is_empty());
    if has_system || !file.active.is_empty() || !file.remotes.is_empty() {
        return;
    }
    let built_in = BUILT_IN.iter().find(|(of, ..)| *of == book.product);
    if let Some((_, name, uri)) = built_in {
        let remote = Remote {
            uri: (*uri).to_owned(),
            system: true,
            ..Remote::default()
        };
        file.remotes.insert((*name).to_owned(), remote);
        file.active = (*name).to_owned();
    }
}

/// What holds; and what a command line would refuse. Then all remotes are there all the same.
fn merged(
    user: Option<&RemotesFile>,
    system: Option<&RemotesFile>,
    product: Product,
) -> (Effective, Option<NotEffective>) {
    let conflict = match effective(user, system, product) {
        Ok(effective) => return (effective, None),
        Err(conflict) => conflict,
    };
    let mut chosen = user.cloned().unwrap_or_default();
    let active = chosen.active.clone();
    let names = chosen.remotes.keys();
    let others = system.into_iter().flat_map(|system| system.remotes.keys());
    let any = names.chain(others).next().cloned();
    // Apptainer lets two of one name be; where there is none, each has its own built in.
    let rules = any.as_ref().map_or(product, |_| Product::Apptainer);
    chosen.active = any.unwrap_or_default();
    let mut all = effective(Some(&chosen), system, rules).unwrap_or_default();
    if all.exclusive.is_none() {
        all.active = if all.remotes.contains_key(&active) {
            active
        } else {
            String::new()
        };
    }
    (all, Some(conflict))
}

/// That no remote is chosen is nothing that a person must mend in the file.
fn conflict_error(conflict: &NotEffective) -> Option<ApiError> {
    matches!(conflict, NotEffective::Collision(_)).then(|| {
        ApiError::new(ErrorCode::RemoteFileDamaged, conflict.to_string())
            .with_hint("remove or rename yours; until then `singularity` refuses every command")
    })
}

fn file_error(error: &DiskError) -> ApiError {
    match error {
        DiskError::Bad(fault) => ApiError::new(
            ErrorCode::RemoteFileDamaged,
            format!("`remote.yaml`: {fault}"),
        ),
        DiskError::NotPlain(path) => {
            let message = format!("`{}` is not a plain file", name_of(path));
            ApiError::new(ErrorCode::RemoteFileDamaged, message)
        }
        DiskError::Restless(path) => {
            let message = format!(
                "`{}` is changed by another program all the time",
                name_of(path)
            );
            ApiError::new(ErrorCode::FileLocked, message)
        }
        DiskError::Read { path, source } => io_error(path, source),
        DiskError::Write { path, source } => write_error(path, source),
    }
}

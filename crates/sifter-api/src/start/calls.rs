//! What a front end asks when it starts, and what it can tell about itself.

use std::path::PathBuf;

use super::{AboutView, FoundView, StartView, SystemView};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    keys::{ExportedFile, write_for_person},
    profile::find_program,
};

impl Sifter {
    /// Returns all that the first picture needs.
    ///
    /// # Errors
    /// `file-not-writable`, `disk-full`: the data folder cannot be used. A keyring that cannot be read counts as empty here; Keys says why.
    pub async fn start_view(&self) -> Result<StartView> {
        self.off(|sifter| {
            let settings = sifter.settings_now();
            let first_run = !settings.settings.first_run_done;
            Ok(StartView {
                version: env!("CARGO_PKG_VERSION").into(),
                first_run,
                profile: sifter.profile().view(),
                found: sifter.found(first_run),
                system: sifter.system(),
                notices: sifter.notices()?,
                settings,
            })
        })
        .await
    }

    /// Returns what the person should know about Sifter's own files.
    fn notices(&self) -> Result<Vec<ApiError>> {
        let replaced = self.inner.store.open()?.map(|aside| {
            let message = format!(
                "Sifter's own list was damaged and is new; the old file is kept as `{}`",
                name_of(aside)
            );
            ApiError::new(ErrorCode::StateReplaced, message)
        });
        let settings = self.inner.settings_notices.clone();
        Ok(settings.into_iter().chain(replaced).collect())
    }

    /// The first run is over: its page and its question are not shown again.
    ///
    /// # Errors
    /// The settings cannot be written.
    pub async fn finish_first_run(&self) -> Result<()> {
        self.off(|sifter| {
            sifter.edit_settings(|file| {
                file.finish_first_run();
                Ok(())
            })?;
            Ok(())
        })
        .await
    }

    /// Returns what Sifter is.
    #[must_use]
    pub fn about(&self) -> AboutView {
        AboutView {
            version: env!("CARGO_PKG_VERSION").into(),
            licence: env!("CARGO_PKG_LICENSE").into(),
            system: system(),
        }
    }

    /// Writes a report as it was shown to the person; the dialog has asked whether a file may be replaced.
    ///
    /// # Errors
    /// `file-not-writable`, `disk-full`.
    pub async fn save_report(&self, report: String, to: PathBuf) -> Result<ExportedFile> {
        self.off(move |_| write_for_person(&to, report.as_bytes()))
            .await
    }

    fn found(&self, first_run: bool) -> FoundView {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let Ok(keys) = self.key_set() else {
            return FoundView {
                own_keys: 0,
                other_keys: 0,
                offer_trust_all: false,
            };
        };
        let all = keys.fingerprints();
        let own = all.iter().filter(|one| keys.is_own(**one)).count();
        let untrusted = self.untrusted().map(|keys| keys.len()).unwrap_or(0);
        FoundView {
            own_keys: count(own),
            other_keys: count(all.len() - own),
            offer_trust_all: first_run && untrusted > 0,
        }
    }

    fn system(&self) -> SystemView {
        let homes = &self.inner.homes;
        SystemView {
            name: system(),
            mod_key: if cfg!(target_os = "macos") {
                "Cmd".into()
            } else {
                "Ctrl".into()
            },
            has_trash: true,
            has_gnupg: find_program(homes, "gpg")
                .or_else(|| find_program(homes, "gpg2"))
                .is_some(),
        }
    }
}

/// The system's own name for itself where it has one.
pub(super) fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    pretty.map_or_else(
        || format!("{} ({})", std::env::consts::OS, std::env::consts::ARCH),
        |name| name.trim_matches('"').to_owned(),
    )
}

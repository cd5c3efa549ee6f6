//! Links from outside: `sifter://` from the installation on, `library://` only while the person wants it.
//!
//! A link starts nothing. It is handed to Sifter, which reads it as a reference and nothing else, and the page shows a
//! filled-in sheet. What the system knows of `library://` follows the setting.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

use sifter_api::{ApiError, ErrorCode};

use crate::{dialogs::desktop_failed, engine::Engine};

/// The scheme that is Sifter's own.
const OWN: &str = "sifter";
/// The scheme that the command lines use too.
const LIBRARY: &str = "library";
/// No link is longer: a reference is much shorter.
const LONGEST: usize = 4096;

/// Whether an argument is a link and not the name of a file.
pub(crate) fn is_link(argument: &str) -> bool {
    scheme_of(argument).is_some()
}

fn scheme_of(argument: &str) -> Option<&'static str> {
    let (scheme, _) = argument.split_once(':')?;
    [OWN, LIBRARY]
        .into_iter()
        .find(|known| scheme.eq_ignore_ascii_case(known))
}

/// Hands `links` to Sifter, which keeps them until the page asks.
pub(crate) fn queue<R: Runtime>(app: &AppHandle<R>, links: Vec<String>) {
    if links.is_empty() {
        return;
    }
    let engine = app.state::<Engine>();
    let Ok(sifter) = engine.sifter().cloned() else {
        return;
    };
    tauri::async_runtime::spawn(async move {
        let wants_library = match sifter.get_settings().await {
            Ok(view) => view.settings.open_library_links,
            Err(_) => false,
        };
        for link in links
            .into_iter()
            .filter(|link| is_taken(link, wants_library))
        {
            // What is wrong with a link of a stranger is nobody's business here: its text stays out of the log.
            if let Err(error) = sifter.offer_link(link).await {
                tracing::warn!(code = ?error.code, "a link was not taken");
            }
        }
    });
}

fn is_taken(link: &str, wants_library: bool) -> bool {
    let wanted = match scheme_of(link) {
        Some(OWN) => true,
        Some(_) => wants_library,
        None => false,
    };
    let taken = wanted && link.len() <= LONGEST;
    if !taken {
        tracing::info!("a link from outside was left alone");
    }
    taken
}

/// What the system was told of `library://`. Managed by Tauri.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registration {
    wanted: Arc<AtomicBool>,
    /// Absent: nobody looked at the setting yet.
    told: Arc<Mutex<Option<bool>>>,
}

impl Registration {
    /// Tells the system what the person wishes, before the setting says so.
    ///
    /// # Errors
    /// `io` where the desktop has no such list, or does not let it be changed.
    pub(crate) async fn apply<R: Runtime>(
        &self,
        app: &AppHandle<R>,
        wanted: bool,
    ) -> Result<(), ApiError> {
        let (told, app) = (Arc::clone(&self.told), app.clone());
        let done = tauri::async_runtime::spawn_blocking(move || {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            register(&app, wanted)?;
            *told = Some(wanted);
            Ok(())
        });
        done.await
            .unwrap_or_else(|_| Err(ApiError::plain(ErrorCode::Internal)))
    }

    /// Follows the setting. The first look only notes it: what the system was told in an earlier run still holds.
    pub(crate) fn follow<R: Runtime>(&self, app: &AppHandle<R>, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
        let (this, app) = (self.clone(), app.clone());
        tauri::async_runtime::spawn_blocking(move || {
            this.tell(|wanted| {
                if let Err(error) = register(&app, wanted) {
                    tracing::warn!(wanted, "the system does not take it for links: {error}");
                }
            });
        });
    }

    /// Tells the newest wish, once. Two changes at the same time come one after the other.
    fn tell(&self, tell: impl FnOnce(bool)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.wanted.load(Ordering::Relaxed);
        let before = told.replace(wanted);
        if before.is_some_and(|before| before != wanted) {
            tell(wanted);
        }
    }
}

fn register<R: Runtime>(app: &AppHandle<R>, wanted: bool) -> Result<(), ApiError> {
    let links = app.deep_link();
    let done = if wanted {
        links.register(LIBRARY)
    } else {
        links.unregister(LIBRARY)
    };
    done.map_err(|error| desktop_failed("the list of programs for links", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_files() {
        for link in [
            "sifter://lab.example.org/genomics/tools/samtools:1.19",
            "library://genomics/tools/samtools",
            "SIFTER:x",
            "Library:",
        ] {
            assert!(is_link(link), "{link}");
        }
        for file in [
            "sifter",
            "a.sif",
            "/data/library",
            "C:\\a.sif",
            "file:///a.sif",
            "https://lab.example.org/a.sif",
            "library2://x",
            "",
        ] {
            assert!(!is_link(file), "{file}");
        }
    }

    #[test]
    fn library_links_need_consent_and_no_link_is_endless() {
        assert!(is_taken("sifter://a/b/c", false));
        assert!(!is_taken("library://a/b/c", false));
        assert!(is_taken("library://a/b/c", true));
        let endless = format!("sifter://{}", "x".repeat(LONGEST));
        assert!(!is_taken(&endless, true));
    }

    #[test]
    fn the_system_is_told_when_the_wish_changes() {
        let registration = Registration::default();
        let told = Mutex::new(Vec::new());
        for wanted in [true, true, false, false, true] {
            registration.wanted.store(wanted, Ordering::Relaxed);
            registration.tell(|wanted| told.lock().unwrap().push(wanted));
        }
        assert_eq!(*told.lock().unwrap(), [false, true]);
    }
}

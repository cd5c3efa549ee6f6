//! What a person can hand on when something does not work: versions, states and codes, and nobody's names.

use super::calls::system;
use crate::{
    Result, Sifter,
    error::ApiError,
    remotes::{LoginView, RemoteKind, RemoteView, RemotesView},
    settings::SettingsView,
    tasks::TaskState,
};

impl Sifter {
    /// Returns a report for a maintainer: versions, counts, the state of remotes and the codes of failed tasks. No name,
    /// address, path, fingerprint or passphrase is in it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn diagnostics_report(&self) -> Result<String> {
        let remotes = self.list_remotes().await?;
        self.off(move |sifter| {
            let mut lines = sifter.what_it_runs_on()?;
            lines.extend(settings_lines(&sifter.settings_now()));
            lines.extend(remote_lines(&remotes));
            lines.push("failed tasks, newest first:".into());
            for task in sifter.inner.tasks.list()? {
                if let TaskState::Failed { error } = &task.state {
                    let (kind, at) = (task.kind, task.created.0);
                    lines.push(format!("  {kind:?} at {at}: {}", code_name(error)));
                }
            }
            lines.push(String::new());
            Ok(lines.join("\n"))
        })
        .await
    }

    fn what_it_runs_on(&self) -> Result<Vec<String>> {
        let profile = self.profile();
        let keys = match self.key_set() {
            Ok(keys) => {
                let all = keys.fingerprints();
                let own = all.iter().filter(|one| keys.is_own(**one)).count();
                let (others, problems) = (all.len() - own, keys.problems().len());
                format!("keys: {own} own, {others} others, {problems} problems")
            }
            Err(error) => format!("keys: {}", code_name(&error)),
        };
        Ok(vec![
            format!("Sifter {} on {}", env!("CARGO_PKG_VERSION"), system()),
            format!(
                "command line: {:?} {}",
                profile.product,
                profile.version.as_deref().unwrap_or("not found")
            ),
            format!(
                "images: {}, folders: {}",
                self.inner.store.images()?.len(),
                self.inner.store.folders()?.len()
            ),
            keys,
        ])
    }
}

fn settings_lines(view: &SettingsView) -> Vec<String> {
    let settings = &view.settings;
    let is_set = |text: &str| if text.is_empty() { "none" } else { "set" };
    vec![
        format!("settings locked by policy: {}", view.locked.len()),
        format!("log: {:?}", settings.log_level),
        format!(
            "transfers: {} at once, proxy {}, authorities {}",
            settings.transfers_at_once,
            is_set(&settings.proxy),
            is_set(&settings.ca_file)
        ),
    ]
}

fn remote_lines(view: &RemotesView) -> Vec<String> {
    let told = |problem: Option<&ApiError>| problem.map_or_else(|| "fine".into(), code_name);
    let mut lines = vec![
        format!("list of remotes: {}", told(view.file_problem.as_ref())),
        format!("keychain: {}", told(view.keychain_problem.as_ref())),
        format!("registries signed in to: {}", view.registries.len()),
        "remotes:".into(),
    ];
    lines.extend(view.remotes.iter().enumerate().map(|(index, remote)| {
        let in_use = if remote.id == view.current {
            ", in use"
        } else {
            ""
        };
        format!("  {}. {}{in_use}", index + 1, remote_words(remote))
    }));
    lines
}

fn remote_words(remote: &RemoteView) -> String {
    let kind = match remote.kind {
        RemoteKind::ThisComputer => "this computer",
        RemoteKind::Own => "own",
        RemoteKind::System => "of the administrator",
    };
    let login = match remote.login {
        LoginView::NotNeeded => "no login needed",
        LoginView::SignedOut => "signed out",
        LoginView::SignedIn { .. } => "signed in",
        LoginView::Expired { .. } => "login expired",
        LoginView::Locked => "login in the locked keychain",
    };
    let services = remote.services.as_ref().map_or_else(
        || "not asked yet".to_owned(),
        |services| {
            let offered = [
                ("library", &services.library),
                ("keyserver", &services.keyserver),
                ("builder", &services.builder),
                ("tokens", &services.tokens),
                ("registry", &services.registry),
            ];
            let named = offered
                .iter()
                .filter_map(|(name, address)| address.as_ref().map(|_| *name));
            format!("offers {}", named.collect::<Vec<_>>().join(" "))
        },
    );
    let mut words = vec![kind.to_owned(), login.to_owned(), services];
    if remote.is_plain_http {
        words.push("http".into());
    }
    if let Some(problem) = &remote.problem {
        words.push(format!("last problem {}", code_name(problem)));
    }
    words.join(", ")
}

fn code_name(error: &ApiError) -> String {
    let text = serde_json::to_string(&error.code).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

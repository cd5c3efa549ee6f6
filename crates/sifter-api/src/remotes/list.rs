//! Looking at remotes, and choosing one.

use std::path::PathBuf;

use scs_client::{discover, frontend_url};
use url::Url;

use super::{
    ContactView, FixedReason, FoundLogin, KeyserverView, LoginView, RemoteKind, RemoteProbe,
    RemoteView, RemotesView, book::Book, discovery::services_view, lookup::account_of,
    lookup::exclusive,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    events::ApiEvent,
    network::{Way, check_authorities, on_network},
    settings::{Settings, SettingsView},
    units::RemoteId,
};

impl Sifter {
    /// Returns all remotes and registries as they are kept. Asks nobody over the network.
    ///
    /// # Errors
    /// `remote.yaml` problems are in the view; the database cannot be read.
    pub async fn list_remotes(&self) -> Result<RemotesView> {
        self.off(|sifter| {
            let book = sifter.book();
            let mut remotes: Vec<RemoteView> = book
                .entries
                .keys()
                .filter_map(|name| sifter.remote_view(&book, name))
                .collect();
            remotes.sort_by_key(|remote| remote.name.to_lowercase());
            remotes.insert(0, sifter.this_computer());
            let mut found = sifter.found_tokens(&book);
            found.extend(sifter.found_registry_logins());
            Ok(RemotesView {
                registries: sifter.registry_views(),
                remotes,
                current: sifter.current_in(&book),
                exclusive: book.exclusive.as_deref().map(id_of),
                file_problem: book.problem,
                keychain_problem: sifter.keychain_problem(),
                found,
            })
        })
        .await
    }

    /// Returns the remote that is meant where none is named.
    ///
    /// # Errors
    /// `remote-file-damaged` if the chosen one cannot be looked up.
    pub async fn remote_in_use(&self) -> Result<RemoteId> {
        self.off(|sifter| {
            let id = sifter.current_remote();
            sifter.known(&id)?;
            Ok(id)
        })
        .await
    }

    /// Makes a remote the one that screens use.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-exclusive`.
    pub async fn set_current_remote(&self, id: RemoteId) -> Result<()> {
        self.off(move |sifter| {
            sifter.known(&id)?;
            sifter.choose(id)
        })
        .await
    }

    /// Asks what stands behind an address. Keeps nothing.
    ///
    /// # Errors
    /// `input-invalid`, and the codes of the network.
    pub async fn probe_remote(&self, address: String, is_plain_http: bool) -> Result<RemoteProbe> {
        let sifter = self.clone();
        on_network(async move {
            let frontend = read_address(&address, is_plain_http)?;
            let way = if is_plain_http {
                Way::PlainHttp
            } else {
                Way::Encrypted
            };
            let client = sifter.client(way)?.for_a_person();
            sifter.contact(
                &crate::network::host_of(frontend.as_str()).unwrap_or_default(),
                "discovery",
            );
            let services = discover(&client, &frontend).await?;
            let book = sifter.off(|sifter| Ok(sifter.book())).await?;
            Ok(RemoteProbe {
                address: shown_address(&frontend),
                is_plain_http,
                name: free_name(&book, &frontend),
                services: services_view(&services, sifter.now()),
                known_as: sifter.known_as(&book, &frontend),
            })
        })
        .await
    }

    /// Asks a remote what it offers, and whether its login holds.
    ///
    /// # Errors
    /// `remote-unknown`; what the network answered is in the view.
    pub async fn refresh_remote(&self, id: RemoteId) -> Result<RemoteView> {
        if id == RemoteId::this_computer() {
            self.remote(&id).await?;
            return self.off(|sifter| Ok(sifter.this_computer())).await;
        }
        let sifter = self.clone();
        on_network(async move {
            let remote = sifter.remote(&id).await?;
            if remote.discover().await.is_ok() {
                let checked = remote.check_login().await;
                let problem = checked.err().filter(|error| {
                    !matches!(error.code, ErrorCode::TokenExpired | ErrorCode::TokenWrong)
                });
                sifter.inner.remotes.set_problem(&id, problem);
            }
            sifter.tell(&ApiEvent::RemotesChanged);
            sifter
                .off(move |sifter| {
                    let view = sifter.remote_view(&sifter.book(), &remote.name);
                    view.ok_or_else(|| ApiError::plain(ErrorCode::RemoteUnknown))
                })
                .await
        })
        .await
    }

    /// Returns the address of the page on which a person gets a token, in a browser.
    ///
    /// # Errors
    /// `remote-unknown`, `service-missing`, and the codes of the network.
    pub async fn token_page(&self, id: RemoteId) -> Result<String> {
        let sifter = self.clone();
        on_network(async move {
            let remote = sifter.remote(&id).await?;
            let services = remote.services().await?;
            services_view(&services, sifter.now())
                .token_page
                .ok_or_else(|| {
                    let message = format!("`{}` has no page for tokens", remote.host());
                    ApiError::new(ErrorCode::ServiceMissing, message)
                })
        })
        .await
    }

    /// Returns the hosts that Sifter talked to since it started, last first.
    ///
    /// # Errors
    /// None at present.
    pub async fn contacts(&self) -> Result<Vec<ContactView>> {
        Ok(self.inner.network.contacts.list())
    }

    /// Returns whether the keychain answers now; it may ask the person to unlock it.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn try_keychain(&self) -> Result<()> {
        self.off(|sifter| {
            // Something that is kept makes the keychain ask to be unlocked; what is not kept may not.
            let kept = sifter.login_accounts("").into_iter().next();
            let account = kept.unwrap_or_else(|| "remote:".into());
            let answer = sifter.inner.keychain.read(&account);
            sifter.keychain_said(answer)?;
            sifter.tell(&ApiEvent::RemotesChanged);
            Ok(())
        })
        .await
    }

    /// Trusts the authorities of a file with certificates, besides those of the system.
    ///
    /// # Errors
    /// `input-invalid` if it holds none, the codes of files, `setting-locked`.
    pub async fn use_ca_file(&self, path: PathBuf) -> Result<SettingsView> {
        self.off(move |sifter| {
            check_authorities(&path)?;
            let Some(name) = path.to_str() else {
                let message = "the name of the file has letters that cannot be kept";
                return Err(ApiError::new(ErrorCode::InputInvalid, message));
            };
            sifter.edit_settings(|file| {
                let settings = Settings {
                    ca_file: name.to_owned(),
                    ..file.view().settings
                };
                file.change(&settings)
            })
        })
        .await
    }

    /// Returns the remote in use: the one that the administrator allows alone, or else the chosen one while it is there. Where
    /// the list cannot be read it is the chosen one still, so that nothing goes elsewhere unseen. Blocks.
    pub(crate) fn current_remote(&self) -> RemoteId {
        let book = self.book();
        match book.writable() {
            Err(_) if book.exclusive.is_none() => self.settings_now().settings.current_remote,
            _ => self.current_in(&book),
        }
    }

    fn current_in(&self, book: &Book) -> RemoteId {
        if let Some(only) = &book.exclusive {
            return id_of(only);
        }
        let chosen = self.settings_now().settings.current_remote;
        let is_there = name_in(&chosen).is_some_and(|name| book.entries.contains_key(name));
        if is_there {
            chosen
        } else {
            RemoteId::this_computer()
        }
    }

    /// Keeps the choice of a remote.
    pub(super) fn choose(&self, id: RemoteId) -> Result<()> {
        self.edit_settings(|file| {
            let settings = Settings {
                current_remote: id,
                ..file.view().settings
            };
            file.change(&settings)
        })?;
        self.tell(&ApiEvent::RemotesChanged);
        Ok(())
    }

    /// Returns an error for a remote that is not there, or that the administrator does not allow.
    fn known(&self, id: &RemoteId) -> Result<()> {
        let book = self.book();
        let is_there = *id == RemoteId::this_computer()
            || name_in(id).is_some_and(|name| book.entries.contains_key(name));
        if !is_there {
            return Err(book.unknown());
        }
        match &book.exclusive {
            Some(only) if id_of(only) != *id => Err(exclusive(only)),
            _ => Ok(()),
        }
    }

    fn this_computer(&self) -> RemoteView {
        let port = self.cloud_port();
        let running = self.inner.network.cloud.running();
        let services = running.and_then(|running| running.services().ok());
        RemoteView {
            id: RemoteId::this_computer(),
            kind: RemoteKind::ThisComputer,
            name: String::new(),
            address: port.map_or_else(String::new, |port| format!("127.0.0.1:{port}")),
            is_plain_http: false,
            is_active: false,
            fixed: Some(FixedReason::ThisComputer),
            services: services.map(|services| services_view(&services, self.now())),
            login: LoginView::NotNeeded,
            keyservers: Vec::new(),
            has_other_login: false,
            is_shared: false,
            problem: None,
        }
    }

    pub(super) fn remote_view(&self, book: &Book, name: &str) -> Option<RemoteView> {
        let entry = book.entries.get(name)?;
        let id = id_of(name);
        let is_fixed = book.is_fixed(name);
        let mut view = RemoteView {
            kind: if is_fixed {
                RemoteKind::System
            } else {
                RemoteKind::Own
            },
            name: name.to_owned(),
            address: entry.uri.clone(),
            is_plain_http: entry.insecure,
            is_active: book.active == name,
            fixed: is_fixed.then_some(FixedReason::System),
            services: None,
            login: LoginView::SignedOut,
            keyservers: entry.keyservers.iter().map(keyserver_view).collect(),
            has_other_login: false,
            is_shared: false,
            problem: self.inner.remotes.problem(&id),
            id,
        };
        match frontend_url(&entry.uri, entry.insecure) {
            Ok(frontend) => {
                let account = account_of(&frontend);
                view.address = shown_address(&frontend);
                view.services = self
                    .discovered(&frontend)
                    .map(|(services, read, _)| services_view(&services, read));
                view.login = self.login_view(&account);
                view.is_shared = self.is_shared(&account, entry);
                view.has_other_login = self.has_other_login(&account, entry);
            }
            Err(error) => view.problem = Some(error.into()),
        }
        Some(view)
    }

    /// Tokens that stand in `remote.yaml` and that Sifter has not taken over.
    fn found_tokens(&self, book: &Book) -> Vec<FoundLogin> {
        let has_token = |(name, entry): (&String, &::remotes::Remote)| {
            entry.token.as_ref()?;
            let frontend = frontend_url(&entry.uri, entry.insecure).ok()?;
            let is_known = self.login_record(&account_of(&frontend)).is_some();
            (!is_known).then(|| FoundLogin {
                of: name.clone(),
                is_registry: false,
            })
        };
        book.entries.iter().filter_map(has_token).collect()
    }

    /// The remote that has this address already.
    fn known_as(&self, book: &Book, frontend: &Url) -> Option<RemoteId> {
        let same = |entry: &::remotes::Remote| {
            frontend_url(&entry.uri, entry.insecure)
                .is_ok_and(|other| account_of(&other) == account_of(frontend))
        };
        let listed = book.entries.iter().find(|(_, entry)| same(entry));
        if let Some((name, _)) = listed {
            return Some(id_of(name));
        }
        let is_here = matches!(
            frontend.host_str(),
            Some("localhost" | "127.0.0.1" | "[::1]")
        );
        let is_own = is_here && frontend.port().is_some() && frontend.port() == self.cloud_port();
        is_own.then(RemoteId::this_computer)
    }
}

/// Returns the handle of a remote by its name.
pub(super) fn id_of(name: &str) -> RemoteId {
    RemoteId(format!("remote:{name}"))
}

/// Returns the name in a handle; none for this computer.
pub(super) fn name_in(id: &RemoteId) -> Option<&str> {
    id.0.strip_prefix("remote:")
}

/// Reads the address of a remote as a person types it.
///
/// # Errors
/// `input-invalid`
pub(super) fn read_address(text: &str, is_plain_http: bool) -> Result<Url> {
    const LONGEST: usize = 2048;
    let refuse = |message: String| Err(ApiError::new(ErrorCode::InputInvalid, message));
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return refuse("this is no address of a server".into());
    }
    if text.to_ascii_lowercase().starts_with("http://") && !is_plain_http {
        let error = ApiError::new(ErrorCode::InputInvalid, "this address is not encrypted");
        return Err(error.with_hint("write it with https, or allow plain http for this remote"));
    }
    let mut url = frontend_url(text, is_plain_http)?;
    url.set_query(None);
    url.set_fragment(None);
    if url.host_str().is_none_or(str::is_empty) {
        return refuse(format!("`{text}` is no address of a server"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Returns host, port and path.
pub(super) fn shown_address(frontend: &Url) -> String {
    let text = frontend.as_str();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}

fn free_name(book: &Book, frontend: &Url) -> String {
    let host = frontend.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let numbered = (2_u32..).map(|number| format!("{host}-{number}"));
    std::iter::once(host.to_owned())
        .chain(numbered)
        .find(|name| !book.has_name(name))
        .unwrap_or_default()
}

fn keyserver_view(listed: &::remotes::Keyserver) -> KeyserverView {
    KeyserverView {
        address: listed.uri.clone(),
        is_external: listed.external,
        is_skipped: listed.skip,
        is_insecure: listed.insecure,
    }
}

//! OCI registries that one is signed in to. Their file of logins, `docker-config.json`, belongs to the command lines.

use std::{path::PathBuf, time::Duration};

use ::remotes::Credential;
use oci::{Helpers, Host, Listed, LoginFile, LoginFileError};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    FoundLogin, KeepLogin, RegistryView,
    logins::digest_of,
    records::{LoginRecord, Shared},
    set_aside::{from_text, to_text},
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of, write_error},
    network::on_network,
    tasks::TaskNeed,
};

/// A program that keeps logins may ask a person.
const HELPER: Duration = Duration::from_secs(30);
/// No name or password is longer.
const LONGEST: usize = 64 << 10;

impl Sifter {
    /// Checks user and password at an OCI registry and keeps them instead of those before.
    ///
    /// # Errors
    /// `login-refused`, the codes of the network and of the keychain.
    pub async fn sign_in_registry(
        &self,
        host: String,
        is_plain_http: bool,
        user: String,
        password: Secret,
        keep: KeepLogin,
    ) -> Result<()> {
        let host = read_host(&host)?;
        let user = user.trim().to_owned();
        if user.is_empty()
            || password.is_empty()
            || user.len().max(password.expose().len()) > LONGEST
        {
            let message = "a registry needs a user and a password";
            return Err(ApiError::new(ErrorCode::InputInvalid, message));
        }
        let sifter = self.clone();
        on_network(async move {
            let login = oci::Login::Password {
                user: user.clone(),
                password: password.expose().to_owned().into(),
            };
            sifter.contact(host.as_str(), "registry");
            let client = sifter.registry_client()?.for_a_person();
            let registry = oci::Registry::new(&client, host.clone(), Some(login), is_plain_http);
            // A registry that asks nobody may still ask those who write, so the login is kept for that.
            registry.check_login().await?;
            let account = account_of(&host);
            let (kept, secret) = (account.clone(), password.clone());
            let before = sifter
                .off(move |sifter| {
                    let before = sifter.login_record(&kept);
                    let record = LoginRecord {
                        user: Some(user),
                        is_plain_http,
                        checked: Some(sifter.now()),
                        ..LoginRecord::default()
                    };
                    sifter.keep_login(&kept, &secret, record, keep)?;
                    Ok(before.and_then(|(record, _)| record.shared))
                })
                .await?;
            // Transfers that waited for this go on.
            let need = TaskNeed::RegistrySignIn {
                host: host.as_str().to_owned(),
            };
            sifter.inner.tasks.signed_in(&need);
            if let Some(before) = before {
                sifter.share_registry_again(&host, before).await?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets the login of a registry, also where it was shared.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn sign_out_registry(&self, host: String) -> Result<()> {
        let host = read_host(&host)?;
        let sifter = self.clone();
        on_network(async move {
            sifter.share_registry(&host, false).await?;
            let account = account_of(&host);
            sifter
                .off(move |sifter| sifter.forget_login(&account))
                .await
        })
        .await
    }

    /// Writes the login of a registry to `docker-config.json`, so that the command line has it, or takes it out again.
    ///
    /// # Errors
    /// `remote-unknown`, the codes of files and of the keychain.
    pub async fn share_registry_login(&self, host: String, shared: bool) -> Result<()> {
        let host = read_host(&host)?;
        let sifter = self.clone();
        on_network(async move {
            let is_known = sifter.registry_login(host.as_str()).await?.is_some();
            if !is_known {
                return Err(ApiError::plain(ErrorCode::RemoteUnknown));
            }
            sifter.share_registry(&host, shared).await
        })
        .await
    }

    /// Returns user and password of a registry; nothing where one is not signed in.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub(crate) async fn registry_login(&self, host: &str) -> Result<Option<(String, Secret)>> {
        let account = account_of(&read_host(host)?);
        self.off(move |sifter| {
            let Some(password) = sifter.secret_of(&account)? else {
                return Ok(None);
            };
            let record = sifter.login_record(&account);
            let user = record.and_then(|(record, _)| record.user);
            Ok(user.map(|user| (user, password)))
        })
        .await
    }

    /// Returns whether the person allowed plain http at a registry.
    pub(crate) fn registry_is_plain(&self, host: &str) -> bool {
        let host = read_host(host).ok();
        let record = host.and_then(|host| self.login_record(&account_of(&host)));
        record.is_some_and(|(record, _)| record.is_plain_http)
    }

    pub(super) fn registry_views(&self) -> Vec<RegistryView> {
        let file = LoginFile::read(&self.registry_logins_path()).ok();
        let view = |account: String| {
            let (record, kept) = self.login_record(&account)?;
            let host = account.strip_prefix("registry:")?.to_owned();
            let in_file = InFile::of(file.as_ref(), &host, record.shared.as_ref());
            Some(RegistryView {
                host,
                user: record.user?,
                is_plain_http: record.is_plain_http,
                kept,
                has_other_login: in_file == InFile::Theirs,
                is_shared: in_file == InFile::Ours,
                problem: record
                    .is_refused
                    .then(|| ApiError::plain(ErrorCode::LoginRefused)),
            })
        };
        let accounts = self.login_accounts("registry:");
        accounts.into_iter().filter_map(view).collect()
    }

    /// Logins of registries that stand in the command line's file and that Sifter has not taken over. Runs no program.
    pub(super) fn found_registry_logins(&self) -> Vec<FoundLogin> {
        let Ok(file) = LoginFile::read(&self.registry_logins_path()) else {
            return Vec::new();
        };
        let mut found: Vec<FoundLogin> = file
            .logins()
            .into_iter()
            .filter_map(|login| login.host)
            .filter(|host| self.login_record(&account_of(host)).is_none())
            .map(|host| FoundLogin {
                of: host.as_str().to_owned(),
                is_registry: true,
            })
            .collect();
        found.sort_by(|one, other| one.of.cmp(&other.of));
        found.dedup();
        found
    }

    /// Writes a new login where the one before is shared still. One that the command line got since stays.
    async fn share_registry_again(&self, host: &Host, before: Shared) -> Result<()> {
        let (account, kept) = (account_of(host), before.clone());
        let path = self
            .off(move |sifter| {
                sifter.change_login(&account, |record| record.shared = Some(kept))?;
                Ok(sifter.registry_logins_path())
            })
            .await?;
        let file = LoginFile::read(&path).map_err(|error| file_error(&error))?;
        let now = file.find_host(host, &self.helpers()).await;
        let now = now.map_err(|error| file_error(&error))?;
        if now.is_some_and(|now| is_ours(&now, &before)) {
            self.share_registry(host, true).await?;
        }
        Ok(())
    }

    /// Writes the login into the command line's file, or takes out what was written.
    async fn share_registry(&self, host: &Host, shared: bool) -> Result<()> {
        let account = account_of(host);
        let asked = account.clone();
        let (path, record) = self
            .off(move |sifter| {
                let record = sifter.login_record(&asked).map(|(record, _)| record);
                Ok((sifter.registry_logins_path(), record))
            })
            .await?;
        let Some(record) = record else {
            return Ok(());
        };
        let told = |error: LoginFileError| file_error(&error);
        let mark = mark_of(host);
        if shared {
            let Some((user, password)) = self.registry_login(host.as_str()).await? else {
                return Ok(());
            };
            self.off(|sifter| sifter.prepare_config_folder()).await?;
            let mut file = LoginFile::read(&path).map_err(told)?;
            let secret: SecretString = password.expose().to_owned().into();
            let helpers = self.helpers();
            let now = file.find_host(host, &helpers).await.map_err(told)?;
            let before = record.shared.unwrap_or_default();
            let theirs = now.filter(|now| !is_ours(now, &before));
            let set_aside = theirs.is_some() || before.set_aside;
            if let Some(theirs) = &theirs {
                let text = to_text(theirs)?;
                let kept = account.clone();
                self.off(move |sifter| sifter.set_aside(&kept, &text))
                    .await?;
            }
            file.store(host, &user, &secret, &helpers)
                .await
                .map_err(told)?;
            let digest = digest_of(password.expose());
            return self
                .off(move |sifter| {
                    let shared = Shared {
                        digest,
                        made_file: sifter.mark_registry(&mark)? || before.made_file,
                        set_aside,
                        ..Shared::default()
                    };
                    sifter.change_login(&account, |record| record.shared = Some(shared))
                })
                .await;
        }
        let Some(was) = record.shared else {
            return Ok(());
        };
        let mut file = LoginFile::read(&path).map_err(told)?;
        let helpers = self.helpers();
        let now = file.find_host(host, &helpers).await.map_err(told)?;
        let is_ours = now.is_some_and(|now| is_ours(&now, &was));
        let mut is_theirs = false;
        if is_ours {
            let asked = account.clone();
            let theirs = if was.set_aside {
                self.off(move |sifter| sifter.was_set_aside(&asked)).await?
            } else {
                None
            };
            file.erase(host, &helpers).await.map_err(told)?;
            if let Some(theirs) = theirs.as_ref().and_then(from_text) {
                file.put(host, &theirs, &helpers).await.map_err(told)?;
                is_theirs = true;
            }
        }
        self.off(move |sifter| {
            if is_ours && !is_theirs {
                sifter.unmark_registry(&mark, was.made_file)?;
            }
            sifter.forget_set_aside(&account);
            sifter.change_login(&account, |record| record.shared = None)
        })
        .await
    }

    /// The list of remotes names the registries that the command line lists. Where that file is damaged, the login works
    /// all the same, so it is left out. Returns whether the file was made for it.
    fn mark_registry(&self, mark: &str) -> Result<bool> {
        let book = self.book();
        if book.writable().is_err() {
            return Ok(false);
        }
        self.change_remotes(|file| {
            if file.credentials.iter().all(|listed| listed.uri != mark) {
                file.credentials.push(Credential {
                    uri: mark.to_owned(),
                    ..Credential::default()
                });
            }
        })?;
        Ok(book.user.is_none())
    }

    fn unmark_registry(&self, mark: &str, made_file: bool) -> Result<()> {
        let book = self.book();
        if book.user.is_none() || book.writable().is_err() {
            return Ok(());
        }
        self.change_remotes(|file| file.credentials.retain(|listed| listed.uri != mark))?;
        if made_file {
            self.remove_empty_file();
        }
        Ok(())
    }

    /// Apptainer falls back to Docker's own file where it has none itself.
    pub(super) fn registry_logins_path(&self) -> PathBuf {
        let profile = self.profile();
        let own = profile.config_folder.join("docker-config.json");
        if !profile.is_apptainer() || own.exists() {
            return own;
        }
        let homes = &self.inner.homes;
        let moved = homes.variable("APPTAINER_CONFIGDIR");
        let dockers = match moved {
            Some(folder) => PathBuf::from(folder).join("config.json"),
            None => homes.home.join(".docker").join("config.json"),
        };
        if dockers.exists() { dockers } else { own }
    }

    pub(super) fn helpers(&self) -> Helpers {
        let path = self.inner.homes.variable("PATH");
        Helpers::new(path.cloned().unwrap_or_default(), HELPER)
    }
}

/// What the command line's file has for a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InFile {
    Nothing,
    Ours,
    Theirs,
}

impl InFile {
    /// Runs no program: what one keeps is taken for ours where a login was shared.
    fn of(file: Option<&LoginFile>, host: &str, shared: Option<&Shared>) -> Self {
        let listed = read_host(host).ok().and_then(|host| file?.listed(&host));
        match (listed, shared) {
            (None, Some(_)) if file.is_none() => Self::Ours,
            (None, _) => Self::Nothing,
            (Some(Listed::With(_)), Some(_)) => Self::Ours,
            (Some(Listed::Here(login)), Some(shared)) if is_ours(&login, shared) => Self::Ours,
            (Some(_), _) => Self::Theirs,
        }
    }
}

/// Whether a login is the one that was shared.
fn is_ours(login: &oci::Login, shared: &Shared) -> bool {
    matches!(login, oci::Login::Password { password, .. }
        if digest_of(password.expose_secret()) == shared.digest)
}

fn read_host(text: &str) -> Result<Host> {
    let text = text.trim();
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    bare.trim_end_matches('/').parse().map_err(|_| {
        let shown: String = bare.chars().filter(|c| !c.is_control()).take(100).collect();
        let message = format!("`{shown}` is no name of a registry");
        ApiError::new(ErrorCode::InputInvalid, message)
    })
}

pub(super) fn account_of(host: &Host) -> String {
    format!("registry:{}", host.as_str())
}

/// As the command lines mark a login that is in their other file.
fn mark_of(host: &Host) -> String {
    format!("oras://{}", host.as_str())
}

pub(super) fn file_error(error: &LoginFileError) -> ApiError {
    match error {
        LoginFileError::File {
            action,
            path,
            source,
        } if *action == "reading" => io_error(path, source),
        LoginFileError::File { path, source, .. } => write_error(path, source),
        LoginFileError::Changed(path) => ApiError::new(
            ErrorCode::FileChanged,
            format!("another program changed `{}`", name_of(path)),
        ),
        LoginFileError::Damaged { path, why } => ApiError::new(
            ErrorCode::InputInvalid,
            format!("`{}` is no file of logins: {why}", name_of(path)),
        ),
        other => ApiError::new(ErrorCode::KeychainDenied, other.to_string()),
    }
}

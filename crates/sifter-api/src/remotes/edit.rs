//! Changing the person's list of remotes.

use ::remotes::{Keyserver, Remote, keyserver_url};
use scs_client::frontend_url;
use url::Url;

use super::{
    KeyserverView, NewRemote,
    book::{Book, keep_default},
    list::{id_of, name_in, read_address},
    lookup::{account_of, exclusive},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    units::RemoteId,
};

/// No list of keyservers is longer.
const KEYSERVERS: usize = 32;

impl Sifter {
    /// Adds a remote to `remote.yaml`.
    ///
    /// # Errors
    /// `remote-name-taken`, `remote-file-damaged`, `input-invalid`.
    pub async fn add_remote(&self, new: NewRemote) -> Result<RemoteId> {
        self.off(move |sifter| {
            let book = sifter.book();
            book.writable()?;
            let (name, frontend) = read_new(&new)?;
            free(&book, &name)?;
            may_be_active(&book, &name, new.make_active)?;
            let remote = Remote {
                uri: uri_of(&frontend),
                insecure: new.is_plain_http,
                ..Remote::default()
            };
            sifter.change_remotes(|file| {
                keep_default(file, &book);
                file.remotes.insert(name.clone(), remote.clone());
                if new.make_active {
                    file.active.clone_from(&name);
                }
            })?;
            Ok(id_of(&name))
        })
        .await
    }

    /// Changes name, address or scheme of a remote of one's own. Its login stays only where the address stays.
    ///
    /// # Errors
    /// As for adding.
    pub async fn change_remote(&self, id: RemoteId, to: NewRemote) -> Result<RemoteId> {
        self.off(move |sifter| {
            let book = sifter.book();
            let old_name = own_name(&book, &id)?;
            let (name, frontend) = read_new(&to)?;
            if name != old_name {
                free(&book, &name)?;
            }
            may_be_active(&book, &name, to.make_active)?;
            let old_account = account_in(&book, &old_name);
            let moves = old_account.as_deref() != Some(&*account_of(&frontend));
            let was_active = book.active == old_name;
            sifter.change_remotes(|file| {
                let mut remote = file.remotes.remove(&old_name).unwrap_or_default();
                remote.uri = uri_of(&frontend);
                remote.insecure = to.is_plain_http;
                if moves {
                    remote.token = None;
                    remote.keyservers.retain(|keyserver| keyserver.external);
                }
                file.remotes.insert(name.clone(), remote);
                if was_active || to.make_active {
                    file.active.clone_from(&name);
                }
            })?;
            if moves {
                sifter.forget_unused(old_account.as_deref());
            }
            let new_id = id_of(&name);
            if sifter.settings_now().settings.current_remote == id && new_id != id {
                sifter.choose(new_id.clone())?;
            }
            sifter.inner.remotes.set_problem(&id, None);
            Ok(new_id)
        })
        .await
    }

    /// Removes a remote of one's own, and its login.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-fixed`, `remote-file-damaged`.
    pub async fn remove_remote(&self, id: RemoteId) -> Result<()> {
        self.off(move |sifter| {
            let book = sifter.book();
            let name = own_name(&book, &id)?;
            sifter.change_remotes(|file| {
                file.remotes.remove(&name);
                if file.active == name {
                    file.active.clear();
                }
            })?;
            sifter.forget_unused(account_in(&book, &name).as_deref());
            sifter.inner.remotes.set_problem(&id, None);
            if sifter.settings_now().settings.current_remote == id {
                sifter.choose(RemoteId::this_computer())?;
            }
            Ok(())
        })
        .await
    }

    /// Makes a remote the active one of the command line.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-exclusive`, `remote-file-damaged`.
    pub async fn make_remote_active(&self, id: RemoteId) -> Result<()> {
        self.off(move |sifter| {
            let book = sifter.book();
            book.writable()?;
            let name = listed_name(&book, &id)?;
            may_be_active(&book, &name, true)?;
            let copy = copy_of(&book, &name);
            sifter.change_remotes(|file| {
                if let (Some(copy), false) = (&copy, file.remotes.contains_key(&name)) {
                    file.remotes.insert(name.clone(), copy.clone());
                }
                file.active.clone_from(&name);
            })
        })
        .await
    }

    /// Sets the keyservers of a remote of one's own, in their order. Empty: the one that discovery names.
    ///
    /// # Errors
    /// `remote-fixed`, `input-invalid`, `remote-file-damaged`.
    pub async fn set_keyservers(&self, id: RemoteId, keyservers: Vec<KeyserverView>) -> Result<()> {
        self.off(move |sifter| {
            let book = sifter.book();
            let name = own_name(&book, &id)?;
            let keyservers = read_keyservers(&keyservers)?;
            sifter.change_remotes(|file| {
                if let Some(remote) = file.remotes.get_mut(&name) {
                    remote.keyservers.clone_from(&keyservers);
                }
            })
        })
        .await
    }

    /// Forgets a login that no remote has any more. The remote is gone already, so a keychain that does not answer only
    /// keeps what nothing leads to.
    fn forget_unused(&self, account: Option<&str>) {
        let book = self.book();
        let is_used = |account: &str| {
            book.entries
                .keys()
                .any(|name| account_in(&book, name).as_deref() == Some(account))
        };
        let Some(account) = account.filter(|account| !is_used(account)) else {
            return;
        };
        if let Err(error) = self.forget_login(account) {
            tracing::warn!(code = ?error.code, "a login that nothing leads to stays in the keychain");
        }
    }
}

/// Returns a copy of a remote that is not in the person's file and that no file of the administrator brings.
pub(super) fn copy_of(book: &Book, name: &str) -> Option<Remote> {
    let brought = book.system.as_ref();
    if brought.is_some_and(|system| system.remotes.contains_key(name)) {
        return None;
    }
    book.entries.get(name).cloned()
}

/// Returns the account of a listed remote.
fn account_in(book: &Book, name: &str) -> Option<String> {
    let entry = book.entries.get(name)?;
    let frontend = frontend_url(&entry.uri, entry.insecure).ok()?;
    Some(account_of(&frontend))
}

/// Returns the name of a remote that is listed.
pub(super) fn listed_name(book: &Book, id: &RemoteId) -> Result<String> {
    if *id == RemoteId::this_computer() {
        return Err(ApiError::plain(ErrorCode::RemoteFixed));
    }
    name_in(id)
        .filter(|name| book.entries.contains_key(*name))
        .map(str::to_owned)
        .ok_or_else(|| ApiError::plain(ErrorCode::RemoteUnknown))
}

/// Returns the name of a remote that the person may change.
fn own_name(book: &Book, id: &RemoteId) -> Result<String> {
    book.writable()?;
    let name = listed_name(book, id)?;
    if book.is_fixed(&name) {
        let message = format!("the remote `{name}` is given by the administrator");
        return Err(ApiError::new(ErrorCode::RemoteFixed, message));
    }
    Ok(name)
}

fn read_new(new: &NewRemote) -> Result<(String, Url)> {
    const LONGEST: usize = 100;
    let name = new.name.trim();
    let is_good =
        !name.is_empty() && name.chars().count() <= LONGEST && !name.chars().any(is_unseen);
    if !is_good {
        let message = "a remote needs a name of one line, of letters that can be seen";
        return Err(ApiError::new(ErrorCode::InputInvalid, message));
    }
    Ok((
        name.to_owned(),
        read_address(&new.address, new.is_plain_http)?,
    ))
}

/// A letter that nobody sees, or that turns others around: with it a name can look like another.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn free(book: &Book, name: &str) -> Result<()> {
    if book.has_name(name) {
        let message = format!("there is a remote `{name}` already");
        return Err(ApiError::new(ErrorCode::RemoteNameTaken, message));
    }
    Ok(())
}

fn may_be_active(book: &Book, name: &str, active: bool) -> Result<()> {
    match book.exclusive.as_ref().filter(|only| *only != name) {
        Some(only) if active => Err(exclusive(only)),
        _ => Ok(()),
    }
}

/// The address as the command lines can read it: without a scheme, but where there is a port they need one.
fn uri_of(frontend: &Url) -> String {
    let text = frontend.as_str().trim_end_matches('/');
    if frontend.port().is_some() || frontend.host_str().is_some_and(|host| host.contains(':')) {
        return text.to_owned();
    }
    super::list::shown_address(frontend)
}

fn read_keyservers(views: &[KeyserverView]) -> Result<Vec<Keyserver>> {
    let refuse = |message: String| Err(ApiError::new(ErrorCode::InputInvalid, message));
    if views.len() > KEYSERVERS {
        return refuse(format!("at most {KEYSERVERS} keyservers can be kept"));
    }
    if !views.is_empty() && views.iter().all(|view| view.is_skipped) {
        return refuse("one keyserver at least must be asked".into());
    }
    let mut listed: Vec<Keyserver> = Vec::new();
    for view in views {
        let address = view.address.trim();
        if keyserver_url(address).is_err() {
            return refuse(format!("`{address}` is no address of a keyserver"));
        }
        let is_same = |other: &Keyserver| ::remotes::is_same_keyserver(&other.uri, address);
        if listed.iter().any(is_same) {
            return refuse(format!("`{address}` stands in the list twice"));
        }
        listed.push(Keyserver {
            uri: address.to_owned(),
            skip: view.is_skipped,
            external: view.is_external,
            insecure: view.is_insecure,
        });
    }
    Ok(listed)
}

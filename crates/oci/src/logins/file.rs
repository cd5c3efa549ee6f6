//! The file of logins that the command lines share.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use super::{
    LoginFileError, entry,
    helper::{Helpers, Stored},
    members::Members,
};
use crate::{digest::Digest, host::Host, login::Login, reference::Repository};

/// No such file is longer.
const LONGEST: u64 = 1 << 20;

/// A file of logins as it was read, and as it will be written.
pub struct LoginFile {
    path: PathBuf,
    members: Members,
    /// What was read, to see whether another program wrote meanwhile. None: there was no file.
    read: Option<Digest>,
}

/// A login that the file tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLogin {
    /// Its name in the file: a host, a host with a path, or the old address of Docker Hub.
    pub key: String,
    /// The registry; none if the name is none.
    pub host: Option<Host>,
    /// Whose it is, where the file says so.
    pub user: Option<String>,
    /// Where the secret is.
    pub place: KeptLoginPlace,
}

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptLoginPlace {
    /// In the file, readable.
    File,
    /// With a program of this name.
    Helper(String),
}

/// What a file of logins has for a registry.
#[derive(Clone, Debug)]
pub enum Listed {
    /// The login itself.
    Here(Login),
    /// An entry that says only that a program of this name keeps it.
    With(String),
}

impl LoginFile {
    /// Reads the file at `path`; one that is not there, or is empty, has no logins.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not what the command lines write.
    pub fn read(path: &Path) -> Result<Self, LoginFileError> {
        let bytes = content(path).map_err(|source| failed("reading", path, source))?;
        Self::of(path, bytes.as_deref())
    }

    /// The file at `path` with these bytes; none if there is no file.
    pub(crate) fn of(path: &Path, bytes: Option<&[u8]>) -> Result<Self, LoginFileError> {
        let damaged = |why| LoginFileError::Damaged {
            path: path.to_owned(),
            why,
        };
        let text = bytes.unwrap_or_default();
        if text.len() as u64 > LONGEST {
            return Err(damaged("it is too long"));
        }
        let text = std::str::from_utf8(text).map_err(|_| damaged("it is no text"))?;
        let members = match text.trim() {
            "" => Members::default(),
            text => Members::read(text).ok_or_else(|| damaged("it is no JSON object"))?,
        };
        for name in ["auths", "credHelpers"] {
            let is_odd = members.get(name).is_some_and(|value| value.get() != "null")
                && members.object(name).is_none();
            if is_odd {
                return Err(damaged("its logins are no JSON object"));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            read: bytes.map(Digest::of),
            members,
        })
    }

    /// The logins that the file names. Those that a program keeps are named only if the file has an entry for them.
    #[must_use]
    pub fn logins(&self) -> Vec<KeptLogin> {
        let auths = self.auths();
        let mut logins: Vec<KeptLogin> = Vec::new();
        for key in auths.names() {
            let helper = self.helper_of(key);
            let entry = auths.get(key);
            let user = entry.and_then(entry::user);
            let has_secret = entry.and_then(entry::read).is_some();
            let place = match helper {
                Some(helper) => KeptLoginPlace::Helper(helper),
                None if has_secret => KeptLoginPlace::File,
                None => continue,
            };
            logins.push(kept(key, user, place));
        }
        for key in self
            .members
            .object("credHelpers")
            .unwrap_or_default()
            .names()
        {
            if let Some(helper) = self.helper_of(key)
                && logins.iter().all(|login| login.key != key)
            {
                logins.push(kept(key, None, KeptLoginPlace::Helper(helper)));
            }
        }
        logins
    }

    /// What the file has for a registry, as far as it says so without a program; none if it has nothing.
    #[must_use]
    pub fn listed(&self, host: &Host) -> Option<Listed> {
        let auths = self.auths();
        let mut entries = auths
            .names()
            .filter(|key| is_bare(key) && host_of(key).as_ref() == Some(host))
            .filter_map(|key| auths.get(key));
        match self.helper_of(host.login_key()) {
            Some(helper) => entries.next().map(|_| Listed::With(helper)),
            None => entries.find_map(entry::read).map(Listed::Here),
        }
    }

    /// The login for a repository, or else for its registry: the first that there is.
    ///
    /// # Errors
    ///
    /// A program that keeps it is not there or fails.
    pub async fn find(
        &self,
        repository: &Repository,
        helpers: &Helpers,
    ) -> Result<Option<Login>, LoginFileError> {
        let whole = repository.to_string();
        if let Some(login) = self.at(&whole, helpers).await? {
            return Ok(Some(login));
        }
        self.find_host(&repository.host, helpers).await
    }

    /// The login for a registry.
    ///
    /// # Errors
    ///
    /// A program that keeps it is not there or fails.
    pub async fn find_host(
        &self,
        host: &Host,
        helpers: &Helpers,
    ) -> Result<Option<Login>, LoginFileError> {
        if let Some(login) = self.at(host.login_key(), helpers).await? {
            return Ok(Some(login));
        }
        // Other programs write addresses in place of names.
        let auths = self.auths();
        let same = auths
            .names()
            .filter(|key| host_of(key).as_ref() == Some(host));
        let mut entries = same
            .filter(|key| is_bare(key))
            .filter_map(|key| auths.get(key));
        Ok(entries.find_map(entry::read))
    }

    async fn at(&self, key: &str, helpers: &Helpers) -> Result<Option<Login>, LoginFileError> {
        match self.helper_of(key) {
            Some(helper) => helpers.get(&helper, key).await,
            None => Ok(self.auths().get(key).and_then(entry::read)),
        }
    }

    /// Keeps a login for a registry as the command lines do: with the program that the file names, or else in the file.
    ///
    /// # Errors
    ///
    /// The program fails, or the file cannot be written or changed meanwhile.
    pub async fn store(
        &mut self,
        host: &Host,
        user: &str,
        password: &SecretString,
        helpers: &Helpers,
    ) -> Result<(), LoginFileError> {
        let login = Login::Password {
            user: user.to_owned(),
            password: password.clone(),
        };
        self.put(host, &login, helpers).await
    }

    /// Keeps a login of any kind, as [`Self::store`] does: one that was found in the file can so be put back.
    ///
    /// # Errors
    ///
    /// As those of [`Self::store`].
    pub async fn put(
        &mut self,
        host: &Host,
        login: &Login,
        helpers: &Helpers,
    ) -> Result<(), LoginFileError> {
        let key = host.login_key();
        let mut auths = self.auths();
        let old = auths.get(key);
        // No program keeps a token that a registry takes as it is.
        let entry = match (self.helper_of(key), Stored::of(key, login)) {
            (Some(helper), Some(stored)) => {
                helpers.store(&helper, &stored).await?;
                entry::without(old)
            }
            _ => entry::with(old, login),
        };
        if let Some(entry) = entry {
            auths.set(key, entry);
        }
        self.set_auths(&auths);
        self.write()
    }

    /// Takes the login of a registry out, under all names that it has. False if there was none.
    ///
    /// # Errors
    ///
    /// The program that keeps it fails, or the file cannot be written or changed meanwhile.
    pub async fn erase(&mut self, host: &Host, helpers: &Helpers) -> Result<bool, LoginFileError> {
        let mut auths = self.auths();
        let keys: Vec<String> = auths
            .names()
            .filter(|key| is_bare(key) && host_of(key).as_ref() == Some(host))
            .map(str::to_owned)
            .collect();
        let mut was_there = !keys.is_empty();
        if let Some(helper) = self.helper_of(host.login_key()) {
            was_there |= helpers.erase(&helper, host.login_key()).await?;
        }
        if keys.is_empty() {
            return Ok(was_there);
        }
        for key in &keys {
            auths.remove(key);
        }
        self.set_auths(&auths);
        self.write()?;
        Ok(true)
    }

    fn auths(&self) -> Members {
        self.members.object("auths").unwrap_or_default()
    }

    fn set_auths(&mut self, auths: &Members) {
        if let Some(value) = auths.value(1) {
            self.members.set("auths", value);
        }
    }

    /// The program that keeps the login of this name.
    fn helper_of(&self, key: &str) -> Option<String> {
        let of_host = host_of(key).and_then(|host| {
            let helpers = self.members.object("credHelpers")?;
            let names = [key, host.as_str(), host.login_key()];
            names.into_iter().find_map(|name| helpers.text(name))
        });
        of_host.or_else(|| self.members.text("credsStore"))
    }

    /// The bytes of the file as it will be written. They may hold passwords.
    pub(crate) fn written(&self) -> String {
        self.members.written(0)
    }

    fn write(&mut self) -> Result<(), LoginFileError> {
        let path = resolved(&self.path);
        let now = content(&path).map_err(|source| failed("reading", &path, source))?;
        if now.as_deref().map(Digest::of) != self.read {
            return Err(LoginFileError::Changed(self.path.clone()));
        }
        let text = self.written();
        replace(&path, text.as_bytes()).map_err(|source| failed("writing", &path, source))?;
        self.read = Some(Digest::of(text.as_bytes()));
        Ok(())
    }
}

fn kept(key: &str, user: Option<String>, place: KeptLoginPlace) -> KeptLogin {
    KeptLogin {
        key: key.to_owned(),
        host: host_of(key),
        user,
        place,
    }
}

/// The registry that a name of a login is for.
fn host_of(key: &str) -> Option<Host> {
    let bare = key.split_once("://").map_or(key, |(_, rest)| rest);
    bare.split('/').next()?.parse().ok()
}

/// Whether a name is for a whole registry and not for one of its repositories.
fn is_bare(key: &str) -> bool {
    let (is_address, bare) = match key.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, key),
    };
    let path = bare.split_once('/').map_or("", |(_, path)| path);
    path.is_empty() || (is_address && matches!(path.trim_end_matches('/'), "v1" | "v2"))
}

/// The bytes of a file, a little more than it may have at most; none if there is no file.
fn content(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Where a link leads: the link itself stays.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Writes the file beside the old one and puts it in its place; the mode stays, a new one is for its owner only.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.ok_or(io::ErrorKind::InvalidInput)?;
    let mut new = tempfile::Builder::new()
        .prefix("docker-config.json")
        .tempfile_in(folder)?;
    new.write_all(bytes)?;
    if let Some(mode) = mode_of(path)? {
        new.as_file().set_permissions(mode)?;
    }
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn mode_of(path: &Path) -> io::Result<Option<Permissions>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> LoginFileError {
    LoginFileError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

impl std::fmt::Debug for LoginFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "LoginFile {}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_logins_are_understood() {
        let host = |key: &str| host_of(key).map(|host| host.to_string());
        assert_eq!(
            host("https://index.docker.io/v1/").as_deref(),
            Some("docker.io")
        );
        assert_eq!(host("https://ghcr.io").as_deref(), Some("ghcr.io"));
        assert_eq!(
            host("reg.example:5000/team").as_deref(),
            Some("reg.example:5000")
        );
        assert_eq!(host(""), None);
        for (key, bare) in [
            ("https://index.docker.io/v1/", true),
            ("ghcr.io", true),
            ("https://ghcr.io/", true),
            ("https://ghcr.io/v2/", true),
            ("ghcr.io/v2", false),
            ("ghcr.io/team", false),
        ] {
            assert_eq!(is_bare(key), bare, "{key}");
        }
    }
}

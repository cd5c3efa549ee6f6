//! The file, as both command lines understand it: an unknown key anywhere makes it unreadable.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::yaml::{Entry, Kind, Node, document};

/// No file of this kind is longer.
pub(crate) const LENGTH_LIMIT: usize = 1 << 20;

/// The remotes of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemotesFile {
    /// The name of the remote that is used; empty if none was chosen.
    pub active: String,
    /// The remotes by name.
    pub remotes: BTreeMap<String, Remote>,
    /// Logins of keyservers, and marks of registry logins.
    pub credentials: Vec<Credential>,
}

/// One remote.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    /// A host with a path, usually without a scheme, see [`crate::frontend_url`].
    pub uri: String,
    /// The token of a login that is shared with the command lines.
    pub token: Option<SecretString>,
    /// Whether it comes from the administrator's file.
    pub system: bool,
    /// Whether the administrator allows no other.
    pub exclusive: bool,
    /// Whether it is asked over plain http where its services are.
    pub insecure: bool,
    /// The keyservers in order; empty means the one that the remote names.
    pub keyservers: Vec<Keyserver>,
}

/// A keyserver of a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyserver {
    /// With its scheme: `http`, `https`, `hkp` or `hkps`.
    pub uri: String,
    /// Whether it is passed over.
    pub skip: bool,
    /// Whether it was added, and is not the remote's own.
    pub external: bool,
    /// Whether its certificate is not checked.
    pub insecure: bool,
}

/// A login of a keyserver, or the mark of a registry login, which has no secret here.
#[derive(Clone, Debug, Default)]
pub struct Credential {
    /// With its scheme.
    pub uri: String,
    /// The value of the header, as `Basic …`.
    pub auth: Option<SecretString>,
    /// Whether the certificate is not checked.
    pub insecure: bool,
}

/// Why the command lines, and so Sifter, cannot read a file. Nothing of its contents is told but names of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Only blanks and comments; no bytes at all would be fine.
    #[error("the file has blanks and comments only")]
    Blank,
    /// It is no YAML, or something stands twice.
    #[error("the file cannot be read{}", at(*.line))]
    NotYaml {
        /// From 1, if known.
        line: Option<u64>,
    },
    /// A key that does not belong there. One of another case is one.
    #[error("`{key}` does not belong into the file{}", at(*.line))]
    UnknownKey {
        /// The key.
        key: String,
        /// From 1, if known.
        line: Option<u64>,
    },
    /// A value of the wrong kind.
    #[error("`{key}` has a value of the wrong kind{}", at(*.line))]
    WrongValue {
        /// The key.
        key: String,
        /// From 1, if known.
        line: Option<u64>,
    },
    /// A remote without anything in it, which makes the command lines crash.
    #[error("the remote `{0}` is empty")]
    EmptyRemote(String),
    /// It is too long to be such a file.
    #[error("the file is too long")]
    TooLong,
}

fn at(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}"))
        .unwrap_or_default()
}

impl RemotesFile {
    /// The remotes in a file.
    ///
    /// # Errors
    ///
    /// The command lines could not read it either.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadFile> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if bytes.len() > LENGTH_LIMIT {
            return Err(BadFile::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BadFile::NotYaml { line: None })?;
        file(&document(text)?.ok_or(BadFile::Blank)?)
    }
}

fn file(node: &Node) -> Result<RemotesFile, BadFile> {
    // A document of nothing says nothing, as for the command lines.
    if node.is_null() {
        return Ok(RemotesFile::default());
    }
    let members = Members::of(
        "the file",
        node,
        node.line,
        &["Active", "Remotes", "Credentials"],
    )?;
    let mut file = RemotesFile {
        active: members.text("Active")?,
        ..RemotesFile::default()
    };
    for entry in members.map("Remotes")? {
        if entry.value.is_null() {
            return Err(BadFile::EmptyRemote(entry.key.clone()));
        }
        file.remotes.insert(entry.key.clone(), remote(entry)?);
    }
    for node in members.list("Credentials")? {
        file.credentials.push(credential(node)?);
    }
    Ok(file)
}

fn remote(entry: &Entry) -> Result<Remote, BadFile> {
    const KEYS: &[&str] = &[
        "URI",
        "Token",
        "System",
        "Exclusive",
        "Insecure",
        "Keyservers",
    ];
    let members = Members::of("Remotes", &entry.value, entry.line, KEYS)?;
    Ok(Remote {
        uri: members.text("URI")?,
        token: members.secret("Token")?,
        system: members.flag("System")?,
        exclusive: members.flag("Exclusive")?,
        insecure: members.flag("Insecure")?,
        keyservers: members
            .list("Keyservers")?
            .iter()
            .map(keyserver)
            .collect::<Result<_, _>>()?,
    })
}

fn keyserver(node: &Node) -> Result<Keyserver, BadFile> {
    const KEYS: &[&str] = &["URI", "Skip", "External", "Insecure"];
    let members = Members::of("Keyservers", node, node.line, KEYS)?;
    Ok(Keyserver {
        uri: members.text("URI")?,
        skip: members.flag("Skip")?,
        external: members.flag("External")?,
        insecure: members.flag("Insecure")?,
    })
}

fn credential(node: &Node) -> Result<Credential, BadFile> {
    let members = Members::of("Credentials", node, node.line, &["URI", "Auth", "Insecure"])?;
    Ok(Credential {
        uri: members.text("URI")?,
        auth: members.secret("Auth")?,
        insecure: members.flag("Insecure")?,
    })
}

/// The members of a map that may have only some.
struct Members<'a>(&'a [Entry]);

impl<'a> Members<'a> {
    fn of(name: &str, node: &'a Node, line: u64, known: &[&str]) -> Result<Self, BadFile> {
        let Kind::Map(entries) = &node.kind else {
            return Err(wrong(name, line));
        };
        let is_unknown = |entry: &&Entry| !known.contains(&entry.key.as_str());
        match entries.iter().find(is_unknown) {
            Some(entry) => Err(BadFile::UnknownKey {
                line: Some(entry.line),
                key: shown(&entry.key),
            }),
            None => Ok(Self(entries)),
        }
    }

    fn get(&self, key: &str) -> Option<&'a Entry> {
        let entry = self.0.iter().find(|entry| entry.key == key);
        entry.filter(|entry| !entry.value.is_null())
    }

    fn map(&self, key: &str) -> Result<&'a [Entry], BadFile> {
        match self.get(key).map(|entry| (&entry.value.kind, entry.line)) {
            None => Ok(&[]),
            Some((Kind::Map(entries), _)) => Ok(entries),
            Some((_, line)) => Err(wrong(key, line)),
        }
    }

    fn list(&self, key: &str) -> Result<&'a [Node], BadFile> {
        match self.get(key).map(|entry| (&entry.value.kind, entry.line)) {
            None => Ok(&[]),
            Some((Kind::List(nodes), _)) => Ok(nodes),
            Some((_, line)) => Err(wrong(key, line)),
        }
    }

    /// Any single value is a text, as it was written.
    fn text(&self, key: &str) -> Result<String, BadFile> {
        match self.get(key).map(|entry| (&entry.value.kind, entry.line)) {
            None => Ok(String::new()),
            Some((Kind::Text { text, .. }, _)) => Ok(text.clone()),
            Some((_, line)) => Err(wrong(key, line)),
        }
    }

    fn secret(&self, key: &str) -> Result<Option<SecretString>, BadFile> {
        let text = self.text(key)?;
        Ok((!text.is_empty()).then(|| text.into()))
    }

    /// The words that the command lines' library takes for a flag. In quotes it takes only those of old.
    fn flag(&self, key: &str) -> Result<bool, BadFile> {
        let Some(entry) = self.get(key) else {
            return Ok(false);
        };
        let Kind::Text { text, is_plain } = &entry.value.kind else {
            return Err(wrong(key, entry.line));
        };
        match text.as_str() {
            "true" | "True" | "TRUE" if *is_plain => Ok(true),
            "false" | "False" | "FALSE" if *is_plain => Ok(false),
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Ok(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Ok(false),
            _ => Err(wrong(key, entry.line)),
        }
    }
}

fn wrong(key: &str, line: u64) -> BadFile {
    BadFile::WrongValue {
        key: shown(key),
        line: Some(line),
    }
}

fn shown(key: &str) -> String {
    key.chars()
        .filter(|letter| !letter.is_control())
        .take(60)
        .collect()
}

fn is_same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(ExposeSecret::expose_secret) == other.map(ExposeSecret::expose_secret)
}

impl PartialEq for Remote {
    fn eq(&self, other: &Self) -> bool {
        let rest = |remote: &Self| (remote.system, remote.exclusive, remote.insecure);
        self.uri == other.uri
            && rest(self) == rest(other)
            && self.keyservers == other.keyservers
            && is_same(self.token.as_ref(), other.token.as_ref())
    }
}

impl Eq for Remote {}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        self.uri == other.uri
            && self.insecure == other.insecure
            && is_same(self.auth.as_ref(), other.auth.as_ref())
    }
}

impl Eq for Credential {}

//! The file, as both command lines understand it: an unknown key anywhere makes it unreadable.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

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
        // Several documents: the first counts.
        let document = first_document(text);
        let has_words =
            |line: &str| !matches!(line.trim_start().as_bytes().first(), None | Some(b'#'));
        if !document.lines().any(has_words) {
            return Err(BadFile::Blank);
        }
        // The library's words may quote the file, and so a token: only the place is taken from them.
        let value: Value = serde_saphyr::from_str(document).map_err(|error| BadFile::NotYaml {
            line: error.location().map(|location| location.line()),
        })?;
        Reader { text: document }.file(&value)
    }
}

fn first_document(text: &str) -> &str {
    let start = text.strip_prefix("---\n").unwrap_or(text);
    let end = start.find("\n---").map_or(start.len(), |end| end + 1);
    start.get(..end).unwrap_or(start)
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn file(&self, value: &Value) -> Result<RemotesFile, BadFile> {
        let members = self.members("the file", value, &["Active", "Remotes", "Credentials"])?;
        let mut file = RemotesFile {
            active: self.text(members, "Active")?,
            ..RemotesFile::default()
        };
        for (name, value) in self.map(members, "Remotes")? {
            if value.is_null() {
                return Err(BadFile::EmptyRemote(name.clone()));
            }
            file.remotes.insert(name.clone(), self.remote(value)?);
        }
        for value in self.list(members, "Credentials")? {
            file.credentials.push(self.credential(value)?);
        }
        Ok(file)
    }

    fn remote(&self, value: &Value) -> Result<Remote, BadFile> {
        const KEYS: &[&str] = &[
            "URI",
            "Token",
            "System",
            "Exclusive",
            "Insecure",
            "Keyservers",
        ];
        let members = self.members("Remotes", value, KEYS)?;
        Ok(Remote {
            uri: self.text(members, "URI")?,
            token: self.secret(members, "Token")?,
            system: self.flag(members, "System")?,
            exclusive: self.flag(members, "Exclusive")?,
            insecure: self.flag(members, "Insecure")?,
            keyservers: self
                .list(members, "Keyservers")?
                .iter()
                .map(|value| self.keyserver(value))
                .collect::<Result<_, _>>()?,
        })
    }

    fn keyserver(&self, value: &Value) -> Result<Keyserver, BadFile> {
        let members = self.members(
            "Keyservers",
            value,
            &["URI", "Skip", "External", "Insecure"],
        )?;
        Ok(Keyserver {
            uri: self.text(members, "URI")?,
            skip: self.flag(members, "Skip")?,
            external: self.flag(members, "External")?,
            insecure: self.flag(members, "Insecure")?,
        })
    }

    fn credential(&self, value: &Value) -> Result<Credential, BadFile> {
        let members = self.members("Credentials", value, &["URI", "Auth", "Insecure"])?;
        Ok(Credential {
            uri: self.text(members, "URI")?,
            auth: self.secret(members, "Auth")?,
            insecure: self.flag(members, "Insecure")?,
        })
    }

    fn members<'v>(
        &self,
        name: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Result<&'v Map<String, Value>, BadFile> {
        let members = value.as_object().ok_or_else(|| self.wrong(name))?;
        match members.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(BadFile::UnknownKey {
                line: self.line_of(key),
                key: shown(key),
            }),
            None => Ok(members),
        }
    }

    /// Nothing is an empty map, as it is for the command lines.
    fn map<'v>(
        &self,
        members: &'v Map<String, Value>,
        key: &str,
    ) -> Result<Vec<(&'v String, &'v Value)>, BadFile> {
        match members.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(map)) => Ok(map.iter().collect()),
            Some(_) => Err(self.wrong(key)),
        }
    }

    fn list<'v>(&self, members: &'v Map<String, Value>, key: &str) -> Result<&'v [Value], BadFile> {
        match members.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.wrong(key)),
        }
    }

    fn text(&self, members: &Map<String, Value>, key: &str) -> Result<String, BadFile> {
        match members.get(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(self.wrong(key)),
        }
    }

    fn secret(
        &self,
        members: &Map<String, Value>,
        key: &str,
    ) -> Result<Option<SecretString>, BadFile> {
        let text = self.text(members, key)?;
        Ok((!text.is_empty()).then(|| text.into()))
    }

    /// The words that the command lines' library takes for a flag.
    fn flag(&self, members: &Map<String, Value>, key: &str) -> Result<bool, BadFile> {
        match members.get(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(word)) => match word.as_str() {
                "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Ok(true),
                "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Ok(false),
                _ => Err(self.wrong(key)),
            },
            Some(_) => Err(self.wrong(key)),
        }
    }

    fn wrong(&self, key: &str) -> BadFile {
        BadFile::WrongValue {
            key: shown(key),
            line: self.line_of(key),
        }
    }

    /// The first line that begins with the key.
    fn line_of(&self, key: &str) -> Option<u64> {
        let begins = |line: &str| {
            let rest = line.trim_start_matches([' ', '-', '{', '"', '\'']);
            rest.strip_prefix(key).is_some_and(|rest| {
                rest.trim_start_matches(['"', '\''])
                    .trim_start()
                    .starts_with(':')
            })
        };
        (1..)
            .zip(self.text.lines())
            .find_map(|(number, line)| begins(line).then_some(number))
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

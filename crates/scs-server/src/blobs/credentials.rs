//! The key of a bucket: from the environment or from a file that nobody else can read, never from arguments.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

/// No file with a key is longer.
const LONGEST: u64 = 64 << 10;
const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const TOKEN: &str = "aws_session_token";

/// The key of a bucket.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) token: Option<SecretString>,
}

/// Why there is no key of a bucket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadCredentials {
    /// The file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other users could read the file.
    #[error("`{}` can be read by others: its mode must be 0600", .0.display())]
    Open(PathBuf),
    /// A part of the key is not there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
}

impl Credentials {
    /// The key in the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    ///
    /// [`BadCredentials::Missing`].
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BadCredentials> {
        Self::from_names(|name| variable(&name.to_ascii_uppercase()))
    }

    /// The key in a file as other programs for such storage have it: `aws_access_key_id = …`, `aws_secret_access_key = …`.
    /// Of a file with sections the one named `default` is read.
    ///
    /// # Errors
    ///
    /// The file cannot be read, others can read it too, or a part of the key is missing.
    pub fn from_file(path: &Path) -> Result<Self, BadCredentials> {
        let unreadable = |source| BadCredentials::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if is_open_to_others(&metadata) {
            return Err(BadCredentials::Open(path.to_owned()));
        }
        let mut text = String::new();
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        let text = zeroize::Zeroizing::new(text);
        let lines = default_section(&text);
        Self::from_names(|name| {
            let of_name =
                |(key, value): &(&str, &str)| key.eq_ignore_ascii_case(name) && !value.is_empty();
            lines
                .iter()
                .find(|line| of_name(line))
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn from_names(find: impl Fn(&'static str) -> Option<String>) -> Result<Self, BadCredentials> {
        let needed = |name| {
            let found = find(name).map(|value| value.trim().to_owned());
            found
                .filter(|value| !value.is_empty())
                .ok_or(BadCredentials::Missing(name))
        };
        Ok(Self {
            id: needed(ID)?,
            secret: needed(SECRET)?.into(),
            token: needed(TOKEN).ok().map(SecretString::from),
        })
    }
}

/// Names and values before the first section and in the one named `default`.
fn default_section(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut is_ours = true;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            is_ours = section.trim_end_matches(']').trim() == "default";
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_ours) {
            found.push((name.trim(), value.trim()));
        }
    }
    found
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    // Files below a person's own folder are theirs alone there.
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))
            .unwrap();
        let _ = mode;
        (folder, path)
    }

    #[test]
    fn files_as_other_programs_write_them() {
        let plain = "aws_access_key_id = one\naws_secret_access_key=two=\n";
        let sections = "[other]\naws_access_key_id = no\n# a word\n[default]\nAWS_ACCESS_KEY_ID = one\naws_secret_access_key = two=\naws_session_token = three\n[last]\naws_secret_access_key = no";
        for (text, token) in [(plain, None), (sections, Some("three"))] {
            let (_folder, path) = file(text, 0o600);
            let read = Credentials::from_file(&path).unwrap();
            assert_eq!(
                (read.id.as_str(), read.secret.expose_secret()),
                ("one", "two=")
            );
            assert_eq!(
                read.token.as_ref().map(|token| token.expose_secret()),
                token
            );
            assert!(!format!("{read:?}").contains("two"));
        }
    }

    #[test]
    fn half_a_key_is_none() {
        for (text, missing) in [
            ("", ID),
            ("aws_access_key_id = one", SECRET),
            ("aws_access_key_id = one\naws_secret_access_key =", SECRET),
        ] {
            let (_folder, path) = file(text, 0o600);
            let failed = Credentials::from_file(&path).unwrap_err();
            assert!(
                matches!(failed, BadCredentials::Missing(name) if name == missing),
                "{failed}"
            );
        }
        let failed = Credentials::from_variables(|_| None).unwrap_err();
        assert!(matches!(failed, BadCredentials::Missing(ID)));
        let read = Credentials::from_variables(|name| Some(name.to_owned())).unwrap();
        assert_eq!(read.id, "AWS_ACCESS_KEY_ID");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let (_folder, path) =
                file("aws_access_key_id = one\naws_secret_access_key = two", mode);
            let failed = Credentials::from_file(&path);
            assert!(matches!(failed, Err(BadCredentials::Open(_))), "{mode:o}");
        }
    }
}

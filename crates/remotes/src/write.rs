//! The file as the command lines write it: block style, four blanks, names in order, always the same keys.

use std::fmt::Write;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::{Credential, Keyserver, Remote, RemotesFile};

impl RemotesFile {
    /// The bytes of the file. They may hold tokens.
    #[must_use]
    pub fn render(&self) -> Zeroizing<String> {
        // Made once and large enough, so that no copy of a token is left behind by growing.
        let mut text = Zeroizing::new(String::with_capacity(self.room()));
        let _ = writeln!(text, "Active: {}", *scalar(&self.active));
        if self.remotes.is_empty() {
            text.push_str("Remotes: {}\n");
        } else {
            text.push_str("Remotes:\n");
        }
        for (name, remote) in &self.remotes {
            let _ = writeln!(text, "    {}:", *scalar(name));
            write_remote(&mut text, remote);
        }
        if !self.credentials.is_empty() {
            text.push_str("Credentials:\n");
        }
        for credential in &self.credentials {
            write_credential(&mut text, credential);
        }
        text
    }

    fn room(&self) -> usize {
        let remotes = self.remotes.iter().map(|(name, remote)| {
            let token = remote
                .token
                .as_ref()
                .map_or(0, |token| token.expose_secret().len());
            let keyservers: usize = remote
                .keyservers
                .iter()
                .map(|one| 6 * one.uri.len() + 160)
                .sum();
            6 * (name.len() + remote.uri.len() + token) + keyservers + 256
        });
        let credentials = self.credentials.iter().map(|one| {
            let auth = one
                .auth
                .as_ref()
                .map_or(0, |auth| auth.expose_secret().len());
            6 * (one.uri.len() + auth) + 128
        });
        6 * self.active.len() + 128 + remotes.sum::<usize>() + credentials.sum::<usize>()
    }
}

fn write_remote(text: &mut String, remote: &Remote) {
    if !remote.uri.is_empty() {
        let _ = writeln!(text, "        URI: {}", *scalar(&remote.uri));
    }
    if let Some(token) = &remote.token {
        let _ = writeln!(text, "        Token: {}", *scalar(token.expose_secret()));
    }
    let _ = writeln!(text, "        System: {}", remote.system);
    let _ = writeln!(text, "        Exclusive: {}", remote.exclusive);
    if remote.insecure {
        text.push_str("        Insecure: true\n");
    }
    if !remote.keyservers.is_empty() {
        text.push_str("        Keyservers:\n");
    }
    for keyserver in &remote.keyservers {
        write_keyserver(text, keyserver);
    }
}

fn write_keyserver(text: &mut String, keyserver: &Keyserver) {
    let _ = writeln!(text, "            - URI: {}", *scalar(&keyserver.uri));
    let _ = writeln!(text, "              Skip: {}", keyserver.skip);
    let _ = writeln!(text, "              External: {}", keyserver.external);
    let _ = writeln!(text, "              Insecure: {}", keyserver.insecure);
}

fn write_credential(text: &mut String, credential: &Credential) {
    let _ = writeln!(text, "    - URI: {}", *scalar(&credential.uri));
    if let Some(auth) = &credential.auth {
        let _ = writeln!(text, "      Auth: {}", *scalar(auth.expose_secret()));
    }
    let _ = writeln!(text, "      Insecure: {}", credential.insecure);
}

/// A text that YAML reads back as this text. Plain where nothing else could be meant, else quoted as JSON, which YAML takes.
fn scalar(text: &str) -> Zeroizing<String> {
    if is_plain(text) {
        return Zeroizing::new(text.to_owned());
    }
    let quoted = Zeroizing::new(serde_json::Value::from(text).to_string());
    if quoted.chars().all(|letter| !is_odd(letter)) {
        return quoted;
    }
    let mut escaped = Zeroizing::new(String::with_capacity(6 * quoted.len()));
    for letter in quoted.chars() {
        if is_odd(letter) {
            let _ = write!(escaped, "\\u{:04X}", u32::from(letter));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// What JSON leaves as it is and YAML does not: control characters, ends of lines, and the mark of a file.
const fn is_odd(letter: char) -> bool {
    matches!(
        letter,
        '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
    )
}

fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ];
    let begins = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:=+@~".contains(&byte);
    // `Basic dXNl…` has one blank, and an address has a colon that no blank follows.
    let parts_are_words = text
        .split(' ')
        .all(|part| !part.is_empty() && part.bytes().all(allowed) && !part.ends_with(':'));
    begins && parts_are_words && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

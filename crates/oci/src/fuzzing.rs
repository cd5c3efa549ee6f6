//! The bodies of the fuzz targets. They panic when a promise of this crate is broken.
//!
//! Plain functions, so that the replay of the fuzz corpus in the tests runs them as well.

use std::path::Path;

use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use crate::{LoginFile, Reference, challenge, registry::target_of_next};

/// Reads a text as a reference. What is read is written so that it is read again as the same.
pub fn read_reference(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = text.parse::<Reference>();
    if let Ok(reference) = Reference::read(text) {
        let again = Reference::read(&reference.to_string());
        assert_eq!(again.as_ref(), Ok(&reference));
    }
}

/// Reads lines as the headers in which a registry says what it asks for.
pub fn read_challenge(bytes: &[u8]) {
    let values = bytes.split(|byte| *byte == b'\n');
    let headers: HeaderMap = values
        .filter_map(|value| HeaderValue::from_bytes(value).ok())
        .map(|value| (WWW_AUTHENTICATE, value))
        .collect();
    let _ = challenge::read(&headers);
}

/// Reads a text as the header in which a registry says where the next page is.
pub fn read_links(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(target) = target_of_next(text) {
        assert!(!target.contains('>') && text.contains(&format!("<{target}>")));
    }
}

/// Reads a file of logins. What is read is written so that the same logins are read again.
pub fn read_logins(bytes: &[u8]) {
    let read = |bytes: &[u8]| LoginFile::of(Path::new("docker-config.json"), Some(bytes));
    let Ok(file) = read(bytes) else { return };
    let again = read(file.written().as_bytes()).expect("what is written can be read");
    assert_eq!(again.logins(), file.logins());
}

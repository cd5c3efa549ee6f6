//! The bodies of the fuzz targets. They panic when a promise of this crate is broken.
//!
//! Plain functions, so that the replay of the fuzz corpus in the tests runs them as well.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Envelope, Failure, Frontend, Version,
    builder::Build,
    keystore::{KeySearch, Lookup, read_index, write_index},
    library::{
        Collection, Container, Entity, Image, LibraryRef, MultipartStarted, PushRef, Quota,
        SearchResult, UploadStart,
    },
};

/// Reads a text as every kind of reference. What is read is written so that it is read again as the same.
pub fn read_references(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = LibraryRef::from_uri(text);
    if let Ok(reference) = LibraryRef::from_command_line(text) {
        let again = LibraryRef::from_command_line(&reference.to_string());
        assert_eq!(again.as_ref(), Ok(&reference));
        let _ = (reference.tag(), reference.hash());
    }
    if let Ok(reference) = text.parse::<PushRef>() {
        assert_eq!(reference.to_string().parse().as_ref(), Ok(&reference));
    }
    let _ = Lookup::Index(KeySearch::read(text)).query(Some(text));
}

/// Reads a list of keys. What is read is written so that it is read again as the same.
pub fn read_key_index(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(keys) = read_index(&text) else { return };
    let again = read_index(&write_index(&keys)).expect("what is written can be read");
    assert_eq!(again, keys);
}

/// Reads bytes as the body of every kind of answer.
pub fn read_bodies(bytes: &[u8]) {
    read_body::<Entity>(bytes);
    read_body::<Collection>(bytes);
    read_body::<Container>(bytes);
    read_body::<Vec<Image>>(bytes);
    read_body::<Image>(bytes);
    read_body::<SearchResult>(bytes);
    read_body::<UploadStart>(bytes);
    read_body::<MultipartStarted>(bytes);
    read_body::<Quota>(bytes);
    read_body::<Build>(bytes);
    read_body::<Version>(bytes);
    let _ = Frontend::read(bytes);
    for kind in [None, Some("text/plain"), Some("application/json")] {
        let _ = Failure::read(500, kind, bytes);
    }
}

/// What is read is written so that it is read again as the same.
fn read_body<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(Envelope {
        data: Some(data), ..
    }) = Envelope::<T>::read(bytes)
    else {
        return;
    };
    let body = serde_json::to_vec(&Envelope::of(&data)).expect("a body can be written");
    let again = Envelope::<T>::read(&body).expect("what is written can be read");
    assert_eq!(again.data, Some(data));
}

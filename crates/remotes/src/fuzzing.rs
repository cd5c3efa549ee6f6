//! The body of the fuzz target. It panics when a promise of this crate is broken.
//!
//! A plain function, so that the replay of the fuzz corpus in the tests runs it as well.

use crate::{Product, RemotesFile, effective, frontend_url, keyserver_url};

/// Reads a file of remotes. What is read is written so that it is read again as the same.
pub fn read_remotes(bytes: &[u8]) {
    let Ok(file) = RemotesFile::parse(bytes) else {
        return;
    };
    let text = file.render();
    let again = RemotesFile::parse(text.as_bytes()).expect("what is written can be read");
    assert_eq!(*again.render(), *text);
    for remote in file.remotes.values() {
        let _ = frontend_url(&remote.uri, remote.insecure);
        for keyserver in &remote.keyservers {
            let _ = keyserver_url(&keyserver.uri);
        }
    }
    for product in [Product::Singularity, Product::Apptainer] {
        let _ = effective(Some(&file), None, product);
    }
}

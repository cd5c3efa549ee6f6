//! `key push`, `key search` and `key pull`.

use sifter_testkit::keys;

use crate::{server::Server, shell::Shell};

#[test]
fn a_key_goes_from_one_home_to_another() {
    let server = Server::start();
    let (anna, other) = (Shell::of_anna(), Shell::new());
    server.be_remote_of(&anna);
    server.be_remote_of(&other);
    let fingerprint = keys::anna().fingerprint().to_string();
    let unknown = fingerprint.replace('A', "B").replace('1', "A");
    let pushed = anna.line("key push --tokenfile token anna@lab.example");
    assert_eq!(pushed.code, 0, "{pushed:?}");
    assert!(pushed.out.contains("published at"), "{pushed:?}");
    // The line, the exit code, words of the answer.
    for (line, code, says) in [
        (
            "key search anna@lab.example".to_owned(),
            0,
            fingerprint.as_str(),
        ),
        ("key search --all Anna".to_owned(), 0, "Anna Ruiz"),
        ("key search nobody-of-this-name".to_owned(), 0, ""),
        (format!("key pull {unknown}"), 3, "no keyserver has the key"),
        (format!("key pull {fingerprint}"), 0, "new"),
        (format!("key pull {fingerprint}"), 0, "already here"),
        (format!("key search {fingerprint}"), 0, "already here"),
        ("key list".to_owned(), 0, "not trusted"),
    ] {
        let ran = other.line(&line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains(says), "{line}: {ran:?}");
    }
    let (_, none) = other.json("key search nobody-of-this-name");
    assert_eq!(none["hits"], serde_json::json!([]), "{none:#}");
}

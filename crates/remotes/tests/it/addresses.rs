//! What the texts of the file mean as addresses.

use remotes::{frontend_url, is_same_keyserver, keyserver_url};

#[test]
fn addresses_of_remotes() {
    for (uri, insecure, url) in [
        (
            "cloud.example.org",
            false,
            Some("https://cloud.example.org/"),
        ),
        ("cloud.example.org", true, Some("http://cloud.example.org/")),
        (
            "cloud.example.org/sub/",
            false,
            Some("https://cloud.example.org/sub"),
        ),
        (
            "http://localhost:8080",
            true,
            Some("http://localhost:8080/"),
        ),
        ("https://host:8443", false, Some("https://host:8443/")),
        ("host/a:b", false, Some("https://host/a:b")),
        // The traps of `remote add`.
        ("localhost:8080", true, None),
        ("127.0.0.1:8080", true, None),
        ("", false, None),
        ("https://user@host", false, None),
        ("https://host/?a=b", false, None),
        ("host name", false, None),
    ] {
        let found = frontend_url(uri, insecure).ok().map(String::from);
        assert_eq!(found.as_deref(), url, "{uri} {insecure}");
    }
}

#[test]
fn addresses_of_keyservers() {
    for (uri, url) in [
        (
            "https://keys.example.org",
            Some("https://keys.example.org/"),
        ),
        (
            "hkp://keys.example.org",
            Some("http://keys.example.org:11371/"),
        ),
        (
            "hkp://keys.example.org:80",
            Some("http://keys.example.org/"),
        ),
        (
            "hkp://keys.example.org:8080",
            Some("http://keys.example.org:8080/"),
        ),
        ("hkps://keys.example.org", Some("https://keys.example.org/")),
        ("ftp://keys.example.org", None),
        ("keys.example.org", None),
    ] {
        assert_eq!(
            keyserver_url(uri).ok().map(String::from).as_deref(),
            url,
            "{uri}"
        );
    }
    assert!(is_same_keyserver("hkp://h", "http://h:11371/path"));
    assert!(is_same_keyserver("hkps://h", "https://H"));
    assert!(!is_same_keyserver("http://h", "https://h"));
}

use super::*;

fn remotes() -> Vec<KnownRemote> {
    let remote = |id: &str, hosts: &[&str]| KnownRemote {
        id: RemoteId(id.into()),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    };
    vec![
        remote("this-computer", &["127.0.0.1:8780"]),
        remote("remote:Lab", &["lab.example.org", "library.example.org"]),
    ]
}

fn reading(text: &str) -> Option<ReferenceView> {
    let current = RemoteId::this_computer();
    read(text, &remotes(), Some(&current)).map(|reading| reading.view)
}

/// Reference as understood, server, remote, alternative.
fn library_case(text: &str, expected: (&str, &str, Option<&str>, Option<&str>)) {
    let view = reading(text).unwrap_or_else(|| panic!("`{text}` is a reference"));
    let remote = view.remote.as_ref().map(|remote| remote.0.as_str());
    assert_eq!(
        (
            view.reference.as_str(),
            view.server.as_str(),
            remote,
            view.alternative.as_deref()
        ),
        expected,
        "{text}"
    );
    assert_eq!(view.problem, None, "{text}");
}

#[test]
fn references_of_libraries_are_read_as_the_command_lines_do() {
    let here = Some("this-computer");
    let host = "127.0.0.1:8780";
    library_case("e/c/i", ("library://e/c/i:latest", host, here, None));
    library_case("library:e/c/i:1", ("library://e/c/i:1", host, here, None));
    library_case("LIBRARY://e/c/i:1", ("library://e/c/i:1", host, here, None));
    library_case(
        " library:///e/c/i ",
        ("library://e/c/i:latest", host, here, None),
    );
    library_case(
        "alpine:3",
        (
            "library://alpine:3",
            host,
            here,
            Some("library://library/default/alpine:3"),
        ),
    );
    library_case(
        "tools/samtools",
        (
            "library://tools/samtools:latest",
            host,
            here,
            Some("library://library/tools/samtools:latest"),
        ),
    );
    library_case(
        "library://lab.example.org/alpine",
        (
            "library://lab.example.org/alpine:latest",
            host,
            here,
            Some("library://lab.example.org/library/default/alpine:latest"),
        ),
    );
    library_case(
        "library://Library.example.org/e/c/i:1.0,2.0",
        (
            "library://Library.example.org/e/c/i:1.0,2.0",
            "Library.example.org",
            Some("remote:Lab"),
            None,
        ),
    );
    library_case(
        "localhost:8080/alpine",
        (
            "library://localhost:8080/library/default/alpine:latest",
            "localhost:8080",
            None,
            None,
        ),
    );
    let hash = format!("sha256.{}", "0a".repeat(32));
    let view = reading(&format!("e/c/i:{hash}")).expect("a reference");
    assert_eq!((view.tag, view.hash), (None, Some(hash)));
}

#[test]
fn what_is_wrong_with_a_reference_is_told_by_code() {
    for (text, code) in [
        ("library://E/c/i", ErrorCode::NameNotAllowed),
        ("e/c/Image", ErrorCode::NameNotAllowed),
        ("e/c/i:-1", ErrorCode::NameNotAllowed),
        ("library://e/c/i?x=1", ErrorCode::ReferenceInvalid),
        ("library://u@h/e/c/i", ErrorCode::ReferenceInvalid),
        ("a/b/c/d/e", ErrorCode::ReferenceInvalid),
        ("library://", ErrorCode::ReferenceInvalid),
        ("docker://alpine:3", ErrorCode::TransportUnsupported),
        ("docker-daemon:img:1", ErrorCode::TransportUnsupported),
        ("shub://user/img", ErrorCode::TransportUnsupported),
        ("oras://ghcr.io", ErrorCode::ReferenceInvalid),
        ("https://u:p@h/x.sif", ErrorCode::ReferenceInvalid),
        ("https://h/", ErrorCode::ReferenceInvalid),
    ] {
        let view = reading(text).unwrap_or_else(|| panic!("`{text}` is meant as a reference"));
        assert_eq!(
            view.problem.map(|problem| problem.code),
            Some(code),
            "{text}"
        );
        assert!(!view.reference.contains("u:p"), "no login is kept");
    }
}

#[test]
fn other_texts_are_no_references() {
    let long = "a".repeat(5000);
    for text in [
        "",
        "  ",
        "two words",
        "/home/anna/x.sif",
        "./x.sif",
        "~/x.sif",
        "C:\\images\\x.sif",
        "file:///x.sif",
        "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B",
        "0xE6A31D7B",
        "Samtools",
        "mail@example.org",
        "a\u{0}b",
        &long,
    ] {
        assert_eq!(reading(text), None, "{text:?}");
    }
}

#[test]
fn registries_and_addresses_are_taken_apart() {
    let view = reading("oras://ghcr.io/a/b/c/img:1.0").expect("a reference");
    assert_eq!(view.transport, Transport::Oras);
    assert_eq!(
        (
            view.server.as_str(),
            view.entity.as_deref(),
            view.collection.as_deref()
        ),
        ("ghcr.io", Some("a/b"), Some("c"))
    );
    assert_eq!(
        (view.container.as_str(), view.tag.as_deref()),
        ("img", Some("1.0"))
    );
    assert_eq!(view.suggested_name, "img_1.0.sif");
    let view = reading("oras://localhost:5000/img").expect("a reference");
    assert_eq!(view.reference, "oras://localhost:5000/img:latest");
    assert_eq!(
        (view.server.as_str(), view.problem),
        ("localhost:5000", None)
    );
    let view = reading("https://example.org/p/img.sif?download=1").expect("a reference");
    assert_eq!(
        (view.transport, view.container.as_str()),
        (Transport::Http, "img.sif")
    );
    assert_eq!(view.suggested_name, "img.sif");
    let view = reading("shub://hub.example.org/user/img:1").expect("a reference");
    assert_eq!(
        (view.server.as_str(), view.problem),
        ("hub.example.org", None)
    );
}

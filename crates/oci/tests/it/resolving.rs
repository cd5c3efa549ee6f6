//! What references lead to, and what servers may not make of it.

use oci::{Cause, Digest, SIF_LAYER};
use sifter_testkit::http::Answer;

use crate::twin::{Door, Twin, bytes};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn entry(digest: Digest, arch: &str) -> String {
    format!(
        r#"{{"mediaType":"x","digest":"{digest}","size":0,"platform":{{"architecture":"{arch}","os":"linux"}}}}"#
    )
}

#[tokio::test]
async fn a_tag_leads_to_a_file() {
    let twin = Twin::start(Door::Open).await;
    let file = bytes(5000);
    let digest = twin.put("1.0", &file);
    let registry = twin.registry(None);
    let found = registry
        .resolve(&twin.reference("lab/x:1.0"), Some("arm64"))
        .await
        .unwrap();
    assert_eq!((found.digest, found.size), (digest, 5000));
    assert_eq!(found.architectures, Vec::<String>::new());
    // The pinned reference leads to the same, whatever becomes of the tag.
    twin.put("1.0", b"other");
    let again = registry.resolve(&found.reference, None).await.unwrap();
    assert_eq!(again.digest, digest);
    let error = registry
        .resolve(&twin.reference("lab/x:2"), None)
        .await
        .unwrap_err();
    assert!(error.is_missing(), "{error}");
    assert!(error.to_string().contains("not known here"), "{error}");
}

#[tokio::test]
async fn an_index_has_one_file_for_each_architecture() {
    let twin = Twin::start(Door::Open).await;
    let mut entries = Vec::new();
    for arch in ["amd64", "arm64"] {
        twin.put("latest", arch.as_bytes());
        let manifest = twin.store.lock().unwrap().manifests["latest"].1.clone();
        entries.push(entry(Digest::of(&manifest), arch));
    }
    let index = format!(r#"{{"manifests":[{}]}}"#, entries.join(","));
    twin.put_manifest("multi", INDEX, &index);
    let registry = twin.registry(None);
    let reference = twin.reference("x/y:multi");
    for (wanted, has) in [
        (Some("arm64"), "arm64"),
        (Some("amd64"), "amd64"),
        (None, "amd64"),
    ] {
        let found = registry.resolve(&reference, wanted).await.unwrap();
        assert_eq!(found.digest, Digest::of(has.as_bytes()));
        assert_eq!(found.architecture.as_deref(), Some(has));
        assert_eq!(found.architectures, ["amd64", "arm64"]);
    }
    let error = registry
        .resolve(&reference, Some("riscv64"))
        .await
        .unwrap_err();
    assert!(
        matches!(error.cause(), Cause::NoArchitecture { have, .. } if have == &["amd64", "arm64"]),
        "{error}"
    );
    let single = format!(r#"{{"manifests":[{}]}}"#, entries[1]);
    twin.put_manifest("single", INDEX, &single);
    let reference = twin.reference("x/y:single");
    assert!(registry.resolve(&reference, None).await.is_ok());
    assert!(registry.resolve(&reference, Some("amd64")).await.is_err());
}

#[tokio::test]
async fn what_is_no_sif_file_is_named() {
    let twin = Twin::start(Door::Open).await;
    let digest = Digest::of(b"x");
    let layer = |kind: &str| {
        format!(r#"{{"layers":[{{"mediaType":"{kind}","digest":"{digest}","size":1}}]}}"#)
    };
    let deep = twin.put_manifest("deep", INDEX, r#"{"manifests":[]}"#);
    let cases = [
        (
            layer("application/vnd.docker.image.rootfs.diff.tar.gzip"),
            "OCI image",
        ),
        (
            layer("application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
            "helm.chart",
        ),
        ("{}".to_owned(), "`nothing`"),
        ("<html>".to_owned(), "no manifest"),
        (
            r#"{"manifests":[]}"#.to_owned(),
            "an index without architectures",
        ),
        (
            r#"{"manifests":[{"digest":"../../../x"}]}"#.to_owned(),
            "an index without digests",
        ),
        (
            format!(r#"{{"manifests":[{}]}}"#, entry(deep, "amd64")),
            "an index inside of an index",
        ),
        (
            r#"{"layers":[{"mediaType":"#.to_owned()
                + &format!("\"{SIF_LAYER}\",\"digest\":\"sha256:1\"}}]}}"),
            "without a digest",
        ),
    ];
    for (manifest, expected) in cases {
        twin.put_manifest("odd", oci::MANIFEST, &manifest);
        let error = twin
            .registry(None)
            .resolve(&twin.reference("x/y:odd"), Some("amd64"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{manifest}: {error}");
    }
}

#[tokio::test]
async fn a_manifest_is_what_its_digest_says() {
    let told = Digest::of(b"something else").to_string();
    let twin = Twin::with(Door::Open, move |request, _| {
        let answer = Answer::new(200, "{}").with("Content-Type", oci::MANIFEST);
        match request.path.as_str() {
            "/v2/x/y/manifests/told" => Some(answer.with("Docker-Content-Digest", &told)),
            path if path.contains("/manifests/sha256:") => Some(answer),
            _ => None,
        }
    })
    .await;
    let asked = format!("x/y@{}", Digest::of(b"another"));
    for rest in ["x/y:told", &asked] {
        let error = twin
            .registry(None)
            .resolve(&twin.reference(rest), None)
            .await
            .unwrap_err();
        assert!(
            matches!(error.cause(), Cause::Digest { .. }),
            "{rest}: {error}"
        );
    }
}

#[tokio::test]
async fn answers_have_a_limit() {
    let twin = Twin::with(Door::Open, |request, _| {
        request
            .path
            .contains("/manifests/")
            .then(|| Answer::new(200, vec![b' '; (4 << 20) + 1]))
    })
    .await;
    let error = twin
        .registry(None)
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap_err();
    assert!(matches!(error.cause(), Cause::Answer(_)), "{error}");
}

#[tokio::test]
async fn tags_come_in_pages() {
    let twin = Twin::with(Door::Open, |request, _| {
        let page = |tags: &str, next: &str| {
            let answer = Answer::new(200, format!(r#"{{"tags":{tags}}}"#));
            Some(match next {
                "" => answer,
                next => answer.with("Link", format!("<{next}>; rel=\"next\"")),
            })
        };
        match request.path.as_str() {
            "/v2/a/b/tags/list?n=1000" => page(r#"["1","2"]"#, "/v2/a/b/tags/list?last=2"),
            "/v2/a/b/tags/list?last=2" => page(r#"["3"]"#, "list?last=3"),
            "/v2/a/b/tags/list?last=3" => page("null", ""),
            "/v2/a/away/tags/list?n=1000" => page("[]", "http://127.0.0.1:1/v2/"),
            "/v2/a/circle/tags/list?n=1000" => page("[]", "list?n=1000"),
            _ => None,
        }
    })
    .await;
    let registry = twin.registry(None);
    let tags = async |path: &str| registry.tags(&twin.reference(path).repository).await;
    assert_eq!(tags("a/b").await.unwrap(), ["1", "2", "3"]);
    assert!(matches!(
        tags("a/away").await.unwrap_err().cause(),
        Cause::Redirect(_)
    ));
    assert!(matches!(
        tags("a/circle").await.unwrap_err().cause(),
        Cause::Answer(_)
    ));
}

//! Certificate chains for code signing.

use sif_integrity::{CertificateError, CertificatePools, X509Certificate, verify_leaf};

use crate::support::{NOW, check, data, pem_keys, private, sign_pem, two_groups, verdict};

fn certificate(name: &str) -> X509Certificate {
    X509Certificate::from_pem(&data(&format!("certs/{name}.pem"))).expect("a certificate")
}

fn run(
    leaf: &str,
    intermediates: &[&str],
    roots: &[&str],
    now: i64,
) -> Result<usize, CertificateError> {
    let all = |names: &[&str]| names.iter().map(|name| certificate(name)).collect();
    let pools = CertificatePools {
        intermediates: all(intermediates),
        roots: all(roots),
    };
    verify_leaf(&certificate(leaf), &pools, now).map(|verified| verified.chain.len())
}

/// Leaf, intermediates, roots, and the length of the chain.
type Case<'a> = (
    &'a str,
    &'a [&'a str],
    &'a [&'a str],
    Result<usize, CertificateError>,
);

#[test]
fn chains() {
    let unknown = Err(CertificateError::UnknownAuthority);
    let middle = ["intermediate"];
    let root = ["root"];
    let cases: Vec<Case<'_>> = vec![
        ("leaf", &middle, &root, Ok(3)),
        ("leaf-any", &middle, &root, Ok(3)),
        (
            "leaf-tls",
            &middle,
            &root,
            Err(CertificateError::WrongPurpose),
        ),
        (
            "leaf-critical",
            &middle,
            &root,
            Err(CertificateError::CriticalExtension),
        ),
        ("leaf", &[], &root, unknown.clone()),
        ("leaf", &middle, &[], unknown.clone()),
        ("leaf", &["root", "intermediate"], &[], unknown.clone()),
        ("leaf", &[], &middle, Ok(2)),
        ("root", &[], &root, Ok(1)),
        ("root", &[], &[], unknown.clone()),
        ("intermediate", &[], &root, Ok(2)),
        (
            "below-leaf",
            &["leaf", "intermediate"],
            &root,
            unknown.clone(),
        ),
        (
            "too-deep",
            &["second-intermediate", "intermediate"],
            &root,
            unknown,
        ),
    ];
    for (leaf, intermediates, roots, expected) in cases {
        assert_eq!(
            run(leaf, intermediates, roots, NOW),
            expected,
            "{leaf} {intermediates:?} {roots:?}"
        );
    }
}

#[test]
fn time_is_the_callers() {
    let at = |now| run("leaf", &["intermediate"], &["root"], now);
    assert!(matches!(
        at(1_700_000_000),
        Err(CertificateError::NotYetValid { .. })
    ));
    assert!(matches!(
        at(5_000_000_000),
        Err(CertificateError::Expired { .. })
    ));
}

#[test]
fn a_verified_leaf_verifies_an_image() {
    let signed = sign_pem(two_groups(), &[private("rsa")]);
    let pools = CertificatePools {
        intermediates: X509Certificate::pool_from_pem(&data("certs/intermediate.pem"))
            .expect("one"),
        roots: X509Certificate::pool_from_pem(&data("certs/root.pem")).expect("one"),
    };
    let leaf = verify_leaf(&certificate("leaf"), &pools, NOW).expect("a good chain");
    assert!(leaf.chain[0].subject().contains("leaf"));
    assert_eq!(
        leaf.check_revocation(),
        Err(CertificateError::OcspNotSupported)
    );
    let mut keys = pem_keys(&[]);
    keys.pem.push(leaf.public_key);
    assert_eq!(verdict(&check(&signed, &keys)), "ok");
}

#[test]
fn other_files_are_refused() {
    assert_eq!(
        X509Certificate::from_pem(b"").err(),
        Some(CertificateError::NoPem)
    );
    let key = data("keys/p256.pub.pem");
    let error = X509Certificate::from_pem(&key).err();
    assert_eq!(
        error,
        Some(CertificateError::NotACertificate("PUBLIC KEY".to_owned()))
    );
    let mixed = [data("certs/root.pem"), key].concat();
    assert!(X509Certificate::pool_from_pem(&mixed).is_err());
    let cut = sif_integrity::encode_pem("CERTIFICATE", &[0x30, 0x82, 0xff, 0xff]);
    assert_eq!(
        X509Certificate::from_pem(cut.as_bytes()).err(),
        Some(CertificateError::Malformed)
    );
}

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

/// What apptainer 1.4.5 takes and refuses; of names it says more than here.
#[test]
fn chains_of_rarer_kinds() {
    let cases = [
        ("pss-leaf-256", "pss-root", Ok(2)),
        ("pss-leaf-384", "pss-root", Ok(2)),
        ("pss-leaf-512", "pss-root", Ok(2)),
        (
            "pss-short-salt",
            "pss-root",
            Err(CertificateError::UnknownAuthority),
        ),
        ("names-leaf", "names-root", Ok(2)),
        (
            "names-leaf-with-name",
            "names-root",
            Err(CertificateError::NameConstraints),
        ),
        (
            "folders-leaf",
            "folders-root",
            Err(CertificateError::NameConstraints),
        ),
        ("policy-leaf", "policy-root", Ok(2)),
    ];
    for (leaf, root, expected) in cases {
        assert_eq!(run(leaf, &[], &[root], NOW), expected, "{leaf}");
    }
}

#[test]
fn a_pss_signature_over_other_bytes_is_refused() {
    let block = sif_integrity::first_block(&data("certs/pss-leaf-256.pem")).expect("a block");
    let mut der = block.contents.to_vec();
    let at = der.windows(8).position(|window| window == b"PSS leaf");
    der[at.expect("the subject")] = b'Q';
    let leaf = X509Certificate::from_der(&der).expect("still a certificate");
    let pools = CertificatePools {
        intermediates: Vec::new(),
        roots: vec![certificate("pss-root")],
    };
    let error = verify_leaf(&leaf, &pools, NOW).err();
    assert_eq!(error, Some(CertificateError::UnknownAuthority));
}

#[test]
fn the_algorithm_inside_is_the_one_outside() {
    let block = sif_integrity::first_block(&data("certs/names-root.pem")).expect("a block");
    let mut der = block.contents.to_vec();
    // RSA with SHA-256, which the last byte of the last place where it stands makes another.
    let oid = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    let at = der.windows(oid.len()).rposition(|window| window == oid);
    let at = at.expect("the algorithm") + oid.len() - 1;
    der[at] ^= 1;
    assert_eq!(
        X509Certificate::from_der(&der).err(),
        Some(CertificateError::Malformed)
    );
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

//! What the real command would print.

use sif_integrity::command_line::{Answer, Call, Dialect, Found, KeySource, answer};
use sif_integrity::{CertificateError, KeyMaterial, RingName};

use crate::support::*;

fn call(key_source: KeySource) -> Call {
    Call {
        dialect: Dialect::Singularity,
        image: "my.sif".to_owned(),
        key_source,
    }
}

fn run(bytes: &[u8], keys: &KeyMaterial) -> Answer {
    let image = image(bytes);
    let strict = check(bytes, keys).strict;
    answer(
        &call(KeySource::OpenPgp),
        Found::Verified {
            image: &image,
            strict: &strict,
            keys,
        },
    )
}

#[test]
fn the_prefix_tells_the_ring() {
    let signed = sign(two_groups(), &ALICE);
    for (name, prefix) in [
        (RingName::Global, "[GLOBAL]           "),
        (RingName::Local, "[LOCAL]            "),
        (RingName::Given, "[REMOTE]           "),
    ] {
        let mut material = keys(&[]);
        material.rings = vec![ring(name, &[ALICE.certificate()])];
        let found = run(&signed, &material);
        assert_eq!(found.exit_code, 0);
        let first = format!("{prefix}Signing entity: Alice <someone@example.com>\n");
        assert!(found.stdout.starts_with(&first), "{}", found.stdout);
        assert!(
            found
                .stdout
                .contains(&format!("{prefix}Fingerprint: {}\n", ALICE.fingerprint()))
        );
        assert!(
            found
                .json
                .contains("Alice \\u003csomeone@example.com\\u003e")
        );
        let local = format!("\"KeyLocal\": {}", name == RingName::Local);
        assert!(found.json.contains(&local));
        assert!(found.json.ends_with("}\n"));
    }
}

#[test]
fn failures() {
    let mut changed = sign(two_groups(), &ALICE);
    let at = image(&changed).objects()[1].offset() as usize;
    changed[at] ^= 1;
    let found = run(&changed, &keys(&[&ALICE]));
    assert_eq!(found.exit_code, 255);
    assert!(
        found
            .stdout
            .contains("1   |1       |NONE    |Generic/Raw\n")
    );
    assert!(!found.stdout.contains("2   |1"));
    assert!(found.stdout.ends_with(
        "\nError encountered during signature verification: data object integrity compromised: 2\n"
    ));
    assert_eq!(
        found.stderr,
        "INFO:    Verifying image with PGP key material\n\
         FATAL:   failed to verify container: integrity: data object integrity compromised: 2\n"
    );
    assert!(found.json.contains("\"DataCheck\": false"));
    let unsigned = run(&two_groups(), &keys(&[&ALICE]));
    assert_eq!(
        unsigned.json,
        "{\n  \"Signatures\": 0,\n  \"SignerKeys\": null\n}\n"
    );
}

#[test]
fn failures_before_verifying() {
    let source = KeySource::Certificate("leaf.pem".to_owned());
    let expired = CertificateError::Expired {
        not_after: 1_900_000_000,
    };
    let found = answer(
        &call(source),
        Found::BadCertificate(&expired, 2_000_000_000),
    );
    assert_eq!(
        found.stderr,
        "INFO:    Verifying image with key material from certificate 'leaf.pem'\n\
         FATAL:   failed to verify container: x509: certificate has expired or is not yet valid: \
         current time 2033-05-18T03:33:20Z is after 2030-03-17T17:46:40Z\n"
    );
    let error = sif::Image::read(&b"no image"[..]).expect_err("far too short");
    let found = answer(&call(KeySource::OpenPgp), Found::NotLoaded(&error));
    assert!(
        found
            .stderr
            .ends_with("container: reading global header: unexpected EOF\n")
    );
}

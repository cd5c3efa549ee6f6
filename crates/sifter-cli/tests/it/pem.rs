//! PEM keys and certificates, made by OpenSSL.

use std::process::Command;

use sifter_testkit::{faults, images};

use crate::shell::{Ran, Shell, VARIABLE};

/// Runs `openssl` with a line of words in the folder that the person works in.
fn openssl(shell: &Shell, line: &str) -> bool {
    let mut command = Command::new("openssl");
    command.current_dir(shell.path("x").parent().unwrap());
    command.args(line.split_whitespace());
    command.output().is_ok_and(|output| output.status.success())
}

/// Returns nothing, and says so, where OpenSSL is not there.
fn with_pair(test: &str) -> Option<Shell> {
    let shell = Shell::of_anna();
    let made = openssl(&shell, "genpkey -algorithm ED25519 -out key.pem")
        && openssl(&shell, "pkey -in key.pem -pubout -out public.pem")
        && openssl(
            &shell,
            "pkcs8 -topk8 -in key.pem -out locked.pem -v2 aes-256-cbc -passout pass:opensesame",
        )
        && openssl(&shell, "genpkey -algorithm ED25519 -out other.pem")
        && openssl(&shell, "pkey -in other.pem -pubout -out stranger.pem");
    if !made {
        faults::skip(test, "`openssl` is not there");
        return None;
    }
    shell.put("x.sif", images::plain());
    Some(shell)
}

#[test]
fn signing_and_verifying_with_pem_keys() {
    let Some(shell) = with_pair("signing with PEM keys") else {
        return;
    };
    shell.put(
        "broken.pem",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    );
    shell.put("text.pem", "hello\n");
    for (line, passphrase, code, says) in [
        (
            "sign --pem-key locked.pem --copy x.sif",
            None,
            4,
            "SIFTER_PASSPHRASE",
        ),
        (
            "sign --pem-key locked.pem --copy x.sif",
            Some("wrong"),
            4,
            "does not unlock",
        ),
        (
            "sign --pem-key locked.pem --copy x.sif",
            Some("opensesame"),
            0,
            "x-signed.sif: signed",
        ),
        ("sign --pem-key key.pem x.sif", None, 0, "x.sif: signed"),
        ("sign --pem-key broken.pem x.sif", None, 3, ""),
        ("sign --pem-key text.pem x.sif", None, 3, ""),
        ("sign --pem-key public.pem x.sif", None, 3, ""),
        ("sign --pem-key gone.pem x.sif", None, 3, "gone.pem"),
        (
            "sign --pem-key key.pem --key Anna x.sif",
            None,
            2,
            "cannot be used with",
        ),
        ("verify --pem public.pem x.sif", None, 0, "Verified"),
        ("verify --key public.pem x-signed.sif", None, 0, "Verified"),
        (
            "verify --pem stranger.pem --pem public.pem x.sif",
            None,
            0,
            "Verified",
        ),
        ("verify --pem stranger.pem x.sif", None, 1, "Unknown key"),
        ("verify --pem text.pem x.sif", None, 3, "text.pem"),
        ("verify --pem broken.pem x.sif", None, 3, "broken.pem"),
        ("verify x.sif", None, 1, ""),
    ] {
        let mut command = shell.command(&line.split_whitespace().collect::<Vec<_>>());
        command.envs(passphrase.map(|passphrase| (VARIABLE, passphrase)));
        let ran = Ran::of(&command.output().unwrap());
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(
            format!("{}{}", ran.out, ran.err).contains(says),
            "{line}: {ran:?}"
        );
    }
}

#[test]
fn of_several_images_the_good_ones_are_signed() {
    let Some(shell) = with_pair("signing several images with a PEM key") else {
        return;
    };
    shell.put("y.sif", images::plain());
    shell.put("empty.sif", "");
    let mut command = shell.command(&[
        "--json",
        "sign",
        "--pem-key",
        "locked.pem",
        "x.sif",
        "gone.sif",
        "empty.sif",
        "y.sif",
    ]);
    let ran = Ran::of(&command.env(VARIABLE, "opensesame").output().unwrap());
    let json = ran.json();
    let items: Vec<_> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["name"].as_str(), item["error"]["code"].as_str()))
        .collect();
    let expected = [
        (Some("x.sif"), None),
        (Some("gone.sif"), Some("file-missing")),
        (Some("empty.sif"), Some("file-empty")),
        (Some("y.sif"), None),
    ];
    assert_eq!((ran.code, items.as_slice()), (1, &expected[..]), "{json:#}");
    assert_eq!(shell.line("verify --pem public.pem x.sif y.sif").code, 0);
}

#[test]
fn a_certificate_and_its_roots() {
    let Some(shell) = with_pair("verifying with a certificate") else {
        return;
    };
    shell.put(
        "ca.ext",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
    );
    shell.put(
        "leaf.ext",
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n",
    );
    let made = openssl(&shell, "req -new -key other.pem -subj /CN=Root -out ca.csr")
        && openssl(
            &shell,
            "x509 -req -in ca.csr -signkey other.pem -extfile ca.ext -days 30 -out ca.pem",
        )
        && openssl(
            &shell,
            "req -new -key key.pem -subj /CN=Signer -out leaf.csr",
        )
        && openssl(
            &shell,
            "x509 -req -in leaf.csr -CA ca.pem -CAkey other.pem -CAcreateserial -extfile leaf.ext -days 30 -out leaf.pem",
        );
    assert!(made, "certificates can be made");
    assert_eq!(shell.line("sign --pem-key key.pem x.sif").code, 0);
    for (line, code) in [
        ("--certificate leaf.pem --certificate-roots ca.pem x.sif", 0),
        (
            "--certificate leaf.pem --certificate-intermediates ca.pem --certificate-roots ca.pem x.sif",
            0,
        ),
        (
            "--certificate leaf.pem --certificate-roots leaf.pem --certificate-intermediates ca.pem x.sif",
            0,
        ),
        ("--certificate leaf.pem x.sif", 3),
        ("--certificate ca.pem --certificate-roots ca.pem x.sif", 1),
        ("--certificate key.pem --certificate-roots ca.pem x.sif", 3),
        (
            "--certificate leaf.pem --certificate-roots gone.pem x.sif",
            3,
        ),
    ] {
        let ran = shell.line(&format!("verify {line}"));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
    }
}

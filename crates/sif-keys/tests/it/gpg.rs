//! GnuPG as the other party, both ways.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pgp::composed::CleartextSignedMessage;
use sif_keys::{
    Algorithm, Certificate, Fingerprint, GnuPg, GnuPgError, KeyFault, KeyId, KeyPart, NewAlgorithm,
    NewKey, Protection, RevocationReason, SecretCertificate, UserName, Weakness,
};
use tempfile::TempDir;

use crate::support::{DAY, PASSPHRASE};

/// A home of GnuPG with its own agent.
pub(crate) struct Gpg(TempDir);

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--kill", "all"])
            .output();
    }
}

/// `None`, with a word about it, where GnuPG is not installed.
pub(crate) fn gpg() -> Option<Gpg> {
    if Command::new("gpg").arg("--version").output().is_err() {
        eprintln!("SKIPPED: gpg is not installed");
        return None;
    }
    // Short, because the socket of the agent lies in it.
    let home = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).unwrap();
    }
    Some(Gpg(home))
}

fn now() -> i64 {
    i64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap()
}

impl Gpg {
    fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(self.path()).env("LC_ALL", "C");
        command.args([
            "--batch",
            "--yes",
            "--no-tty",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            PASSPHRASE,
        ]);
        command.args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn text(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.run(arguments)).unwrap()
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Makes a key from parameters and returns its fingerprint.
    fn make(&self, parameters: &str) -> String {
        let text =
            format!("{parameters}\nName-Real: Test\nName-Email: test@example.org\n%commit\n");
        let file = self.file("parameters", text.as_bytes());
        self.run(&["--gen-key", &file]);
        self.fingerprint()
    }

    /// Fingerprint of the key that was made last.
    fn fingerprint(&self) -> String {
        let list = self.text(&["--with-colons", "--list-keys"]);
        let last = list.rsplit("pub:").next().unwrap();
        let line = last.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    fn export(&self) -> Certificate {
        let mut keys = Certificate::parse_all(&self.run(&["--export"])).unwrap();
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }

    fn clear_sign(&self, text: &str) -> String {
        let file = self.file("text", text.as_bytes());
        self.text(&["--clearsign", "--output", "-", &file])
    }
}

const OPEN: &str = "%no-protection";

/// The key of a clear-signed text in this certificate, if the arithmetic fits.
fn check_signature(certificate: &Certificate, text: &str) -> Option<(bool, Result<(), KeyFault>)> {
    let (message, _) = CleartextSignedMessage::from_string(text).unwrap();
    let signature = &message.signatures()[0];
    let mut id = [0; 8];
    id.copy_from_slice(signature.issuer_key_id()[0].as_ref());
    let signer = certificate.signer(KeyId(id))?;
    if let Err(error) = signer.verify(signature, message.signed_text().as_bytes()) {
        panic!("{error}\n{text}\n{}", certificate.to_armored());
    }
    assert!(signer.verify(signature, &b"something else"[..]).is_err());
    Some((
        signer.is_primary(),
        certificate.judge_signature(signer, signature, now()),
    ))
}

fn new_key(algorithm: NewAlgorithm) -> NewKey {
    NewKey {
        algorithm,
        name: UserName::new("Ada Lovelace", "work", "ada@example.org").unwrap(),
        passphrase: PASSPHRASE.into(),
        now: now() - 60,
        expires: Some(now() + 100 * DAY),
    }
}

#[test]
fn gpg_takes_our_keys_and_verifies_with_them() {
    for algorithm in [NewAlgorithm::Ed25519, NewAlgorithm::Rsa2048] {
        let Some(gpg) = gpg() else { return };
        let wanted = new_key(algorithm);
        let key = wanted.make().unwrap();
        let file = gpg.file("key", key.to_armored().as_bytes());
        gpg.run(&["--import", &file]);
        let list = gpg.text(&["--with-colons", "--fixed-list-mode", "--list-secret-keys"]);
        let field = |kind: &str, at: usize| -> String {
            let line = list.lines().find(|line| line.starts_with(kind)).unwrap();
            line.split(':').nth(at).unwrap().to_owned()
        };
        assert_eq!(field("fpr", 9), key.fingerprint().to_string());
        assert_eq!(field("sec", 5), wanted.now.to_string());
        assert_eq!(field("sec", 6), wanted.expires.unwrap().to_string());
        assert_eq!(field("ssb", 6), wanted.expires.unwrap().to_string());
        let mut flags: Vec<char> = field("sec", 11)
            .chars()
            .filter(|c| c.is_lowercase())
            .collect();
        flags.sort_unstable();
        assert_eq!(flags, ['c', 's']);
        assert_eq!(field("ssb", 11), "e");
        assert_eq!(field("uid", 9), "Ada Lovelace (work) <ada@example.org>");

        let signing = key.unlock(&PASSPHRASE.into()).unwrap();
        let message = CleartextSignedMessage::sign(
            rand::rngs::OsRng,
            "hello\n",
            signing.secret_key(),
            &signing.password(),
        )
        .unwrap();
        let text = message.to_armored_string(Default::default()).unwrap();
        let file = gpg.file("signed", text.as_bytes());
        gpg.run(&["--verify", &file]);

        // And back: it opens both secret packets with the passphrase, signs and decrypts.
        let signed = gpg.clear_sign("from gpg\n");
        assert_eq!(
            check_signature(key.certificate(), &signed),
            Some((true, Ok(())))
        );
        let plain = gpg.file("plain", b"secret");
        gpg.run(&[
            "--trust-model",
            "always",
            "-r",
            &key.fingerprint().to_string(),
            "-o",
            &format!("{plain}.gpg"),
            "-e",
            &plain,
        ]);
        assert_eq!(gpg.run(&["-d", &format!("{plain}.gpg")]), b"secret");
    }
}

#[test]
fn gpg_takes_our_changes() {
    let Some(gpg) = gpg() else { return };
    let key = new_key(NewAlgorithm::Ed25519).make().unwrap();
    let signing = key.unlock(&PASSPHRASE.into()).unwrap();
    let end = now() + 300 * DAY;
    let longer = signing
        .extend(Some(end), now())
        .unwrap()
        .apply_to(key.certificate().to_bytes())
        .unwrap();
    gpg.run(&["--import", &gpg.file("key", &longer)]);
    let list = gpg.text(&["--with-colons", "--list-keys"]);
    for kind in ["pub:", "sub:"] {
        let line = list.lines().find(|line| line.starts_with(kind)).unwrap();
        assert_eq!(line.split(':').nth(6).unwrap(), end.to_string());
    }
    let text = signing
        .revocation_certificate(RevocationReason::Superseded, "moved", now())
        .unwrap();
    gpg.run(&["--import", &gpg.file("revocation", text.as_bytes())]);
    let list = gpg.text(&["--with-colons", "--list-keys"]);
    assert!(
        list.lines().any(|line| line.starts_with("pub:r:")),
        "{list}"
    );
    // The revoked key comes back to us as revoked for the same reason.
    let fault = gpg.export().may_sign(now()).unwrap_err();
    assert!(
        matches!(
            fault,
            KeyFault::Revoked {
                part: KeyPart::Primary,
                reason: RevocationReason::Superseded,
                ..
            }
        ),
        "{fault:?}"
    );
    // A new passphrase opens the key there too.
    let changed = key
        .change_passphrase(&PASSPHRASE.into(), &"".into())
        .unwrap();
    let changed = changed
        .change_passphrase(&"".into(), &PASSPHRASE.into())
        .unwrap();
    let Some(other) = self::gpg() else { return };
    other.run(&["--import", &other.file("key", changed.to_bytes())]);
    other.clear_sign("x");
}

#[test]
fn keys_of_gpg_are_read_and_judged() {
    let algorithms = [
        (
            "Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048\nSubkey-Usage: encrypt",
            Algorithm::Rsa(2048),
            vec![],
        ),
        (
            "Key-Type: RSA\nKey-Length: 1024",
            Algorithm::Rsa(1024),
            vec![Weakness::SmallRsa(1024)],
        ),
        (
            "Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519",
            Algorithm::Ed25519,
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: nistp256\nSubkey-Type: ecdh\nSubkey-Curve: nistp256",
            Algorithm::Ecdsa("P-256"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: nistp384\nSubkey-Type: ecdh\nSubkey-Curve: nistp384",
            Algorithm::Ecdsa("P-384"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: nistp521",
            Algorithm::Ecdsa("P-521"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: secp256k1\nSubkey-Type: ecdsa\nSubkey-Curve: secp256k1\nSubkey-Usage: sign",
            Algorithm::Ecdsa("secp256k1"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: brainpoolP256r1\nSubkey-Type: ecdh\nSubkey-Curve: brainpoolP256r1",
            Algorithm::Ecdsa("brainpoolP256r1"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: brainpoolP384r1",
            Algorithm::Ecdsa("brainpoolP384r1"),
            vec![],
        ),
        (
            "Key-Type: ecdsa\nKey-Curve: brainpoolP512r1",
            Algorithm::Ecdsa("brainpoolP512r1"),
            vec![],
        ),
        (
            "Key-Type: DSA\nKey-Length: 2048\nSubkey-Type: ELG\nSubkey-Length: 2048",
            Algorithm::Dsa(2048),
            vec![Weakness::Dsa],
        ),
    ];
    for (parameters, algorithm, weaknesses) in algorithms {
        let Some(gpg) = gpg() else { return };
        let fingerprint = gpg.make(&format!("{OPEN}\n{parameters}"));
        let certificate = gpg.export();
        let summary = certificate.summary(now());
        assert_eq!(summary.fingerprint.to_string(), fingerprint, "{parameters}");
        assert_eq!(summary.algorithm, algorithm);
        assert_eq!(summary.weaknesses, weaknesses, "{parameters}");
        assert_eq!(summary.signing, Ok(()), "{parameters}");
        assert_eq!(
            check_signature(&certificate, &gpg.clear_sign("hello\n")),
            Some((!parameters.contains("Usage: sign"), Ok(()))),
            "{parameters}"
        );
    }
}

#[test]
fn either_form_of_a_secp256k1_signature_is_read() {
    let Some(gpg) = gpg() else { return };
    // Half of all signatures have the larger number: one key without any is one of thousands.
    for _ in 0..6 {
        let fingerprint = gpg.make(&format!(
            "{OPEN}\nKey-Type: ecdsa\nKey-Curve: secp256k1\nSubkey-Type: ecdsa\nSubkey-Curve: secp256k1\nSubkey-Usage: sign"
        ));
        let key = Certificate::parse_all(&gpg.run(&["--export", &fingerprint])).unwrap();
        assert_eq!(key[0].summary(now()).subkeys.len(), 1);
        assert_eq!(key[0].may_sign(now()), Ok(()));
    }
}

#[test]
fn keys_on_a_brainpool_curve_are_kept_but_sign_nothing_here() {
    let Some(gpg) = gpg() else { return };
    gpg.make(&format!(
        "{OPEN}\nKey-Type: ecdsa\nKey-Curve: brainpoolP256r1"
    ));
    let secret = gpg.run(&["--export-secret-keys"]);
    let key = SecretCertificate::parse_all(&secret).unwrap().remove(0);
    assert_eq!(key.to_bytes(), secret);
    assert!(!key.certificate().can_make_signatures());
    let error = key.unlock(&"".into()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key cannot be used: unsupported: signing with ECDSA brainpoolP256r1"
    );
}

#[test]
fn an_expired_key_of_gpg_is_expired_also_for_old_signatures() {
    let Some(gpg) = gpg() else { return };
    let old = now() - 10 * DAY;
    let text = format!(
        "{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519\nName-Real: Old\nExpire-Date: seconds=86400\n%commit\n"
    );
    let file = gpg.file("parameters", text.as_bytes());
    let then = format!("{old}!");
    gpg.run(&["--faked-system-time", &then, "--gen-key", &file]);
    let text = gpg.file("text", b"hello\n");
    let signed = gpg.text(&[
        "--faked-system-time",
        &then,
        "--clearsign",
        "--output",
        "-",
        &text,
    ]);
    let certificate = gpg.export();
    let end = certificate.expires().unwrap();
    assert!((old + DAY - 60..=old + DAY + 60).contains(&end), "{end}");
    let fault = KeyFault::Expired {
        part: KeyPart::Primary,
        at: end,
    };
    assert_eq!(
        check_signature(&certificate, &signed),
        Some((true, Err(fault)))
    );
}

#[test]
fn a_certify_only_primary_signs_with_its_subkey_only() {
    let Some(gpg) = gpg() else { return };
    gpg.make(&format!(
        "{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: cert\n\
         Subkey-Type: eddsa\nSubkey-Curve: ed25519\nSubkey-Usage: sign"
    ));
    let certificate = gpg.export();
    assert_eq!(certificate.may_sign(now()), Err(KeyFault::NoSignFlag));
    assert!(certificate.signer(certificate.key_id()).is_none());
    assert_eq!(
        check_signature(&certificate, &gpg.clear_sign("hello\n")),
        Some((false, Ok(())))
    );
    // The subkey is revoked, the primary is not.
    let fingerprint = certificate.fingerprint().to_string();
    let edit = format!(
        "printf 'key 1\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n' | gpg --homedir '{}' --command-fd 0 --no-tty --pinentry-mode loopback --passphrase '' --edit-key {fingerprint}",
        gpg.path().display()
    );
    let signed = gpg.clear_sign("hello\n");
    let output = Command::new("sh").args(["-c", &edit]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let judged = check_signature(&gpg.export(), &signed);
    assert!(
        matches!(
            judged,
            Some((
                false,
                Err(KeyFault::Revoked {
                    part: KeyPart::Subkey,
                    ..
                })
            ))
        ),
        "{judged:?}"
    );
}

#[test]
fn gpgs_own_revocation_certificate_is_applied() {
    let Some(gpg) = gpg() else { return };
    let fingerprint = gpg.make(&format!("{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519"));
    let text = std::fs::read(
        gpg.path()
            .join(format!("openpgp-revocs.d/{fingerprint}.rev")),
    )
    .unwrap();
    let certificate = gpg.export();
    assert_eq!(certificate.may_sign(now()), Ok(()));
    let update = certificate.read_revocation(&text).unwrap();
    let revoked =
        Certificate::from_block(&update.apply_to(certificate.to_bytes()).unwrap()).unwrap();
    assert!(matches!(
        revoked.may_sign(now()),
        Err(KeyFault::Revoked { .. })
    ));
}

#[test]
fn locked_keys_of_gpg_are_opened() {
    let Some(gpg) = gpg() else { return };
    for parameters in [
        "Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048",
        "Key-Type: eddsa\nKey-Curve: ed25519",
    ] {
        let fingerprint = gpg.make(&format!(
            "{parameters}
Passphrase: {PASSPHRASE}"
        ));
        let bytes = gpg.run(&["--export-secret-keys", &fingerprint]);
        let key = SecretCertificate::parse_all(&bytes).unwrap().remove(0);
        assert_eq!(key.protection(), Protection::All);
        key.unlock(&PASSPHRASE.into()).unwrap();
        assert!(matches!(
            key.unlock(&"wrong".into()),
            Err(sif_keys::Error::WrongPassphrase(_))
        ));
        let changed = key
            .change_passphrase(&PASSPHRASE.into(), &"other".into())
            .unwrap();
        changed.unlock(&"other".into()).unwrap();
    }
}

#[test]
fn an_export_of_subkeys_only_has_no_primary_secret() {
    let Some(gpg) = gpg() else { return };
    gpg.make(&format!(
        "{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519"
    ));
    let whole = SecretCertificate::parse_all(&gpg.run(&["--export-secret-keys"]))
        .unwrap()
        .remove(0);
    assert_eq!(whole.protection(), Protection::None);
    let dummy = SecretCertificate::parse_all(&gpg.run(&["--export-secret-subkeys"]))
        .unwrap()
        .remove(0);
    assert_eq!(dummy.protection(), Protection::PrimaryAbsent);
    assert!(matches!(
        dummy.unlock(&"".into()),
        Err(sif_keys::Error::NoSecret(_))
    ));
    // The whole key later brings the secret.
    let home = crate::support::Home::new(sif_keys::Policy::RefuseLinks);
    home.rings
        .add_secret(&dummy, &mut crate::support::at_once)
        .unwrap();
    assert_eq!(
        home.rings
            .add_secret(&whole, &mut crate::support::at_once)
            .unwrap(),
        sif_keys::Added::Restored
    );
    let contents = home.read(sif_keys::Ring::Secret);
    assert_eq!(contents.entries().len(), 1);
    contents.entries()[0]
        .secret()
        .unwrap()
        .unlock(&"".into())
        .unwrap();
}

#[test]
fn a_restored_primary_keeps_the_secret_subkeys_of_the_entry() {
    let Some(gpg) = gpg() else { return };
    let fingerprint = gpg.make(&format!("{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519"));
    let without = gpg.run(&["--export-secret-keys"]);
    gpg.run(&["--quick-add-key", &fingerprint, "ed25519", "sign", "never"]);
    // An empty passphrase, as the key has.
    let stub = gpg.run(&["--export-secret-subkeys"]);
    let parse = |bytes: &[u8]| SecretCertificate::parse_all(bytes).unwrap().remove(0);
    let (without, stub) = (parse(&without), parse(&stub));
    let unknown = [0xC0 | 60, 3, 1, 2, 3];
    let home = crate::support::Home::new(sif_keys::Policy::RefuseLinks);
    home.write(
        sif_keys::Ring::Secret,
        &[stub.to_bytes(), &unknown].concat(),
    );
    assert_eq!(
        home.rings
            .add_secret(&without, &mut crate::support::at_once)
            .unwrap(),
        sif_keys::Added::Restored
    );
    let contents = home.read(sif_keys::Ring::Secret);
    let entry = &contents.entries()[0];
    let key = entry.secret().unwrap();
    key.unlock(&"".into()).unwrap();
    assert_eq!(key.certificate().summary(now()).subkeys.len(), 1);
    assert!(entry.to_bytes().ends_with(&unknown));
    let subkey = parse(&gpg.run(&["--export-secret-keys"]));
    assert_eq!(
        key.to_bytes().len(),
        subkey.to_bytes().len() + unknown.len(),
        "the secret part of the subkey is there"
    );
}

#[test]
fn keys_are_fetched_from_gpg() {
    let Some(gpg) = gpg() else { return };
    let limit = Duration::from_secs(30);
    let source = GnuPg::new("gpg", limit).with_home(gpg.path());
    assert!(source.secret_keys().unwrap().is_empty());
    let fingerprint: Fingerprint = gpg
        .make(&format!("{OPEN}\nKey-Type: eddsa\nKey-Curve: ed25519"))
        .parse()
        .unwrap();
    let keys = source.secret_keys().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].fingerprint, Some(fingerprint));
    assert_eq!(keys[0].user_ids, ["Test <test@example.org>"]);
    assert!(!keys[0].is_invalid && !keys[0].is_elsewhere);
    assert_eq!(source.public_keys().unwrap(), keys);
    let public = Certificate::parse_all(&source.export_public(fingerprint).unwrap()).unwrap();
    assert_eq!(public[0].fingerprint(), fingerprint);
    let secret = source
        .export_secret(fingerprint, limit, &mut || true)
        .unwrap();
    let secret = SecretCertificate::parse_all(&secret).unwrap();
    assert_eq!(secret[0].fingerprint(), fingerprint);
    assert!(secret[0].has_primary_secret());
    let nobody = Fingerprint::from_v4([7; 20]);
    assert!(matches!(
        source.export_public(nobody),
        Err(GnuPgError::NoSuchKey(_) | GnuPgError::Failed(_))
    ));
    assert!(matches!(
        source.export_secret(fingerprint, limit, &mut || false),
        Err(GnuPgError::Cancelled)
    ));
    assert!(matches!(
        source.export_secret(fingerprint, Duration::ZERO, &mut || true),
        Err(GnuPgError::TimedOut)
    ));
}

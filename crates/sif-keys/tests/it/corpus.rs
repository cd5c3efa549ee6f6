//! Keys of the test corpus, when it is there.

use std::path::PathBuf;

use sif_keys::{
    Certificate, Error, ImportChange, Passphrase, Policy, Protection, Ring, SecretCertificate,
};

use crate::support::{Home, at_once};

const NOW: i64 = 1_790_000_000;

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("SIFTER_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let root = root.join("sif");
    if !root.is_dir() {
        eprintln!("SKIPPED: no test corpus at `{}`", root.display());
        return None;
    }
    Some(root)
}

#[test]
fn secret_keys_unlock_and_may_sign() {
    let Some(root) = corpus() else { return };
    for (file, passphrase) in [
        ("keys/private.asc", ""),
        ("apptainer/keys/private.asc", ""),
        ("singularity/keys/pgp-private.asc", ""),
        ("singularity/keys/ecl/key1.asc", "e2e"),
        ("singularity/keys/ecl/key2.asc", "e2e"),
    ] {
        let bytes = std::fs::read(root.join(file)).unwrap();
        let keys = SecretCertificate::parse_all(&bytes).unwrap();
        assert!(!keys.is_empty(), "{file}");
        for key in keys {
            if !passphrase.is_empty() {
                let wrong = key.unlock(&Passphrase::from("wrong"));
                assert!(matches!(wrong, Err(Error::WrongPassphrase(_))), "{file}");
            }
            let signing = key.unlock(&Passphrase::from(passphrase)).unwrap();
            assert_eq!(signing.may_sign(NOW), Ok(()), "{file}");
            let certificate = key.certificate();
            let signer = certificate.signer(certificate.key_id()).unwrap();
            assert_eq!(certificate.judge(signer, NOW), Ok(()));
            assert!(certificate.primary_user_id().is_some());
        }
    }
}

#[test]
fn public_keys_are_read() {
    let Some(root) = corpus() else { return };
    for file in [
        "singularity/keys/pgp-public.asc",
        "singularity/keys/ecl/pubkey1.asc",
        "singularity/keys/ecl/pubkey2.asc",
    ] {
        let bytes = std::fs::read(root.join(file)).unwrap();
        let keys = Certificate::parse_all(&bytes).unwrap();
        assert_eq!(keys.len(), 1, "{file}");
        assert_eq!(
            Certificate::parse_all(keys[0].to_armored().as_bytes()).unwrap()[0].to_bytes(),
            keys[0].to_bytes()
        );
    }
}

#[test]
fn keys_of_the_old_command_lines_are_seen_as_partly_protected_and_mended() {
    let Some(root) = corpus() else { return };
    for file in ["key1.asc", "key2.asc"] {
        let bytes = std::fs::read(root.join("singularity/keys/ecl").join(file)).unwrap();
        let key = SecretCertificate::parse_all(&bytes).unwrap().remove(0);
        assert_eq!(key.protection(), Protection::Partly, "the subkey lies open");
        assert!(
            key.has_old_protection(),
            "two-byte checksum, SHA-1, AES-128"
        );
        let mended = key.change_passphrase(&"e2e".into(), &"new".into()).unwrap();
        assert_eq!(mended.protection(), Protection::All);
        assert!(!mended.has_old_protection());
        assert_eq!(
            mended.certificate().to_bytes(),
            key.certificate().to_bytes()
        );
        mended.unlock(&"new".into()).unwrap();
    }
}

#[test]
fn old_keys_lie_in_a_ring_as_they_are() {
    let Some(root) = corpus() else { return };
    let home = Home::new(Policy::RefuseLinks);
    let mut all = Vec::new();
    for file in [
        "singularity/keys/ecl/key1.asc",
        "singularity/keys/pgp-private.asc",
        "keys/private.asc",
    ] {
        let key = SecretCertificate::parse_all(&std::fs::read(root.join(file)).unwrap())
            .unwrap()
            .remove(0);
        home.rings.add_secret(&key, &mut at_once).unwrap();
        all.extend_from_slice(key.to_bytes());
    }
    assert_eq!(home.bytes(Ring::Secret), all);
    let public = std::fs::read(root.join("singularity/keys/ecl/pubkey1.asc")).unwrap();
    let preview = home
        .rings
        .preview_import(&public, NOW, &mut at_once)
        .unwrap();
    assert_eq!(preview.items[0].change, ImportChange::Identical);
}

//! Keys of the test corpus, when it is there.

use std::path::PathBuf;

use sif_keys::{Certificate, Error, Passphrase, SecretCertificate};

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

//! Keys, made once for each process.

use std::sync::OnceLock;

use sif_keys::{NewAlgorithm, NewKey, Passphrase, SecretCertificate, UserName};

/// The passphrase of all test keys.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// The time when the test keys were made: 1 January 2024.
pub const MADE: i64 = 1_704_067_200;

/// Returns Anna's Ed25519 key, which does not end.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn anna() -> &'static SecretCertificate {
    static KEY: OnceLock<SecretCertificate> = OnceLock::new();
    KEY.get_or_init(|| {
        make(
            "Anna Ruiz",
            "anna@lab.example",
            NewAlgorithm::Ed25519,
            PASSPHRASE,
            None,
        )
    })
}

/// Returns Tom's Ed25519 key, which does not end.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn tom() -> &'static SecretCertificate {
    static KEY: OnceLock<SecretCertificate> = OnceLock::new();
    KEY.get_or_init(|| {
        make(
            "Tom Berg",
            "tom@lab.example",
            NewAlgorithm::Ed25519,
            PASSPHRASE,
            None,
        )
    })
}

/// Returns an RSA-2048 key: as small as readers take, so that it is made in a moment.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn rsa() -> &'static SecretCertificate {
    static KEY: OnceLock<SecretCertificate> = OnceLock::new();
    KEY.get_or_init(|| {
        make(
            "Ruth Sand",
            "ruth@lab.example",
            NewAlgorithm::Rsa2048,
            PASSPHRASE,
            None,
        )
    })
}

/// Returns a key that ended one day after it was made.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn expired() -> &'static SecretCertificate {
    static KEY: OnceLock<SecretCertificate> = OnceLock::new();
    let end = Some(MADE + 24 * 3600);
    KEY.get_or_init(|| {
        make(
            "Old Eve",
            "eve@lab.example",
            NewAlgorithm::Ed25519,
            PASSPHRASE,
            end,
        )
    })
}

/// Returns a key without a passphrase.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn open() -> &'static SecretCertificate {
    static KEY: OnceLock<SecretCertificate> = OnceLock::new();
    KEY.get_or_init(|| {
        make(
            "Open Olga",
            "olga@lab.example",
            NewAlgorithm::Ed25519,
            "",
            None,
        )
    })
}

/// Makes a key of this name.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn named(name: &str, mail: &str) -> SecretCertificate {
    make(name, mail, NewAlgorithm::Ed25519, PASSPHRASE, None)
}

fn make(
    name: &str,
    mail: &str,
    algorithm: NewAlgorithm,
    passphrase: &str,
    expires: Option<i64>,
) -> SecretCertificate {
    NewKey {
        algorithm,
        name: UserName::new(name, "", mail).expect("a name and a mail address"),
        passphrase: Passphrase::from(passphrase),
        now: MADE,
        expires,
    }
    .make()
    .expect("a key can be made")
}

//! `key create`.

use sifter_api::{
    ApiError, ErrorCode, Secret, Sifter,
    keys::{KeepPassphrase, NewKey, NewKeyKind},
    tasks::TaskOutcome,
};

use crate::{
    answer::{Answer, Failure},
    arguments::{Create, Kind},
    passphrase::Passphrases,
    wait,
};

pub(crate) async fn run(
    sifter: &Sifter,
    create: Create,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    let passphrase = if create.no_passphrase {
        Secret::new(String::new())
    } else {
        passphrases.create()?
    };
    if passphrase.is_empty() && !create.no_passphrase {
        let error = ApiError::new(ErrorCode::InputInvalid, "the passphrase is empty");
        return Err(error.with_hint("give one, or say --no-passphrase").into());
    }
    let key = NewKey {
        name: create.name,
        mail: create.mail,
        comment: create.comment,
        kind: match create.kind {
            Kind::Rsa4096 => NewKeyKind::Rsa4096,
            Kind::Ed25519 => NewKeyKind::Ed25519,
        },
        expires: create.expires.0,
    };
    let mut events = sifter.events();
    let task = sifter
        .create_key(key, passphrase, KeepPassphrase::ThisAction)
        .await?;
    match wait::outcome(sifter, &mut events, task).await? {
        TaskOutcome::KeyCreated { fingerprint } => Answer::new(
            format!("{fingerprint}\n"),
            &sifter.get_key(fingerprint).await?.row,
        ),
        _ => Err(ApiError::plain(ErrorCode::Internal).into()),
    }
}

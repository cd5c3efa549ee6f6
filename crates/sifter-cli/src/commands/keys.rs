//! `key …`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Secret, Sifter,
    keys::{
        Comparison, FingerprintComparison, ImportEffect, ImportItem, ImportSource, KeyProtection,
        KeyRow, KeyState, KeyView, KeyringFile, RevocationReason, TrustLevel, is_same_name,
    },
};

use super::{create_key, keyservers};
use crate::{
    answer::{Answer, Failure},
    arguments::{Compared, Key, Keyring, Reason},
    passphrase::{self, Passphrases},
};

pub(crate) async fn run(
    sifter: &Sifter,
    key: Key,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    match key {
        Key::List => list(sifter).await,
        Key::Show { key } => show(sifter, &key).await,
        Key::Create(create) => create_key::run(sifter, create, passphrases).await,
        Key::Import { files, dry_run } => import(sifter, files, dry_run, passphrases).await,
        Key::Export {
            key,
            secret,
            binary,
            output,
        } => export(sifter, &key, secret, binary, output).await,
        Key::Passwd {
            key,
            new_passphrase_file,
        } => {
            let key = find_own(sifter, &key).await?;
            let old = passphrase_if_locked(sifter, &key, passphrases).await?;
            let new = passphrase::replacement(new_passphrase_file.as_deref())?;
            sifter.change_passphrase(key.clone(), old, new).await?;
            row(sifter, key).await
        }
        Key::Forget { key } => {
            let key = find_own(sifter, &key).await?;
            let was_kept = sifter.forget_kept_passphrase(key.clone()).await?;
            let text = if was_kept {
                "the keychain no longer has its passphrase"
            } else {
                "the keychain did not have its passphrase"
            };
            let json = json!({ "fingerprint": key, "wasKept": was_kept });
            Ok(Answer::new(format!("{text}\n"), &json)?.and(was_kept))
        }
        Key::Extend { key, expires } => {
            let key = find_own(sifter, &key).await?;
            let passphrase = passphrase_if_locked(sifter, &key, passphrases).await?;
            sifter
                .extend_key(key.clone(), expires.0, passphrase)
                .await?;
            row(sifter, key).await
        }
        Key::Revoke { key, reason, text } => {
            let key = find_own(sifter, &key).await?;
            let passphrase = passphrase_if_locked(sifter, &key, passphrases).await?;
            sifter
                .revoke_key(key.clone(), reason.into(), text, passphrase)
                .await?;
            row(sifter, key).await
        }
        Key::Revocation { key, output } => {
            let key = find_own(sifter, &key).await?;
            let passphrase = passphrase_if_locked(sifter, &key, passphrases).await?;
            let file = sifter
                .save_revocation(key, passphrase, absolute(&output)?)
                .await?;
            Answer::new(format!("{}\n", file.name), &file)
        }
        Key::Delete { key, confirm } => {
            let key = find(sifter, &key).await?;
            sifter
                .delete_key(key.clone(), confirm, false)
                .await
                .map_err(how_to_confirm)?;
            Answer::new(format!("deleted {key}\n"), &json!({ "deleted": key }))
        }
        Key::Trust {
            fingerprint,
            compared,
        } => {
            sifter
                .trust_key(fingerprint.clone(), compared.into())
                .await?;
            row(sifter, fingerprint).await
        }
        Key::Distrust { fingerprint } => {
            sifter.distrust_key(fingerprint.clone()).await?;
            row(sifter, fingerprint).await
        }
        Key::Block { fingerprint } => {
            sifter.block_key(fingerprint.clone()).await?;
            row(sifter, fingerprint).await
        }
        Key::Compare { key, text } => compare(sifter, &key, &text.join(" ")).await,
        Key::Repair { file } => {
            let kept = sifter.repair_keyring(file.into()).await?;
            Answer::new(format!("{kept} keys kept\n"), &json!({ "kept": kept }))
        }
        Key::Push { key, at } => keyservers::push(sifter, &key, &at).await,
        Key::Pull { fingerprint, at } => keyservers::pull(sifter, fingerprint, &at).await,
        Key::Search { text, all, at } => keyservers::search(sifter, text, all, &at).await,
    }
}

async fn list(sifter: &Sifter) -> Result<Answer, Failure> {
    let view = sifter.list_keys().await?;
    let mut text = String::new();
    for key in &view.keys {
        let _ = writeln!(text, "{}", line(key));
    }
    for problem in &view.problems {
        let _ = writeln!(text, "! {}", problem.error.message);
    }
    Ok(Answer::new(text, &view)?.and(view.problems.is_empty()))
}

async fn show(sifter: &Sifter, key: &str) -> Result<Answer, Failure> {
    let view = sifter.get_key(find(sifter, key).await?).await?;
    Answer::new(page(&view), &view)
}

async fn row(sifter: &Sifter, fingerprint: String) -> Result<Answer, Failure> {
    let view = sifter.get_key(fingerprint).await?;
    Answer::new(format!("{}\n", line(&view.row)), &view.row)
}

fn line(key: &KeyRow) -> String {
    format!(
        "{}  {}  {}  {}  {}",
        key.fingerprint,
        key.algorithm,
        state(key.state),
        trust(key.trust.level),
        label(key)
    )
}

fn label(key: &KeyRow) -> String {
    match (&key.name, &key.mail) {
        (Some(name), Some(mail)) => format!("{name} <{mail}>"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "no name".into(),
    }
}

fn page(view: &KeyView) -> String {
    let mut text = format!("{}\n", line(&view.row));
    for user_id in &view.user_ids {
        let _ = writeln!(text, "  name         {}", user_id.text);
    }
    let _ = writeln!(text, "  fingerprint  {}", view.groups.join(" "));
    let _ = writeln!(text, "  words        {}", view.words.join(" "));
    for subkey in &view.subkeys {
        let _ = writeln!(
            text,
            "  subkey       {}  {}",
            subkey.fingerprint, subkey.algorithm
        );
    }
    text
}

fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Current => "current",
        KeyState::Expired => "expired",
        KeyState::Revoked => "revoked",
        KeyState::NotForSigning => "not for signing",
        KeyState::SecretLost => "secret lost",
    }
}

fn trust(level: TrustLevel) -> &'static str {
    match level {
        TrustLevel::Yours => "yours",
        TrustLevel::TrustedByYou => "trusted by you",
        TrustLevel::TrustedByAdministrator => "trusted by administrator",
        TrustLevel::NotTrusted => "not trusted",
        TrustLevel::Blocked => "blocked",
    }
}

async fn import(
    sifter: &Sifter,
    files: Vec<PathBuf>,
    dry_run: bool,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    let files = sifter.offer_paths(files).await?.files;
    let plan = sifter.plan_key_import(ImportSource::Files(files)).await?;
    let mut text: String = plan.items.iter().map(import_line).collect();
    let mut all = true;
    if !dry_run {
        let done = sifter
            .run_key_import(plan.plan.clone(), passphrases.without_asking()?)
            .await?;
        all = done.refused.is_empty();
        for key in done.refused {
            text.push_str(&format!(
                "{}  not imported: {}\n",
                key.fingerprint, key.error.message
            ));
        }
    }
    let any = plan
        .items
        .iter()
        .any(|item| !matches!(item.effect, ImportEffect::Unsupported { .. }));
    Ok(Answer::new(text, &plan.items)?.and(any && all))
}

/// Returns what a key would bring, in a line.
pub(crate) fn import_line(item: &ImportItem) -> String {
    let effect = match &item.effect {
        ImportEffect::New => "new".into(),
        ImportEffect::Update { changes } => format!("update: {}", changes.join(", ")),
        ImportEffect::Identical => "already here".into(),
        ImportEffect::Unsupported { reason } => format!("not supported: {reason}"),
    };
    let secret = if item.secret { " with secret part" } else { "" };
    format!(
        "{}  {}{secret}  {effect}\n",
        item.fingerprint, item.algorithm
    )
}

async fn export(
    sifter: &Sifter,
    key: &str,
    secret: bool,
    binary: bool,
    output: Option<PathBuf>,
) -> Result<Answer, Failure> {
    let key = find(sifter, key).await?;
    match output {
        Some(output) => {
            let file = sifter
                .export_key(key, secret, !binary, absolute(&output)?)
                .await?;
            Answer::new(format!("{}\n", file.name), &file)
        }
        None => {
            let text = sifter.public_key_text(key.clone()).await?;
            Answer::new(text.clone(), &json!({ "fingerprint": key, "key": text }))
        }
    }
}

/// What a window asks is a matter of `--confirm` here.
fn how_to_confirm(error: ApiError) -> ApiError {
    match error.code {
        ErrorCode::InputInvalid => error.with_hint("repeat its name with --confirm"),
        _ => error,
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let empty = |_| ApiError::new(ErrorCode::InputInvalid, "the name of the file is empty");
    Ok(std::path::absolute(path).map_err(empty)?)
}

async fn compare(sifter: &Sifter, key: &str, text: &str) -> Result<Answer, Failure> {
    let comparison = sifter
        .compare_fingerprint(find(sifter, key).await?, text.into())
        .await?;
    let words = match &comparison {
        FingerprintComparison::Match => "all groups match\n".to_owned(),
        FingerprintComparison::Differs { groups } => {
            format!(
                "{} of {} groups differ\n",
                groups.iter().filter(|same| !**same).count(),
                groups.len()
            )
        }
        FingerprintComparison::TooShort { digits } => {
            format!("{digits} digits are too few: give all of them\n")
        }
        FingerprintComparison::Empty | FingerprintComparison::NotHex => {
            "that is no fingerprint\n".to_owned()
        }
    };
    Ok(Answer::new(words, &comparison)?.and(comparison == FingerprintComparison::Match))
}

/// Returns the fingerprint of the one key that `text` names: by fingerprint, mail address or name.
pub(crate) async fn find(sifter: &Sifter, text: &str) -> Result<String, Failure> {
    find_among(sifter, text, |_| true).await
}

/// As [`find`], among the person's own keys.
pub(crate) async fn find_own(sifter: &Sifter, text: &str) -> Result<String, Failure> {
    find_among(sifter, text, |key| key.own).await
}

async fn find_among(
    sifter: &Sifter,
    text: &str,
    counts: impl Fn(&KeyRow) -> bool,
) -> Result<String, Failure> {
    let bare: String = text
        .trim()
        .trim_start_matches("0x")
        .split_whitespace()
        .collect();
    let names = |key: &KeyRow| {
        key.fingerprint.eq_ignore_ascii_case(&bare)
            || [&key.name, &key.mail]
                .into_iter()
                .flatten()
                .any(|part| is_same_name(part, text))
    };
    let keys = sifter.list_keys().await?.keys;
    let found: Vec<&KeyRow> = keys
        .iter()
        .filter(|key| counts(key) && names(key))
        .collect();
    match found.as_slice() {
        [key] => Ok(key.fingerprint.clone()),
        [] if keys.iter().any(names) => Err(ApiError::plain(ErrorCode::NoSecretKey).into()),
        [] => Err(ApiError::new(ErrorCode::KeyMissing, format!("there is no key `{text}`")).into()),
        _ => Err(ApiError::new(
            ErrorCode::InputInvalid,
            format!("`{text}` names several keys"),
        )
        .with_hint("name it by its fingerprint")
        .into()),
    }
}

async fn passphrase_if_locked(
    sifter: &Sifter,
    key: &str,
    passphrases: &Passphrases,
) -> Result<Option<Secret>, Failure> {
    let row = sifter.get_key(key.to_owned()).await?.row;
    if row.protection == Some(KeyProtection::None) {
        return Ok(None);
    }
    passphrases.get(&label(&row)).map(Some)
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::None => Self::NoReason,
            Reason::Superseded => Self::Superseded,
            Reason::Compromised => Self::Compromised,
            Reason::Retired => Self::Retired,
        }
    }
}

impl From<Compared> for Comparison {
    fn from(compared: Compared) -> Self {
        match compared {
            Compared::Pasted => Self::Pasted,
            Compared::Aloud => Self::ReadAloud,
            Compared::Not => Self::NotCompared,
        }
    }
}

impl From<Keyring> for KeyringFile {
    fn from(file: Keyring) -> Self {
        match file {
            Keyring::Public => Self::Public,
            Keyring::Secret => Self::Secret,
        }
    }
}

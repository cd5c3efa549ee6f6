//! Managing keys.

use std::path::{Path, PathBuf};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Result, Secret, Sifter,
    keys::{
        Comparison, FingerprintComparison, ImportEffect, ImportItem, ImportSource, KeepPassphrase,
        KeyRow, KeyView, NewKey, NewKeyKind, RevocationReason,
    },
    tasks::{TaskOutcome, TaskState},
    units::Timestamp,
};

use crate::{
    arguments::{Compared, KeyCommand, Kind, Reason},
    exit::Outcome,
    passphrase, print, progress,
    sign::VARIABLE,
};

const NEW_VARIABLE: &str = "SIFTER_NEW_PASSPHRASE";
const DAY: i64 = 24 * 3600;

pub(crate) async fn run(sifter: &Sifter, command: KeyCommand, json: bool) -> Result<Outcome> {
    match command {
        KeyCommand::List => list(sifter, json).await,
        KeyCommand::Show { key } => show(sifter, &key, json).await,
        KeyCommand::Create {
            name,
            mail,
            comment,
            kind,
            days,
            passphrase,
        } => {
            let kind = match kind {
                Kind::Rsa4096 => NewKeyKind::Rsa4096,
                Kind::Ed25519 => NewKeyKind::Ed25519,
            };
            let wanted = NewKey {
                name,
                mail,
                comment,
                kind,
                expires: in_days(days),
            };
            create(sifter, wanted, passphrase.passphrase_file.as_deref(), json).await
        }
        KeyCommand::Import { files, dry_run } => import(sifter, files, dry_run, json).await,
        KeyCommand::Export {
            key,
            secret,
            binary,
            output,
        } => export(sifter, &key, secret, !binary, output, json).await,
        KeyCommand::Compare { key, text } => compare(sifter, &key, text, json).await,
        other => change(sifter, other, json).await,
    }
}

/// Commands that change one key and say no more than that it is done.
async fn change(sifter: &Sifter, command: KeyCommand, json: bool) -> Result<Outcome> {
    let fingerprint = match command {
        KeyCommand::Passwd {
            key,
            passphrase,
            new_passphrase_file,
        } => {
            let key = find(sifter, &key).await?;
            let old = ask(sifter, &key, passphrase.passphrase_file.as_deref()).await?;
            let new = passphrase::read_new(
                new_passphrase_file.as_deref(),
                NEW_VARIABLE,
                "the key from now on",
            )?;
            sifter.change_passphrase(key.clone(), old, new).await?;
            key
        }
        KeyCommand::Extend {
            key,
            days,
            passphrase,
        } => {
            let key = find(sifter, &key).await?;
            let given = ask(sifter, &key, passphrase.passphrase_file.as_deref()).await?;
            sifter.extend_key(key.clone(), in_days(days), given).await?;
            key
        }
        KeyCommand::Revoke {
            key,
            reason,
            text,
            passphrase,
        } => {
            let key = find(sifter, &key).await?;
            let given = ask(sifter, &key, passphrase.passphrase_file.as_deref()).await?;
            sifter
                .revoke_key(key.clone(), reason_of(reason), text, given)
                .await?;
            key
        }
        KeyCommand::Revocation {
            key,
            output,
            passphrase,
        } => {
            let key = find(sifter, &key).await?;
            let given = ask(sifter, &key, passphrase.passphrase_file.as_deref()).await?;
            sifter
                .save_revocation(key.clone(), given, absolute(&output)?)
                .await?;
            key
        }
        KeyCommand::Delete { key, confirm } => {
            let key = find(sifter, &key).await?;
            sifter.delete_key(key.clone(), confirm).await?;
            key
        }
        KeyCommand::Trust { key, compared } => {
            let key = find(sifter, &key).await?;
            let compared = match compared {
                Compared::Pasted => Comparison::Pasted,
                Compared::ReadAloud => Comparison::ReadAloud,
                Compared::NotCompared => Comparison::NotCompared,
            };
            sifter.trust_key(key.clone(), compared).await?;
            key
        }
        KeyCommand::Distrust { key, block } => {
            let key = find(sifter, &key).await?;
            if block {
                sifter.block_key(key.clone()).await?;
            } else {
                sifter.distrust_key(key.clone()).await?;
            }
            key
        }
        _ => return Err(ApiError::plain(ErrorCode::Internal)),
    };
    if json {
        print::json(&json!({ "fingerprint": fingerprint, "done": true }));
    } else {
        print::line(&format!("done: {fingerprint}"));
    }
    Ok(Outcome::Done)
}

async fn list(sifter: &Sifter, json: bool) -> Result<Outcome> {
    let view = sifter.list_keys().await?;
    if json {
        print::json(&view);
        return Ok(Outcome::Done);
    }
    for row in &view.keys {
        print::line(&row_line(row));
    }
    for problem in &view.problems {
        print::line(&format!("problem: {}", problem.error.message));
    }
    Ok(Outcome::Done)
}

fn row_line(row: &KeyRow) -> String {
    let name = row
        .name
        .as_deref()
        .or(row.mail.as_deref())
        .unwrap_or("no name");
    let mail = row
        .mail
        .as_deref()
        .filter(|_| row.name.is_some())
        .map(|mail| format!(" <{mail}>"))
        .unwrap_or_default();
    let end = row
        .expires
        .map(print::time)
        .unwrap_or_else(|| "never ends".into());
    let kind = word(&row.state);
    format!(
        "{}  {name}{mail}  {}  {kind}  {}  {end}",
        row.fingerprint,
        row.algorithm,
        word(&row.trust.level)
    )
}

/// Returns the stable word of a view's value.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

async fn show(sifter: &Sifter, key: &str, json: bool) -> Result<Outcome> {
    let view: KeyView = sifter.get_key(find(sifter, key).await?).await?;
    if json {
        print::json(&view);
        return Ok(Outcome::Done);
    }
    print::line(&view.groups.join(" "));
    print::line(&view.words.join(" "));
    print::line(&row_line(&view.row));
    for user_id in &view.user_ids {
        print::line(&format!("  {}", user_id.text));
    }
    for subkey in &view.subkeys {
        print::line(&format!(
            "  subkey {} {}",
            subkey.fingerprint, subkey.algorithm
        ));
    }
    for problem in &view.row.problems {
        print::line(&format!("  note: {}", word(problem)));
    }
    Ok(Outcome::Done)
}

async fn create(
    sifter: &Sifter,
    wanted: NewKey,
    file: Option<&Path>,
    json: bool,
) -> Result<Outcome> {
    let passphrase = passphrase::read_new(file, VARIABLE, "the new key")?;
    let mut events = sifter.events();
    let task = sifter
        .create_key(wanted, passphrase, KeepPassphrase::ThisAction)
        .await?;
    let view = progress::follow(sifter, &mut events, task, json).await?;
    match view.state {
        TaskState::Done {
            outcome: TaskOutcome::KeyCreated { fingerprint },
        } => {
            if json {
                print::json(&json!({ "fingerprint": fingerprint }));
            } else {
                print::line(&fingerprint);
            }
            Ok(Outcome::Done)
        }
        TaskState::Failed { error } => Err(error),
        _ => Err(ApiError::plain(ErrorCode::Cancelled)),
    }
}

async fn import(
    sifter: &Sifter,
    files: Vec<PathBuf>,
    dry_run: bool,
    json: bool,
) -> Result<Outcome> {
    let dropped = sifter.offer_paths(files).await?;
    let plan = sifter
        .plan_key_import(ImportSource::Files(dropped.files))
        .await?;
    let taken = if dry_run {
        Vec::new()
    } else {
        sifter.run_key_import(plan.plan, None).await?
    };
    if json {
        print::json(&json!({ "items": plan.items, "imported": taken }));
    } else {
        for item in &plan.items {
            print::line(&item_line(item));
        }
    }
    Ok(Outcome::Done)
}

fn item_line(item: &ImportItem) -> String {
    let name = item
        .name
        .as_deref()
        .or(item.mail.as_deref())
        .unwrap_or("no name");
    let effect = match &item.effect {
        ImportEffect::New => "new".into(),
        ImportEffect::Update { changes } => format!("update: {}", changes.join(", ")),
        ImportEffect::Identical => "known already".into(),
        ImportEffect::Unsupported { reason } => format!("not taken: {reason}"),
    };
    let secret = if item.secret {
        "  with its secret part"
    } else {
        ""
    };
    format!("{}  {name}  {effect}{secret}", item.fingerprint)
}

async fn export(
    sifter: &Sifter,
    key: &str,
    secret: bool,
    armored: bool,
    output: Option<PathBuf>,
    json: bool,
) -> Result<Outcome> {
    let fingerprint = find(sifter, key).await?;
    let Some(output) = output else {
        let text = sifter.public_key_text(fingerprint.clone()).await?;
        if json {
            print::json(&json!({ "fingerprint": fingerprint, "armored": text }));
        } else {
            print::text(&text);
        }
        return Ok(Outcome::Done);
    };
    if output.exists() {
        return Err(ApiError::plain(ErrorCode::FileExists));
    }
    let file = sifter
        .export_key(fingerprint, secret, armored, absolute(&output)?)
        .await?;
    if json {
        print::json(&file);
    } else {
        print::line(&file.name);
    }
    Ok(Outcome::Done)
}

async fn compare(sifter: &Sifter, key: &str, text: String, json: bool) -> Result<Outcome> {
    let comparison = sifter
        .compare_fingerprint(find(sifter, key).await?, text)
        .await?;
    if json {
        print::json(&comparison);
    } else {
        print::line(match &comparison {
            FingerprintComparison::Match => "all groups match",
            FingerprintComparison::Differs { .. } => "it differs",
            FingerprintComparison::TooShort { .. } => "too short: the whole fingerprint is needed",
            FingerprintComparison::Empty | FingerprintComparison::NotHex => {
                "this is no fingerprint"
            }
        });
    }
    Ok(if comparison == FingerprintComparison::Match {
        Outcome::Done
    } else {
        Outcome::Negative
    })
}

/// Returns the fingerprint of the one key that `key` names: a fingerprint, or a name or mail address that only one has.
pub(crate) async fn find(sifter: &Sifter, key: &str) -> Result<String> {
    let digits: String = key
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase();
    let rows = sifter.list_keys().await?.keys;
    let named: Vec<&KeyRow> = rows
        .iter()
        .filter(|row| {
            row.fingerprint == digits
                || row.name.as_deref() == Some(key)
                || row.mail.as_deref() == Some(key)
        })
        .collect();
    match named.as_slice() {
        [one] => Ok(one.fingerprint.clone()),
        [] if digits.len() >= 40 => Ok(digits),
        [] => Err(ApiError::new(
            ErrorCode::KeyMissing,
            format!("there is no key `{key}`"),
        )),
        _ => Err(ApiError::new(
            ErrorCode::InputInvalid,
            format!("more than one key is named `{key}`"),
        )
        .with_hint("use the fingerprint")),
    }
}

/// Returns the passphrase of a key that is locked.
async fn ask(sifter: &Sifter, fingerprint: &str, file: Option<&Path>) -> Result<Option<Secret>> {
    let row = sifter.get_key(fingerprint.to_owned()).await?.row;
    if row.protection == Some(sifter_api::keys::KeyProtection::None) {
        return Ok(None);
    }
    let name = row
        .name
        .or(row.mail)
        .unwrap_or_else(|| fingerprint.to_owned());
    passphrase::read(file, VARIABLE, &name).map(Some)
}

fn in_days(days: u32) -> Option<Timestamp> {
    let now = Timestamp::of(std::time::SystemTime::now()).0;
    (days > 0).then(|| Timestamp(now.saturating_add(i64::from(days).saturating_mul(DAY))))
}

fn reason_of(reason: Reason) -> RevocationReason {
    match reason {
        Reason::NoReason => RevocationReason::NoReason,
        Reason::Superseded => RevocationReason::Superseded,
        Reason::Compromised => RevocationReason::Compromised,
        Reason::Retired => RevocationReason::Retired,
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|_| ApiError::new(ErrorCode::InputInvalid, "the path is empty"))
}

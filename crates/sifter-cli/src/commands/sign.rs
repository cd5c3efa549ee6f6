//! `sign`.

use std::fmt::Write as _;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    images::SignPlanView,
    keys::KeepPassphrase,
    sign::{SignRequest, SignWhat},
    tasks::TaskOutcome,
    units::{ImageId, TaskId},
};

use super::keys::find_own;
use crate::{
    answer::{Answer, Failure},
    arguments::Sign,
    passphrase::Passphrases,
    wait,
};

pub(crate) async fn run(sifter: &Sifter, sign: Sign, passphrases: &Passphrases) -> Result<Answer, Failure> {
    let ids = sifter.borrow_images(sign.images.clone()).await?;
    let done = sign_all(sifter, &ids, &sign, passphrases).await;
    sifter.give_back_images(ids).await?;
    done
}

async fn sign_all(
    sifter: &Sifter,
    ids: &[ImageId],
    sign: &Sign,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    let mut events = sifter.events();
    let task = match &sign.pem_key {
        Some(_) => start_with_pem(sifter, ids, sign, passphrases).await?,
        None => start(sifter, ids, sign, passphrases).await?,
    };
    let TaskOutcome::Signed { items } = wait::outcome(sifter, &mut events, task).await? else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    if let [item] = items.as_slice()
        && let Some(error) = &item.error
    {
        return Err(error.clone().into());
    }
    let mut text = String::new();
    for item in &items {
        let _ = match &item.error {
            None => writeln!(text, "{}: signed, {} new", item.name, item.signatures),
            Some(error) => writeln!(text, "{}: {}", item.name, error.message),
        };
    }
    let all = items.iter().all(|item| item.error.is_none());
    Ok(Answer::new(text, &items)?.and(all))
}

fn what(sign: &Sign) -> SignWhat {
    match sign.group {
        Some(group) => SignWhat::Group(group),
        None if sign.objects.is_empty() => SignWhat::All,
        None => SignWhat::Parts(sign.objects.clone()),
    }
}

async fn start(sifter: &Sifter, ids: &[ImageId], sign: &Sign, passphrases: &Passphrases) -> Result<TaskId, Failure> {
    let fingerprint = match &sign.key {
        Some(key) => find_own(sifter, key).await?,
        None => sifter.suggest_signer(ids.to_vec()).await?.ok_or_else(|| {
            ApiError::new(ErrorCode::KeyMissing, "there is not just one key of yours to sign with")
                .with_hint("name one with --key, or make one with `key create`")
        })?,
    };
    let request = SignRequest { images: ids.to_vec(), fingerprint, what: what(sign), copy: sign.copy };
    let plan = sifter.plan_signing(request).await?;
    check_blocked(&plan)?;
    let passphrase = if plan.needs_passphrase { Some(passphrases.get(&plan.signer)?) } else { None };
    Ok(sifter.run_signing(plan.plan, passphrase, KeepPassphrase::ThisAction, sign.force).await?)
}

/// One image that cannot be signed is the answer; of several, the others are signed.
fn check_blocked(plan: &SignPlanView) -> Result<(), Failure> {
    match plan.items.as_slice() {
        [item] => item.blocked.clone().map_or(Ok(()), |error| Err(error.into())),
        _ => Ok(()),
    }
}

async fn start_with_pem(
    sifter: &Sifter,
    ids: &[ImageId],
    sign: &Sign,
    passphrases: &Passphrases,
) -> Result<TaskId, Failure> {
    let Some(file) = sign.pem_key.clone() else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    let given = passphrases.without_asking()?;
    let had_one = given.is_some();
    let attempt = sifter.sign_with_pem(ids.to_vec(), file.clone(), what(sign), sign.copy, given).await;
    match attempt {
        Err(error) if error.code == ErrorCode::PassphraseNeeded && !had_one => {
            let asked = passphrases.get(&file.display().to_string())?;
            Ok(sifter.sign_with_pem(ids.to_vec(), file, what(sign), sign.copy, Some(asked)).await?)
        }
        other => Ok(other?),
    }
}

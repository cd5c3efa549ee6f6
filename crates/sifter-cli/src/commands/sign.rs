//! `sign`.

use std::fmt::Write as _;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    images::SignPlanItem,
    keys::KeepPassphrase,
    sign::{SignRequest, SignWhat},
    tasks::{SignedItem, TaskOutcome},
    units::{ImageId, TaskId},
};

use super::keys::find_own;
use crate::{
    answer::{Answer, Failure},
    arguments::Sign,
    passphrase::Passphrases,
    wait,
};

pub(crate) async fn run(
    sifter: &Sifter,
    sign: Sign,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
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
    let mut items = Vec::new();
    if let Some(task) = start(sifter, ids, sign, passphrases, &mut items).await? {
        let TaskOutcome::Signed { items: done } = wait::outcome(sifter, &mut events, task).await?
        else {
            return Err(ApiError::plain(ErrorCode::Internal).into());
        };
        items.extend(done);
    }
    let place = |item: &SignedItem| ids.iter().position(|id| *id == item.image);
    items.sort_by_key(place);
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
        None if sign.only.objects.is_empty() => SignWhat::All,
        None => SignWhat::Parts(sign.only.objects.clone()),
    }
}

/// Starts to sign the images that can be signed; the others are put among `blocked`.
async fn start(
    sifter: &Sifter,
    ids: &[ImageId],
    sign: &Sign,
    passphrases: &Passphrases,
    blocked: &mut Vec<SignedItem>,
) -> Result<Option<TaskId>, Failure> {
    let plan = match &sign.pem_key {
        Some(file) => {
            let (images, key) = (ids.to_vec(), file.clone());
            sifter
                .plan_signing_with_pem(images, key, what(sign), sign.copy)
                .await?
        }
        None => {
            sifter
                .plan_signing(request(sifter, ids, sign).await?)
                .await?
        }
    };
    blocked.extend(plan.items.iter().filter_map(as_blocked));
    if blocked.len() == plan.items.len() {
        return Ok(None);
    }
    let passphrase = if plan.needs_passphrase {
        Some(passphrases.get(&plan.signer)?)
    } else {
        None
    };
    let task = sifter
        .run_signing(
            plan.plan,
            passphrase,
            KeepPassphrase::ThisAction,
            sign.force,
        )
        .await;
    Ok(Some(task.map_err(how_to_confirm)?))
}

async fn request(sifter: &Sifter, ids: &[ImageId], sign: &Sign) -> Result<SignRequest, Failure> {
    let fingerprint = match &sign.key {
        Some(key) => find_own(sifter, key).await?,
        None => sifter.suggest_signer(ids.to_vec()).await?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::KeyMissing,
                "there is not just one key of yours to sign with",
            )
            .with_hint("name one with --key, or make one with `key create`")
        })?,
    };
    Ok(SignRequest {
        images: ids.to_vec(),
        fingerprint,
        what: what(sign),
        copy: sign.copy,
    })
}

fn as_blocked(item: &SignPlanItem) -> Option<SignedItem> {
    let error = item.blocked.clone()?;
    Some(SignedItem {
        image: item.image,
        name: item.name.clone(),
        signatures: 0,
        error: Some(error),
    })
}

/// What a window asks is a matter of `--force` here.
fn how_to_confirm(error: ApiError) -> ApiError {
    match error.code {
        ErrorCode::AlreadySigned | ErrorCode::InputInvalid => {
            error.with_hint("say --force to sign all the same")
        }
        _ => error,
    }
}

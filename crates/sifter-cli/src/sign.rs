//! Signing images.

use sifter_api::{
    ApiError, ErrorCode, Result, Sifter,
    images::SignPlanView,
    keys::KeepPassphrase,
    sign::{SignRequest, SignWhat},
    tasks::{SignedItem, TaskOutcome, TaskState},
    units::{ImageId, TaskId},
};

use crate::{arguments::SignArguments, exit::Outcome, passphrase, print, progress};

pub(crate) const VARIABLE: &str = "SIFTER_PASSPHRASE";

pub(crate) async fn run(sifter: &Sifter, arguments: SignArguments, json: bool) -> Result<Outcome> {
    let ids = sifter.borrow_images(arguments.images.clone()).await?;
    let result = sign(sifter, arguments, &ids, json).await;
    sifter.give_back_images(ids).await?;
    result
}

async fn sign(
    sifter: &Sifter,
    arguments: SignArguments,
    ids: &[ImageId],
    json: bool,
) -> Result<Outcome> {
    let mut events = sifter.events();
    let mut items = Vec::new();
    let task = match &arguments.pem_key {
        Some(_) => with_pem(sifter, &arguments, ids).await?,
        None => with_key(sifter, &arguments, ids, &mut items).await?,
    };
    if let Some(task) = task {
        let view = progress::follow(sifter, &mut events, task, json).await?;
        items.extend(match view.state {
            TaskState::Done {
                outcome: TaskOutcome::Signed { items },
            } => items,
            TaskState::Failed { error } => return Err(error),
            _ => return Err(ApiError::plain(ErrorCode::Cancelled)),
        });
    }
    Ok(tell(&items, json))
}

async fn with_pem(
    sifter: &Sifter,
    arguments: &SignArguments,
    ids: &[ImageId],
) -> Result<Option<TaskId>> {
    let Some(file) = arguments.pem_key.clone() else {
        return Ok(None);
    };
    let attempt = async |passphrase| {
        sifter
            .sign_with_pem(
                ids.to_vec(),
                file.clone(),
                what(arguments),
                arguments.copy,
                passphrase,
            )
            .await
    };
    match attempt(None).await {
        Err(error) if error.code == ErrorCode::PassphraseNeeded => {
            let name = file.to_string_lossy().into_owned();
            let given = passphrase::read(
                arguments.passphrase.passphrase_file.as_deref(),
                VARIABLE,
                &name,
            )?;
            attempt(Some(given)).await.map(Some)
        }
        other => other.map(Some),
    }
}

async fn with_key(
    sifter: &Sifter,
    arguments: &SignArguments,
    ids: &[ImageId],
    blocked: &mut Vec<SignedItem>,
) -> Result<Option<TaskId>> {
    let suggested = match &arguments.key {
        Some(key) => Some(crate::key::find(sifter, key).await?),
        None => sifter.suggest_signer(ids.to_vec()).await?,
    };
    let fingerprint = suggested.ok_or_else(|| {
        ApiError::new(
            ErrorCode::InputInvalid,
            "it is not clear which key to sign with",
        )
        .with_hint("name one with --key; `sifter-cli key list` shows them")
    })?;
    let request = SignRequest {
        images: ids.to_vec(),
        fingerprint,
        what: what(arguments),
        copy: arguments.copy,
    };
    let plan = sifter.plan_signing(request).await?;
    blocked.extend(blocked_items(&plan));
    if blocked.len() == plan.items.len() {
        return Ok(None);
    }
    let passphrase = if plan.needs_passphrase {
        Some(passphrase::read(
            arguments.passphrase.passphrase_file.as_deref(),
            VARIABLE,
            &plan.signer,
        )?)
    } else {
        None
    };
    sifter
        .run_signing(
            plan.plan,
            passphrase,
            KeepPassphrase::ThisAction,
            arguments.yes,
        )
        .await
        .map(Some)
}

fn what(arguments: &SignArguments) -> SignWhat {
    match (arguments.group, arguments.object.as_slice()) {
        (Some(group), _) => SignWhat::Group(group),
        (None, []) => SignWhat::All,
        (None, parts) => SignWhat::Parts(parts.to_vec()),
    }
}

fn blocked_items(plan: &SignPlanView) -> impl Iterator<Item = SignedItem> {
    plan.items.iter().filter_map(|item| {
        let error = item.blocked.clone()?;
        Some(SignedItem {
            image: item.image,
            name: item.name.clone(),
            signatures: 0,
            error: Some(error),
        })
    })
}

/// One failure decides the exit code; with a single image it is that of the failure.
fn tell(items: &[SignedItem], json: bool) -> Outcome {
    if json {
        print::json(&items);
    }
    let mut outcome = Outcome::Done;
    for item in items {
        match &item.error {
            Some(error) => {
                let own = if json {
                    Outcome::of(error.code)
                } else {
                    print::error(error, false)
                };
                outcome = if items.len() == 1 {
                    own
                } else {
                    Outcome::Negative
                };
            }
            None if !json => print::line(&format!(
                "{}: {} signature(s) added",
                item.name, item.signatures
            )),
            None => {}
        }
    }
    outcome
}

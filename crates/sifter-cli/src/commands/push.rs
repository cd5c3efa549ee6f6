//! `push`.

use std::fmt::Write as _;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    library::{
        PushGate, PushItem, PushPlanItem, PushPlanView, PushRequest, PushTarget, PushedItem,
        ReferenceView, SignFirst, TagChange, Transport,
    },
    tasks::TaskOutcome,
    units::ImageId,
};

use super::{at, images::with_image, keys::find_own};
use crate::{
    answer::{Answer, Failure},
    arguments::Push,
    passphrase::Passphrases,
    wait,
};

pub(crate) async fn run(
    sifter: &Sifter,
    push: Push,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    let (first, mut tags) = tags_of(&push.reference);
    let reference = at::reference(sifter, first, &push.at).await?;
    if let Some(problem) = &reference.problem {
        return Err(problem.clone().into());
    }
    let (target, container) = target(&reference)?;
    // A tag that nobody wrote is only meant where no other is.
    let is_meant = push.tags.is_empty() || names_tag(first);
    let read = reference.tag.clone().filter(|_| is_meant);
    tags.splice(0..0, read);
    for tag in &push.tags {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    let sign = match &push.sign {
        Some(key) => Some(find_own(sifter, key).await?),
        None => None,
    };
    let sign = sign.map(|fingerprint| SignFirst { fingerprint });
    with_image(sifter, push.image, async |image| {
        let item = PushItem {
            image,
            container: Some(container),
            tags,
            description: push.description,
        };
        let request = PushRequest {
            target,
            items: vec![item],
        };
        let plan = sifter.plan_push(request).await?;
        refuse(&plan, push.allow_unsigned || sign.is_some())?;
        run_plan(sifter, plan, image, sign, push.allow_unsigned, passphrases).await
    })
    .await
}

/// The real command line takes several tags behind one colon. Returns the reference with the first one, and the others.
fn tags_of(reference: &str) -> (&str, Vec<String>) {
    let name = last_step(reference);
    let last = &reference[name..];
    match (last.find(':'), last.find(',')) {
        (Some(colon), Some(comma)) if colon < comma => {
            let others = last[comma + 1..].split(',').map(str::to_owned);
            (&reference[..name + comma], others.collect())
        }
        _ => (reference, Vec::new()),
    }
}

fn names_tag(reference: &str) -> bool {
    reference[last_step(reference)..].contains(':')
}

/// Where the last step of the path begins.
fn last_step(reference: &str) -> usize {
    reference.rfind('/').map_or(0, |slash| slash + 1)
}

/// Where it goes, and the name of the container there.
fn target(reference: &ReferenceView) -> Result<(PushTarget, String), Failure> {
    match reference.transport {
        Transport::Library => {
            let container = at::container(reference)?;
            let target = PushTarget::Library {
                remote: container.remote,
                collection: container.collection,
            };
            Ok((target, container.name))
        }
        Transport::Oras => {
            let above = [&reference.entity, &reference.collection];
            let parts = above.into_iter().flatten().map(String::as_str);
            let repository: Vec<&str> = std::iter::once(reference.server.as_str())
                .chain(parts)
                .collect();
            let repository = repository.join("/");
            Ok((
                PushTarget::Registry { repository },
                reference.container.clone(),
            ))
        }
        Transport::Docker | Transport::Shub | Transport::Http => {
            let message = format!("nothing can be pushed to `{}`", reference.reference);
            let error = ApiError::new(ErrorCode::TransportUnsupported, message);
            Err(error
                .with_hint("push to a library:// or an oras:// reference")
                .into())
        }
    }
}

/// What a person would be asked, or would see in the plan, ends the command here.
fn refuse(plan: &PushPlanView, is_decided: bool) -> Result<(), Failure> {
    for item in &plan.items {
        match &item.gate {
            PushGate::Blocked { error } => return Err(error.clone().into()),
            PushGate::Unsigned if !is_decided => {
                let message = format!("`{}` is not signed", item.name);
                let error = ApiError::new(ErrorCode::InputInvalid, message);
                let hint = "say --sign KEY to sign it first, or --allow-unsigned";
                return Err(error.with_hint(hint).into());
            }
            PushGate::Unsigned | PushGate::Open => {}
        }
    }
    if !plan.fits {
        return Err(ApiError::plain(ErrorCode::QuotaExceeded).into());
    }
    Ok(())
}

async fn run_plan(
    sifter: &Sifter,
    plan: PushPlanView,
    image: ImageId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
    passphrases: &Passphrases,
) -> Result<Answer, Failure> {
    let mut events = sifter.events();
    let task = sifter.run_push(plan.plan, sign, unsigned_too).await?;
    let outcome = wait::outcome_with(sifter, &mut events, task, passphrases).await?;
    let TaskOutcome::Pushed { items } = outcome else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    let Some(done) = items.into_iter().find(|item| item.image == image) else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    if let Some(error) = done.error {
        return Err(error.into());
    }
    let planned = plan.items.iter().find(|item| item.image == image);
    Answer::new(words(&done, planned), &done)
}

fn words(done: &PushedItem, planned: Option<&PushPlanItem>) -> String {
    let mut text = format!("{}: pushed to {}\n", done.name, done.reference);
    let Some(planned) = planned else {
        return text;
    };
    if planned.is_there {
        text.push_str("  the bytes were there already\n");
    }
    for tag in &planned.tags {
        if let (TagChange::Moves, Some(old)) = (tag.effect, &tag.old_hash) {
            let _ = writeln!(text, "  tag {} moved; it led to {old}", tag.tag);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_tags_stand_behind_one_colon() {
        for (reference, first, others) in [
            ("library://a/b/c", "library://a/b/c", &[][..]),
            ("library://a/b/c:1", "library://a/b/c:1", &[]),
            ("library://a/b/c:1,2,3", "library://a/b/c:1", &["2", "3"]),
            ("oras://h:5000/c", "oras://h:5000/c", &[]),
            ("oras://h:5000/c:1,2", "oras://h:5000/c:1", &["2"]),
            ("c:1,2", "c:1", &["2"]),
            ("a,b", "a,b", &[]),
        ] {
            let (found, rest) = tags_of(reference);
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            assert_eq!((found, rest.as_slice()), (first, others), "{reference}");
            assert_eq!(
                names_tag(reference),
                reference.contains(":1"),
                "{reference}"
            );
        }
    }
}

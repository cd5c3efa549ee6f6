//! Section `mutations`: changed and cut images, and where Sifter must be stricter than the reference.

use sif::Image;

use crate::expected::{Mutation, VerifyCase};
use crate::images::{check_load, load};
use crate::verify::{check, check_load_class, strict};
use crate::{Corpus, Tally, same};

pub(crate) fn run_loading(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("mutations");
    for mutation in &corpus.expected.mutations {
        tally.case(&mutation.name, || check_loading(corpus, mutation));
    }
    tally
}

pub(crate) fn run_verifying(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("mutations.verify");
    for mutation in &corpus.expected.mutations {
        for case in &mutation.verify {
            let name = format!("{}: {:?}", mutation.name, case.select);
            tally.case(&name, || check_verifying(corpus, mutation, case));
        }
    }
    tally
}

fn mutated(corpus: &Corpus, mutation: &Mutation) -> Result<Vec<u8>, String> {
    let mut bytes = corpus.read(&mutation.image)?;
    for edit in &mutation.edits {
        let new = hex::decode(&edit.hex).map_err(|error| error.to_string())?;
        let end = edit.offset + new.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[edit.offset..end].copy_from_slice(&new);
    }
    if let Some(length) = mutation.truncate_to {
        bytes.resize(length, 0);
    }
    Ok(bytes)
}

fn must_refuse(mutation: &Mutation) -> bool {
    mutation.policy.starts_with("reject")
}

fn check_loading(corpus: &Corpus, mutation: &Mutation) -> Result<(), String> {
    let bytes = mutated(corpus, mutation)?;
    match (load(&bytes)?, mutation.load.outcome.as_str()) {
        (Ok(_), _) if must_refuse(mutation) => Err("was accepted".to_owned()),
        (Ok(image), "ok") => check_load(&image, &bytes, &mutation.load),
        (Ok(_), outcome) => Err(format!("was accepted, expected {outcome}")),
        (Err(error), "ok") if !must_refuse(mutation) && mutation.policy.is_empty() => {
            Err(format!("was refused: {error}"))
        }
        (Err(error), _) => match &mutation.load.error {
            Some(expected) => check_load_class(&error, expected),
            None => Ok(()),
        },
    }
}

fn check_verifying(corpus: &Corpus, mutation: &Mutation, case: &VerifyCase) -> Result<(), String> {
    let bytes = mutated(corpus, mutation)?;
    let keys = case.keys.as_ref().unwrap_or(&mutation.keys);
    if case.expect.stage.as_deref() == Some("keys") {
        return same("keys can be loaded", &corpus.is_loadable(keys), &false);
    }
    let keys = &corpus.material(keys)?;
    if mutation.policy.is_empty() {
        return check(&bytes, keys, &case.select, &case.expect, corpus.now);
    }
    // Any refusal will do; what must not happen is that the image passes.
    let Ok(image) = Image::read(&bytes) else {
        return Ok(());
    };
    match strict(&bytes, &image, keys, &case.select, corpus.now) {
        Ok(strict) if strict.result.is_ok() => Err("was verified".to_owned()),
        _ => Ok(()),
    }
}

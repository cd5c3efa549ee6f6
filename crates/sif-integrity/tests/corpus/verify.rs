//! The verdicts of section `images`, and the comparison that `mutations` uses too.

use sif::Image;
use sif_integrity::{
    Failure, KeyMaterial, Mode, Options, Selection, Silent, Stage, Strict, verify,
};

use crate::expected::{Expect, Failed, Select, Signature};
use crate::{Corpus, Tally, same};

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("verify");
    for (path, image) in &corpus.expected.images {
        for case in &image.verify {
            tally.case(&format!("{path}: {}", case.case), || {
                let keys = case.keys.clone().unwrap_or_default();
                if case.expect.stage.as_deref() == Some("keys") {
                    return same("keys can be loaded", &corpus.is_loadable(&keys), &false);
                }
                let keys = &corpus.material(&keys)?;
                check(
                    &corpus.read(path)?,
                    keys,
                    &case.select,
                    &case.expect,
                    corpus.now,
                )
            });
        }
    }
    tally
}

/// Verifies an image and compares everything that is recorded.
pub(crate) fn check(
    bytes: &[u8],
    keys: &KeyMaterial,
    select: &Select,
    expect: &Expect,
    now: i64,
) -> Result<(), String> {
    let image = match Image::read(bytes) {
        Ok(image) => image,
        Err(error) => return check_refusal(&error, expect),
    };
    let strict = strict(bytes, &image, keys, select, now)?;
    if expect.outcome == "panic" {
        return same("verified", &strict.result.is_ok(), &false);
    }
    compare(&strict, expect)
}

/// A file that cannot be loaded, where the reference fails too.
fn check_refusal(error: &sif::Error, expect: &Expect) -> Result<(), String> {
    match expect.outcome.as_str() {
        "panic" => Ok(()),
        "error" if expect.stage.as_deref() == Some("load") => match &expect.error {
            Some(expected) => check_load_class(error, expected),
            None => Ok(()),
        },
        _ => Err(format!("was refused: {error}")),
    }
}

/// Where loading fails in the reference too, both should mean the same.
pub(crate) fn check_load_class(error: &sif::Error, expected: &Failed) -> Result<(), String> {
    let fault = error
        .fault()
        .ok_or_else(|| format!("not about the bytes: {error}"))?;
    same("class", fault.field.load_class(), expected.class.as_str())
}

pub(crate) fn strict(
    bytes: &[u8],
    image: &Image,
    keys: &KeyMaterial,
    select: &Select,
    now: i64,
) -> Result<Strict, String> {
    let mode = match select {
        Select {
            legacy_all: true, ..
        } => Mode::LegacyAll,
        Select {
            legacy_cli: true, ..
        } => Mode::LegacyPrimary,
        Select { legacy: true, .. } => Mode::Legacy,
        _ => Mode::Current,
    };
    let selection = Selection {
        groups: select.groups.clone(),
        objects: select.objects.clone(),
        mode,
    };
    let options = Options {
        now,
        threads: None,
        ignore_errors: select.ignore_errors,
        whole_file: None,
    };
    let found = verify(bytes, image, keys, &selection, &options, &Silent);
    found
        .map(|found| found.strict)
        .map_err(|error| error.to_string())
}

fn compare(strict: &Strict, expect: &Expect) -> Result<(), String> {
    let stage = match strict.stage {
        Stage::Select => "select",
        Stage::Verify => "verify",
    };
    match (&strict.result, expect.outcome.as_str()) {
        (Ok(()), "ok") => {}
        (Err(failure), "error") => compare_failure(failure, expect.error.as_ref())?,
        (result, outcome) => return Err(format!("outcome is {result:?}, expected {outcome}")),
    }
    if let Some(expected) = &expect.stage {
        same("stage", stage, expected.as_str())?;
    }
    if let Some(signatures) = &expect.signatures {
        compare_signatures(strict, signatures)?;
    }
    let hex = |list: &[[u8; 20]]| list.iter().map(hex::encode).collect::<Vec<_>>();
    let any = strict.signers.as_ref().map(|signers| hex(&signers.any));
    let all = strict.signers.as_ref().map(|signers| hex(&signers.all));
    same("any signed by", &any, &expect.any_signed_by)?;
    same("all signed by", &all, &expect.all_signed_by)
}

fn compare_signatures(strict: &Strict, expected: &[Signature]) -> Result<(), String> {
    same(
        "count of signatures",
        &strict.checked.len(),
        &expected.len(),
    )?;
    for (found, expected) in strict.checked.iter().zip(expected) {
        same("signature", &found.signature.0, &expected.signature)?;
        let verified: Vec<u32> = found.verified.iter().map(|id| id.0).collect();
        same("verified objects", &verified, &expected.verified)?;
        let signer = found.signer.map(|signer| signer.to_string().to_lowercase());
        same("entity", &signer, &expected.entity)?;
        same("accepted keys", &found.keys, &expected.keys)?;
        match (&found.result, &expected.error) {
            (Ok(()), None) => {}
            (Err(failure), Some(expected)) => compare_callback_failure(failure, expected)?,
            (result, expected) => {
                return Err(format!("signature gave {result:?}, expected {expected:?}"));
            }
        }
    }
    Ok(())
}

/// What the callback sees has no number for some classes, so a missing one says nothing.
fn compare_callback_failure(failure: &Failure, expected: &Failed) -> Result<(), String> {
    same(
        "class of signature",
        failure.class(),
        expected.class.as_str(),
    )?;
    same(
        "cause of signature",
        &failure.cause().map(|cause| cause.class()),
        &expected.cause.as_deref(),
    )?;
    match expected.id {
        Some(id) => same("ID of signature's failure", &failure.id(), &Some(id)),
        None => Ok(()),
    }
}

fn compare_failure(failure: &Failure, expected: Option<&Failed>) -> Result<(), String> {
    let Some(expected) = expected else {
        return Ok(());
    };
    same("class", failure.class(), expected.class.as_str())?;
    same(
        "cause",
        &failure.cause().map(|cause| cause.class()),
        &expected.cause.as_deref(),
    )?;
    same("ID", &failure.id(), &expected.id)?;
    let is_group = matches!(failure, Failure::SignatureNotFound { is_group: true, .. });
    same("is group", &is_group, &expected.is_group)
}

//! `verify`.

use std::{
    fmt::Write as _,
    path::Path,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use sifter_api::{
    ApiError, ErrorCode, Sifter,
    tasks::TaskItem,
    verdict::{
        Badge, KeySource, PartState, SignatureResult, SignatureView, VerdictView, VerifyRequest,
    },
};
use tokio::task::JoinHandle;

use crate::{
    answer::{Answer, Failure},
    arguments::Verify,
    wait::ProgressLine,
};

/// An image as it was named, and its verdict.
type Checked = (String, Result<VerdictView, ApiError>);

/// Verifies the images one after the other. The answer is yes only if all of them are verified.
pub(crate) async fn run(sifter: &Sifter, verify: Verify) -> Result<Answer, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let work = tokio::task::spawn_blocking({
        let (sifter, stop) = (sifter.clone(), Arc::clone(&stop));
        move || check_all(&sifter, &verify, &stop)
    });
    answer(&until_stopped(work, &stop).await?)
}

/// Waits for the work. Ctrl-C lets it end at its next step; a second one does not wait for that.
async fn until_stopped<T>(
    mut work: JoinHandle<Result<T, ApiError>>,
    stop: &AtomicBool,
) -> Result<T, ApiError> {
    let mut asked = pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            done = &mut work => {
                return done.unwrap_or_else(|error| Err(ApiError::plain(ErrorCode::Internal).because(&error)));
            }
            // Without a handler for the signal, the system's own one ends the program.
            _ = &mut asked => {
                if stop.swap(true, Ordering::Relaxed) {
                    return Err(ApiError::plain(ErrorCode::Cancelled));
                }
                asked.set(tokio::signal::ctrl_c());
            }
        }
    }
}

fn check_all(
    sifter: &Sifter,
    verify: &Verify,
    stop: &AtomicBool,
) -> Result<Vec<Checked>, ApiError> {
    let request = request(verify);
    let mut answers = Vec::new();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    for (before, image) in verify.images.iter().enumerate() {
        let item = TaskItem {
            name: image.display().to_string(),
            number: count(before + 1),
            of: count(verify.images.len()),
        };
        let answer = check(sifter, image, &request, &item, stop);
        if let Err(error) = &answer
            && error.code == ErrorCode::Cancelled
        {
            return Err(error.clone());
        }
        answers.push((item.name, answer));
    }
    Ok(answers)
}

fn answer(answers: &[Checked]) -> Result<Answer, Failure> {
    if let [(_, Err(error))] = answers {
        return Err(error.clone().into());
    }
    let is_yes = answers
        .iter()
        .all(|(_, answer)| matches!(answer, Ok(verdict) if verdict.badge == Badge::Verified));
    let text: Vec<String> = answers
        .iter()
        .map(|(image, answer)| paragraph(image, answer))
        .collect();
    let mut values: Vec<Value> = answers
        .iter()
        .map(|(image, answer)| value(image, answer))
        .collect();
    let value = if values.len() == 1 {
        values.remove(0)
    } else {
        Value::Array(values)
    };
    Ok(Answer::new(text.join("\n"), &value)?.and(is_yes))
}

fn request(verify: &Verify) -> VerifyRequest {
    let keys = if let Some(leaf) = &verify.certificate {
        KeySource::Certificate {
            leaf: leaf.clone(),
            intermediates: verify.certificate_intermediates.clone(),
            roots: verify.certificate_roots.clone(),
        }
    } else if !verify.pem.is_empty() {
        KeySource::Pem(verify.pem.clone())
    } else if !verify.keyring.is_empty() {
        KeySource::Files(verify.keyring.clone())
    } else {
        KeySource::Keyrings
    };
    VerifyRequest {
        groups: verify.groups.clone(),
        parts: verify.only.objects.clone(),
        legacy: verify.legacy_insecure,
        legacy_all: verify.legacy_insecure && verify.all,
        keys,
    }
}

fn check(
    sifter: &Sifter,
    image: &Path,
    request: &VerifyRequest,
    item: &TaskItem,
    stop: &AtomicBool,
) -> Result<VerdictView, ApiError> {
    let line = Mutex::new(ProgressLine::default());
    let verdict = sifter.verify_file(image, request, &|done, total| {
        if let Ok(mut line) = line.try_lock() {
            line.show_bytes(done, total, item);
        }
        !stop.load(Ordering::Relaxed)
    });
    if let Ok(mut line) = line.lock() {
        line.clear();
    }
    verdict
}

fn value(image: &str, answer: &Result<VerdictView, ApiError>) -> Value {
    match answer {
        Ok(verdict) => json!({ "image": image, "badge": verdict.badge, "verdict": verdict }),
        Err(error) => json!({ "image": image, "error": error }),
    }
}

fn paragraph(image: &str, answer: &Result<VerdictView, ApiError>) -> String {
    let verdict = match answer {
        Ok(verdict) => verdict,
        Err(error) => return format!("{image}: {}\n", error.message),
    };
    let mut text = format!("{image}: {}\n", badge(verdict.badge));
    for signature in &verdict.signatures {
        let _ = writeln!(
            text,
            "  signature {}: {}",
            signature.id,
            signature_line(signature)
        );
    }
    for part in verdict
        .parts
        .iter()
        .filter(|part| part.state != PartState::Signature)
    {
        let state = match part.state {
            PartState::Intact => "matches what was signed",
            PartState::Changed => "differs from what was signed",
            PartState::NotCovered => "not covered by a signature",
            PartState::Signature | PartState::Unknown => "not known",
        };
        let _ = writeln!(text, "  object {}: {state}", part.id);
    }
    let line = &verdict.command_line;
    if !line.agrees {
        let _ = writeln!(
            text,
            "  `{}` would end with {} ({})",
            line.command, line.exit_code, line.class
        );
    }
    text
}

fn signature_line(signature: &SignatureView) -> String {
    let who = signature
        .signer
        .clone()
        .or_else(|| signature.fingerprint.clone());
    let who = who.unwrap_or_else(|| signature.dsse_keys.join(", "));
    let covers: Vec<String> = signature.covers.iter().map(u32::to_string).collect();
    format!(
        "{}, {}, covers {}",
        result(signature.result),
        if who.is_empty() {
            "signer not known"
        } else {
            &who
        },
        covers.join(" ")
    )
}

/// Returns the words of a verdict, as the window has them.
pub(crate) fn badge(badge: Badge) -> &'static str {
    match badge {
        Badge::Verified => "Verified",
        Badge::UnknownKey => "Unknown key",
        Badge::UntrustedKey => "Untrusted key",
        Badge::RevokedKey => "Revoked key",
        Badge::ExpiredKey => "Expired key",
        Badge::PartlySigned => "Partly signed",
        Badge::OldSignature => "Old signature",
        Badge::Tampered => "Tampered",
        Badge::NotSigned => "Not signed",
        Badge::NotChecked => "Not checked",
        Badge::CantCheck => "Can't check",
    }
}

fn result(result: SignatureResult) -> &'static str {
    match result {
        SignatureResult::Good => "good",
        SignatureResult::Tampered => "contradicted",
        SignatureResult::UnknownKey => "the key is not here",
        SignatureResult::UntrustedKey => "the key is not trusted",
        SignatureResult::RevokedKey => "the key was revoked",
        SignatureResult::ExpiredKey => "the key had expired",
        SignatureResult::OldSignature => "in the old form",
        SignatureResult::CantCheck => "cannot be checked",
    }
}

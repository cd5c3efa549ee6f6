//! Verifying one image.

use serde::Serialize;
use sifter_api::{
    Result, Sifter,
    verdict::{Badge, KeySource, SignatureResult, VerdictView, VerifyRequest},
};

use crate::{arguments::VerifyArguments, exit::Outcome, print, progress::Line};

/// What `--json` prints: the badge, the facts, and what the command line would answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'verdict> {
    badge: Badge,
    facts: &'verdict VerdictView,
    command_line: &'verdict sifter_api::verdict::CommandLineView,
}

pub(crate) fn run(sifter: &Sifter, arguments: VerifyArguments, json: bool) -> Result<Outcome> {
    let path = arguments.image.clone();
    let request = request_of(arguments);
    let line = Line::new(json);
    let progress = |done, total| {
        line.show(done, Some(total));
        true
    };
    let verdict = sifter.verify_file(&path, &request, &progress);
    line.clear();
    let verdict = verdict?;
    if json {
        print::json(&Report {
            badge: verdict.badge,
            facts: &verdict,
            command_line: &verdict.command_line,
        });
    } else {
        tell(&verdict);
    }
    Ok(if verdict.badge == Badge::Verified {
        Outcome::Done
    } else {
        Outcome::Negative
    })
}

fn request_of(arguments: VerifyArguments) -> VerifyRequest {
    let keys = if let Some(leaf) = arguments.certificate {
        KeySource::Certificate {
            leaf,
            intermediates: arguments.certificate_intermediates,
            roots: arguments.certificate_roots,
        }
    } else if !arguments.pem.is_empty() {
        KeySource::Pem(arguments.pem)
    } else if !arguments.keyring.is_empty() {
        KeySource::Files(arguments.keyring)
    } else {
        KeySource::Keyrings
    };
    VerifyRequest {
        groups: arguments.group,
        parts: arguments.object,
        legacy: arguments.legacy_insecure,
        // As with the command lines, it means nothing without the old form.
        legacy_all: arguments.legacy_insecure && arguments.all,
        keys,
    }
}

fn tell(verdict: &VerdictView) {
    print::line(badge_words(verdict.badge));
    let intact = &verdict.intact;
    print::line(&format!(
        "{} of {} parts are covered",
        intact.parts_covered, intact.parts_total
    ));
    for change in &intact.changes {
        let part = change
            .part
            .map(|part| format!(" of part {part}"))
            .unwrap_or_default();
        print::line(&format!(
            "signature {}: {}{part}",
            change.signature,
            changed_words(change.what)
        ));
    }
    for signature in &verdict.signatures {
        let who = signature.signer.as_deref().unwrap_or("unknown signer");
        let key = signature.fingerprint.as_deref().unwrap_or("no fingerprint");
        print::line(&format!(
            "signature {}: {} by {who} {key}",
            signature.id,
            result_words(signature.result)
        ));
    }
    let command = &verdict.command_line;
    if !command.agrees {
        print::line(&format!(
            "`{}` would end with {} ({})",
            command.command, command.exit_code, command.class
        ));
    }
}

fn badge_words(badge: Badge) -> &'static str {
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

fn result_words(result: SignatureResult) -> &'static str {
    match result {
        SignatureResult::Good => "intact, trusted,",
        SignatureResult::Tampered => "contradicted,",
        SignatureResult::UnknownKey => "the key is not here,",
        SignatureResult::UntrustedKey => "the key is not trusted,",
        SignatureResult::RevokedKey => "the key was revoked,",
        SignatureResult::ExpiredKey => "the key had expired,",
        SignatureResult::OldSignature => "in the old form,",
        SignatureResult::CantCheck => "cannot be checked,",
    }
}

fn changed_words(what: sifter_api::verdict::ChangedThing) -> &'static str {
    use sifter_api::verdict::ChangedThing;
    match what {
        ChangedThing::Header => "the header differs",
        ChangedThing::Description => "the description differs",
        ChangedThing::Data => "the data differs",
        ChangedThing::MissingPart => "a signed part is missing: the data",
        ChangedThing::Signature => "the signature is broken",
        ChangedThing::Fingerprint => "the fingerprint beside it is another key's",
    }
}

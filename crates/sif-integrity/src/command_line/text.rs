//! The command's outputs for people.

use std::fmt::Write as _;
use std::time::Duration;

use sif::{Descriptor, Field, Link, Problem};

use super::{Call, Dialect, Found, KeySource, Shown};
use crate::certificate::CertificateError;
use crate::key_material::RingName;

/// What is printed about one signature.
pub(super) fn signature(shown: &Shown<'_>) -> String {
    let mut text = String::new();
    if let (Some(name), Some(fingerprint)) = (shown.name(), shown.checked.signer) {
        let ring = match () {
            () if shown.is_in(RingName::Global) => "[GLOBAL]",
            () if shown.is_in(RingName::Local) => "[LOCAL]",
            () => "[REMOTE]",
        };
        let _ = writeln!(text, "{ring:<18} Signing entity: {name}");
        let _ = writeln!(text, "{ring:<18} Fingerprint: {fingerprint}");
    }
    if !shown.checked.verified.is_empty() {
        text.push_str("Objects verified:\nID  |GROUP   |LINK    |TYPE\n");
        let _ = writeln!(text, "{}", "-".repeat(48));
        let objects = shown
            .checked
            .verified
            .iter()
            .filter_map(|id| shown.image.object(*id));
        objects.for_each(|object| push_row(&mut text, object));
    }
    if let Err(failure) = &shown.checked.result {
        let _ = writeln!(
            text,
            "\nError encountered during signature verification: {failure}"
        );
    }
    text
}

fn push_row(text: &mut String, object: &Descriptor) {
    let group = object
        .group()
        .map_or("NONE".to_owned(), |group| group.to_string());
    let link = match object.link() {
        Link::None => "NONE".to_owned(),
        Link::Object(id) => id.to_string(),
        Link::Group(group) => format!("{group} (G)"),
    };
    let id = object.id().to_string();
    let _ = writeln!(text, "{id:<4}|{group:<8}|{link:<8}|{}", object.data_type());
}

/// Standard error: what is done, and how it ends.
pub(super) fn messages(call: &Call, failure: Option<&str>) -> String {
    let material = match &call.key_source {
        KeySource::OpenPgp => "with PGP key material".to_owned(),
        KeySource::Key(path) => format!("with key material from '{path}'"),
        KeySource::Certificate(path) => format!("with key material from certificate '{path}'"),
    };
    let first = format!("INFO:    Verifying image {material}\n");
    let failed = match call.dialect {
        Dialect::Apptainer => "Failed",
        Dialect::Singularity => "failed",
    };
    match failure {
        Some(failure) => format!("{first}FATAL:   {failed} to verify container: {failure}\n"),
        None => format!(
            "{first}INFO:    Verified signature(s) from image '{}'\n",
            call.image
        ),
    }
}

/// The reason at the end, `None` if all is well.
pub(super) fn failure(found: Found<'_>) -> Option<String> {
    match found {
        Found::Verified { strict, .. } => strict
            .result
            .as_ref()
            .err()
            .map(|failure| format!("integrity: {failure}")),
        Found::NotLoaded(error) => Some(load_failure(error)),
        Found::BadCertificate(error, now) => Some(certificate_failure(error, now)),
        Found::NoKeys(reason) => Some(reason.to_owned()),
    }
}

/// The command's words where it refuses the file too, ours where it would read on.
fn load_failure(error: &sif::Error) -> String {
    let Some(fault) = error.fault() else {
        return error.to_string();
    };
    match (fault.field, fault.problem) {
        (Field::Magic, _) => "invalid SIF magic".to_owned(),
        (Field::Version, _) => "incompatible SIF version".to_owned(),
        (Field::Header, Problem::FileEnds { length: 0, .. }) => {
            "reading global header: EOF".to_owned()
        }
        (Field::Header, _) => "reading global header: unexpected EOF".to_owned(),
        (Field::Descriptors, _) => "reading descriptors: unexpected EOF".to_owned(),
        _ => fault.to_string(),
    }
}

fn certificate_failure(error: &CertificateError, now: i64) -> String {
    let expired = "x509: certificate has expired or is not yet valid: current time";
    match error {
        CertificateError::UnknownAuthority => {
            "x509: certificate signed by unknown authority".to_owned()
        }
        CertificateError::WrongPurpose => {
            "x509: certificate specifies an incompatible key usage".to_owned()
        }
        CertificateError::CriticalExtension => "x509: unhandled critical extension".to_owned(),
        CertificateError::Expired { not_after } => {
            format!("{expired} {} is after {}", moment(now), moment(*not_after))
        }
        CertificateError::NotYetValid { not_before } => {
            format!(
                "{expired} {} is before {}",
                moment(now),
                moment(*not_before)
            )
        }
        other => other.to_string(),
    }
}

/// A time as the command writes it, in UTC.
fn moment(time: i64) -> String {
    let since_1970 = Duration::from_secs(u64::try_from(time).unwrap_or(0));
    der::DateTime::from_unix_duration(since_1970)
        .map_or_else(|_| time.to_string(), |t| t.to_string())
}

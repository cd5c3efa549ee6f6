//! What `verify` of the command line would answer to the same image, with the keys that it would look at.

use sif::Image;
use sif_integrity::{
    KeyMaterial, Strict,
    command_line::{Answer, Call, Dialect, Found, KeySource as Source, answer},
};

use super::{Badge, CommandLineView, KeySource, VerifyRequest};
use crate::profile::Profile;

/// Returns the answer. `unusable` says why the command line would see no keys, if it would not.
pub(super) fn view(
    profile: &Profile,
    name: &str,
    request: &VerifyRequest,
    (image, strict, keys): (&Image, &Strict, &KeyMaterial),
    unusable: Option<&str>,
    badge: Badge,
) -> CommandLineView {
    let key_source = match &request.keys {
        KeySource::Keyrings | KeySource::Files(_) => Source::OpenPgp,
        KeySource::Pem(files) => Source::Key(files.first().map(shown).unwrap_or_default()),
        KeySource::Certificate { leaf, .. } => Source::Certificate(shown(leaf)),
    };
    let dialect = if profile.is_apptainer() {
        Dialect::Apptainer
    } else {
        Dialect::Singularity
    };
    let call = Call {
        dialect,
        image: name.to_owned(),
        key_source,
    };
    let found = match unusable {
        Some(words) => Found::NoKeys(words),
        None => Found::Verified {
            image,
            strict,
            keys,
        },
    };
    let Answer {
        exit_code,
        stdout,
        stderr,
        ..
    } = answer(&call, found);
    let class = match (&strict.result, unusable) {
        (_, Some(_)) => "KeyringUnusable".to_owned(),
        (Ok(()), None) => "Ok".to_owned(),
        (Err(failure), None) => failure.class().to_owned(),
    };
    CommandLineView {
        command: command(profile, name, request),
        exit_code: i32::from(exit_code),
        class,
        stdout,
        stderr,
        agrees: (exit_code == 0) == (badge == Badge::Verified),
    }
}

fn shown(path: impl AsRef<std::path::Path>) -> String {
    path.as_ref().to_string_lossy().into_owned()
}

fn command(profile: &Profile, name: &str, request: &VerifyRequest) -> String {
    let mut words = vec![profile.command().to_owned(), "verify".into()];
    match &request.keys {
        KeySource::Keyrings | KeySource::Files(_) => words.push("--local".into()),
        KeySource::Pem(files) => {
            for file in files {
                words.extend(["--key".into(), quoted(&shown(file))]);
            }
        }
        KeySource::Certificate {
            leaf,
            intermediates,
            roots,
        } => {
            words.extend(["--certificate".into(), quoted(&shown(leaf))]);
            for file in intermediates {
                words.extend(["--certificate-intermediates".into(), quoted(&shown(file))]);
            }
            for file in roots {
                words.extend(["--certificate-roots".into(), quoted(&shown(file))]);
            }
        }
    }
    for group in &request.groups {
        words.extend(["--group-id".into(), group.to_string()]);
    }
    for part in &request.parts {
        words.extend(["--sif-id".into(), part.to_string()]);
    }
    if request.legacy || request.legacy_all {
        words.push("--legacy-insecure".into());
    }
    if request.legacy_all {
        words.push("--all".into());
    }
    words.push(quoted(name));
    words.join(" ")
}

/// Names that a shell would take apart are put in quotes, so that the line can be copied.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

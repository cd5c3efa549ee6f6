//! What the real `verify` command would answer: exit code, both outputs and the JSON document.
//!
//! From facts at hand; no command is run. The texts are the command's own, colours left out, as they are
//! when its output is not a terminal.

mod json;
mod text;

use sif::Image;

use crate::certificate::CertificateError;
use crate::failure::Failure;
use crate::key_material::{KeyMaterial, RingName};
use crate::strict::{CheckedSignature, Strict};

/// The exit code of every failure.
pub const EXIT_FAILURE: u8 = 255;

/// The command that is imitated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `apptainer`.
    #[default]
    Apptainer,
    /// `singularity` (SingularityCE), which begins its last line in lower case.
    Singularity,
}

/// How the command was called, as far as its answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The command.
    pub dialect: Dialect,
    /// The image as named in the call.
    pub image: String,
    /// Where the keys come from.
    pub key_source: KeySource,
}

/// Where a call takes its keys from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Keyrings.
    OpenPgp,
    /// A PEM public key in this file.
    Key(String),
    /// A certificate in this file.
    Certificate(String),
}

/// What the command found.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// The verification ran.
    Verified {
        /// The image.
        image: &'a Image,
        /// The verdict.
        strict: &'a Strict,
        /// The keys that it was made with.
        keys: &'a KeyMaterial,
    },
    /// The file could not be loaded.
    NotLoaded(&'a sif::Error),
    /// The certificate was not acceptable at this time.
    BadCertificate(&'a CertificateError, i64),
    /// Key file or keyring could not be used, in these words.
    NoKeys(&'a str),
}

/// The answer of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 0 or [`EXIT_FAILURE`].
    pub exit_code: u8,
    /// Standard output without `--json`.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Standard output with `--json`.
    pub json: String,
}

/// Returns what the command would answer.
#[must_use]
pub fn answer(call: &Call, found: Found<'_>) -> Answer {
    let failure = text::failure(found);
    let signatures = match found {
        Found::Verified {
            image,
            strict,
            keys,
        } => strict
            .checked
            .iter()
            .map(|checked| Shown {
                image,
                keys,
                checked,
            })
            .collect(),
        _ => Vec::new(),
    };
    Answer {
        exit_code: if failure.is_some() { EXIT_FAILURE } else { 0 },
        stdout: signatures.iter().map(text::signature).collect(),
        stderr: text::messages(call, failure.as_deref()),
        json: json::document(&signatures),
    }
}

/// One signature with what is needed to show it.
struct Shown<'a> {
    image: &'a Image,
    keys: &'a KeyMaterial,
    checked: &'a CheckedSignature,
}

impl Shown<'_> {
    /// The signer's user ID, if the signer is known.
    fn name(&self) -> Option<String> {
        let fingerprint = self.checked.signer?;
        let certificates = self.keys.rings.iter().flat_map(|ring| &ring.certificates);
        let certificate = certificates
            .into_iter()
            .find(|key| key.fingerprint() == fingerprint);
        Some(
            certificate
                .and_then(|key| key.primary_user_id())
                .unwrap_or_default(),
        )
    }

    /// Whether the signer's primary key is in the ring and may sign; a signing subkey does not count.
    fn is_in(&self, name: RingName) -> bool {
        let Some(fingerprint) = self.checked.signer else {
            return false;
        };
        let rings = self.keys.rings.iter().filter(|ring| ring.name == name);
        let mut certificates = rings.flat_map(|ring| &ring.certificates);
        certificates.any(|key| key.signer(fingerprint.key_id()).is_some())
    }

    /// The object that is said to be compromised.
    fn compromised(&self) -> Option<sif::ObjectId> {
        match self.checked.result {
            Err(Failure::ObjectIntegrity { id }) => id,
            _ => None,
        }
    }
}

//! What a signing task does, in a form that can be kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sif_keys::Fingerprint;

use super::SignWhat;
use crate::{
    Result,
    error::{ApiError, ErrorCode},
    files::Stamp,
    units::ImageId,
};

/// The images, the parts and the key of a signing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SignJob {
    pub(crate) items: Vec<SignItem>,
    pub(crate) with: SignWith,
    pub(crate) what: SignWhat,
    pub(crate) copy: bool,
}

/// One image, as it was when the plan was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SignItem {
    pub(crate) image: ImageId,
    pub(crate) stamp: Stamp,
}

/// Whose key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum SignWith {
    /// An own key, by fingerprint.
    Key(String),
    /// A private key in a PEM file.
    Pem(PathBuf),
}

impl SignWith {
    /// Returns the fingerprint of an own key.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Key(fingerprint) => fingerprint.parse().ok(),
            Self::Pem(_) => None,
        }
    }
}

impl SignJob {
    pub(crate) fn images(&self) -> Vec<ImageId> {
        self.items.iter().map(|item| item.image).collect()
    }
}

/// Returns what the format's room is asked for.
pub(super) fn request_of(what: &SignWhat) -> Result<sif_integrity::SigningRequest> {
    let mut request = sif_integrity::SigningRequest::default();
    match what {
        SignWhat::All => {}
        SignWhat::Group(number) => {
            let group = sif::GroupId::new(*number);
            let missing = || {
                ApiError::new(
                    ErrorCode::PartMissing,
                    format!("there is no group {number}"),
                )
            };
            request.groups.push(group.ok_or_else(missing)?);
        }
        SignWhat::Parts(parts) => request
            .objects
            .push(parts.iter().map(|part| sif::ObjectId(*part)).collect()),
    }
    Ok(request)
}

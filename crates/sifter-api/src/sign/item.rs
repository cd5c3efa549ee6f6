//! What signing would do to one image. Reads its header and table only.

use std::path::{Path, PathBuf};

use sif::{DataType, Descriptor, Extra, Image};
use sif_integrity::{SigningKeys, SigningWarning};

use super::{
    SignWhat,
    job::{SignItem, SignWith, request_of},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files,
    images::{SignPlanItem, SignWarning, read_image},
    units::{ByteCount, ImageId},
    verdict::{Badge, integrity_error},
};

/// Bytes of a signature besides those for each part, and for each part: for the line "adds about".
const SIGNATURE: u64 = 1_600;
const PER_PART: u64 = 340;

impl Sifter {
    /// Returns what signing would do to one image, and the image as it was looked at. What is in the way stands in the
    /// first value.
    pub(super) fn plan_item(
        &self,
        id: ImageId,
        with: &SignWith,
        what: &SignWhat,
        copy: bool,
    ) -> (SignPlanItem, Option<SignItem>) {
        let name = self
            .record(id)
            .map(|record| name_of(&record.path))
            .unwrap_or_default();
        let blocked = |error| SignPlanItem {
            image: id,
            name: name.clone(),
            signatures: 0,
            parts: 0,
            adds_bytes: ByteCount(0),
            copy_name: None,
            already_signed: false,
            warnings: Vec::new(),
            blocked: Some(error),
        };
        match self.plan_image(id, &name, with, (what, copy)) {
            Ok((view, item)) => (view, Some(item)),
            Err(error) => (blocked(error), None),
        }
    }

    fn plan_image(
        &self,
        id: ImageId,
        name: &str,
        with: &SignWith,
        (what, copy): (&SignWhat, bool),
    ) -> Result<(SignPlanItem, SignItem)> {
        let open = self.open_by_id(id)?;
        let image = read_image(&open)?;
        if self
            .verdict_now(id)?
            .is_some_and(|verdict| verdict.badge == Badge::Tampered)
        {
            return Err(tampered(name));
        }
        let plan = sif_integrity::plan_signing(
            &image,
            &request_of(what)?,
            // Reads the table only; the key was judged already.
            SigningKeys::Pem(&[]),
            self.now().0,
        )
        .map_err(|error| integrity_error(&open.path, &error))?;
        let parts: usize = plan
            .signatures
            .iter()
            .map(|signature| signature.objects.len())
            .sum();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let signers = claimed_signers(&image);
        let key = with.fingerprint().and_then(|key| key.as_v4());
        let mut warnings: Vec<SignWarning> = plan.warnings.iter().filter_map(warning_of).collect();
        if signers.iter().any(|signer| Some(*signer) != key) {
            warnings.push(SignWarning::OthersSigned);
        }
        let covered = plan
            .signatures
            .iter()
            .flat_map(|signature| &signature.objects);
        if covered
            .filter_map(|id| image.object(*id))
            .any(|object| object.data_type() == DataType::Signature)
        {
            warnings.push(SignWarning::CoversLegacySignature);
        }
        let view = SignPlanItem {
            image: id,
            name: name.to_owned(),
            signatures: count(plan.signatures.len()),
            parts: count(parts),
            adds_bytes: ByteCount(
                SIGNATURE * plan.signatures.len() as u64 + PER_PART * parts as u64,
            ),
            copy_name: copy.then(|| name_of(&copy_path(&open.path))),
            already_signed: key.is_some_and(|key| signers.contains(&key)),
            warnings,
            blocked: None,
        };
        Ok((
            view,
            SignItem {
                image: id,
                stamp: open.stamp,
            },
        ))
    }
}

/// Returns the error for an image that contradicts a signature it has.
pub(crate) fn tampered(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ImageTampered,
        format!("`{name}` is not what was signed; it is not signed again"),
    )
}

fn warning_of(warning: &SigningWarning) -> Option<SignWarning> {
    match warning {
        SigningWarning::UngroupedObjects(_) => Some(SignWarning::UngroupedParts),
        SigningWarning::PartialSignature { .. } => Some(SignWarning::PartialBreaksWhole),
        _ => None,
    }
}

/// The fingerprints beside the signatures: claims, good enough for a question.
fn claimed_signers(image: &Image) -> Vec<[u8; sif::FINGERPRINT_SIZE]> {
    let claimed = |object: &Descriptor| match object.extra() {
        Extra::Signature { fingerprint, .. } => fingerprint,
        _ => None,
    };
    image.objects().iter().filter_map(claimed).collect()
}

/// Returns a free name for the signed copy, beside the image.
pub(super) fn copy_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-signed");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    files::free_name(&path.with_file_name(name))
}

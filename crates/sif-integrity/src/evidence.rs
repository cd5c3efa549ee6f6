//! One signature object, read and checked once: its form, what it says, and what the keys say about it.
//!
//! Nothing here compares with the image; that needs digests, which are made for all signatures together.

use std::collections::HashMap;

use sif::{DataType, Descriptor, Extra, FINGERPRINT_SIZE, GroupId, HashType, Image, Link, Source};

use crate::clear_sign::ClearSigned;
use crate::digest::{Algorithm, Digest};
use crate::dsse::{Checked, Envelope, NamedKeys};
use crate::error::Error;
use crate::failure::{Cause, Failure};
use crate::json::Trailing;
use crate::key_material::KeyMaterial;
use crate::metadata::{Metadata, MetadataFault};
use crate::openpgp::{self, PgpCheck};
use crate::progress::Progress;

/// What a legacy signature's text starts with.
const LEGACY_PREFIX: &[u8] = b"SIFHASH:\n";
/// A larger signature object is not read: no signature comes near it.
const MAX_SIGNATURE: u64 = 16 << 20;
/// Bytes of signatures that are read of one image. What lies behind counts as not recognised, so that an
/// image with gigabytes of signatures fails instead of filling the memory.
const MAX_ALL_SIGNATURES: u64 = 32 << 20;
/// Objects that all signatures together may speak of, counted once for each signature: four over every object of
/// the largest image. What goes beyond counts as not recognised too: a legacy signature of half a kilobyte may
/// speak of tens of thousands of objects, and there may be tens of thousands of such signatures.
const MAX_COVERS: usize = 4 * sif::MAX_DESCRIPTORS as usize;

/// A signature object and everything that can be said of it without looking at other objects.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) descriptor: &'a Descriptor,
    pub(crate) hash: HashType,
    pub(crate) fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
    pub(crate) body: Body<'a>,
    /// The bytes of a digest that is the whole text but for the legacy prefix, in whatever form.
    digest: Option<Vec<u8>>,
}

/// What a signature object holds.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    Current {
        check: PgpCheck<'a>,
        metadata: Result<Metadata, MetadataFault>,
    },
    Legacy {
        check: PgpCheck<'a>,
    },
    Dsse {
        check: DsseCheck,
        metadata: Option<Result<Metadata, MetadataFault>>,
    },
    Unrecognised,
}

/// What checking an envelope gave.
#[derive(Debug)]
pub(crate) struct DsseCheck {
    /// Key names in the envelope.
    pub(crate) key_ids: Vec<String>,
    /// Key names whose signature was accepted, in envelope order.
    pub(crate) accepted: Vec<String>,
    /// Whether a given key is named but its signature is wrong.
    pub(crate) refused: bool,
    /// The reference's answer.
    pub(crate) verdict: Result<(), Cause>,
}

/// Reads and checks all signature objects of an image, in table order.
pub(crate) fn gather<'a, S: Source + ?Sized>(
    source: &S,
    image: &'a Image,
    keys: &'a KeyMaterial,
    now: i64,
    progress: &dyn Progress,
) -> Result<Vec<Evidence<'a>>, Error> {
    let named = NamedKeys::of(&keys.pem);
    let sizes = GroupSizes::of(image);
    let mut left = MAX_ALL_SIGNATURES;
    let mut covers_left = MAX_COVERS;
    let mut evidence = Vec::new();
    for object in image
        .objects()
        .iter()
        .filter(|object| object.data_type() == DataType::Signature)
    {
        if progress.step(0, 0).is_break() {
            return Err(Error::Cancelled);
        }
        let limit = left.min(MAX_SIGNATURE);
        let mut signature = Evidence::read(source, object, limit, |data| {
            Body::of(data, keys, &named, now, progress)
        })?;
        left = left.saturating_sub(object.size());
        match covers_left.checked_sub(signature.cover_count(&sizes)) {
            Some(rest) => covers_left = rest,
            None => signature.body = Body::Unrecognised,
        }
        evidence.push(signature);
    }
    Ok(evidence)
}

impl<'a> Evidence<'a> {
    fn read<S: Source + ?Sized>(
        source: &S,
        descriptor: &'a Descriptor,
        limit: u64,
        body: impl FnOnce(&[u8]) -> Result<(Body<'a>, Option<Vec<u8>>), Error>,
    ) -> Result<Self, Error> {
        let (hash, fingerprint) = match descriptor.extra() {
            Extra::Signature { hash, fingerprint } => (hash, fingerprint),
            _ => (HashType::Other(0), None),
        };
        let (body, digest) = match descriptor.read(source, limit) {
            Ok(data) => body(&data)?,
            Err(sif::Error::ObjectTooLarge { .. }) => (Body::Unrecognised, None),
            Err(error) => return Err(Error::ReadSignature(error)),
        };
        Ok(Self {
            descriptor,
            hash,
            fingerprint,
            body,
            digest,
        })
    }

    /// How many objects this speaks of.
    fn cover_count(&self, sizes: &GroupSizes) -> usize {
        match (self.metadata(), self.descriptor.link()) {
            (Some(Ok(metadata)), _) => metadata.objects.len(),
            (None, Link::Group(group)) if self.is_legacy() => sizes.of_group(group),
            _ => 1,
        }
    }

    /// Whether this is a legacy signature by its content.
    pub(crate) fn is_legacy(&self) -> bool {
        matches!(self.body, Body::Legacy { .. })
    }

    /// The signed metadata, if the text is some.
    pub(crate) fn metadata(&self) -> Option<&Result<Metadata, MetadataFault>> {
        match &self.body {
            Body::Current { metadata, .. } => Some(metadata),
            Body::Dsse { metadata, .. } => metadata.as_ref(),
            Body::Legacy { .. } | Body::Unrecognised => None,
        }
    }

    pub(crate) fn pgp(&self) -> Option<&PgpCheck<'a>> {
        match &self.body {
            Body::Current { check, .. } | Body::Legacy { check, .. } => Some(check),
            Body::Dsse { .. } | Body::Unrecognised => None,
        }
    }

    /// The failure that ends a verification before this signature is looked at.
    pub(crate) fn missing_material(&self, keys: &KeyMaterial) -> Option<Failure> {
        match self.body {
            Body::Unrecognised => Some(Failure::SignatureFormatNotRecognized),
            Body::Dsse { .. } if keys.pem.is_empty() => Some(Failure::NoKeyMaterialDsse),
            Body::Current { .. } | Body::Legacy { .. } if keys.rings.is_empty() => {
                Some(Failure::NoKeyMaterialPgp)
            }
            _ => None,
        }
    }

    /// The reference's answer to the cryptographic check.
    pub(crate) fn cryptography(&self) -> Result<(), Failure> {
        let verdict = match &self.body {
            Body::Current { check, .. } | Body::Legacy { check, .. } => check.verdict.clone(),
            Body::Dsse { check, .. } => check.verdict.clone(),
            Body::Unrecognised => return Err(Failure::SignatureFormatNotRecognized),
        };
        verdict.map_err(|cause| self.not_valid(cause))
    }

    pub(crate) fn not_valid(&self, cause: Cause) -> Failure {
        Failure::SignatureNotValid {
            id: self.descriptor.id(),
            cause,
        }
    }

    /// Checks the descriptor's fingerprint against the signer's; an envelope has none to compare.
    pub(crate) fn check_fingerprint(&self) -> Result<(), Failure> {
        let Some(check) = self.pgp() else {
            return Ok(());
        };
        let signer = check
            .signer
            .and_then(|found| found.signer.certificate().fingerprint().as_v4());
        match (signer, self.fingerprint) {
            (Some(signer), Some(claimed)) if signer == claimed => Ok(()),
            _ => Err(Failure::FingerprintMismatch),
        }
    }

    /// The digest in a legacy text, by the algorithm that the descriptor names.
    pub(crate) fn legacy_digest(&self) -> Result<Digest, Failure> {
        let bytes = self.digest.clone().ok_or(Failure::DigestMalformed)?;
        let algorithm = legacy_algorithm(self.hash).ok_or(Failure::HashUnsupported)?;
        Digest::from_bytes(algorithm, bytes).ok_or(Failure::DigestMalformed)
    }

    /// The algorithms that are needed of the data of the object with this relative number.
    pub(crate) fn data_algorithm(&self, relative_id: u32) -> Option<Algorithm> {
        let metadata = self.metadata()?.as_ref().ok()?;
        metadata
            .objects
            .get(&relative_id)?
            .data
            .as_ref()
            .map(Digest::algorithm)
    }
}

/// The digest in a text that has nothing else; the prefix may be missing.
fn lone_digest(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_prefix(LEGACY_PREFIX).unwrap_or(text);
    hex::decode(text.strip_suffix(b"\n").unwrap_or(text)).ok()
}

fn legacy_algorithm(hash: HashType) -> Option<Algorithm> {
    match hash {
        HashType::Sha256 => Some(Algorithm::Sha256),
        HashType::Sha384 => Some(Algorithm::Sha384),
        HashType::Sha512 => Some(Algorithm::Sha512),
        _ => None,
    }
}

impl<'a> Body<'a> {
    /// Returns what the data is, and the digest that its text is.
    fn of(
        data: &[u8],
        keys: &'a KeyMaterial,
        named: &NamedKeys<'_>,
        now: i64,
        progress: &dyn Progress,
    ) -> Result<(Self, Option<Vec<u8>>), Error> {
        if let Some((envelope, trailing)) = Envelope::recognise(data) {
            let payload = envelope.payload();
            let digest = payload.as_deref().and_then(lone_digest);
            let body = Self::of_envelope(&envelope, payload.as_deref(), trailing, named, progress)?;
            return Ok((body, digest));
        }
        let Some(message) = ClearSigned::recognise(data) else {
            return Ok((Self::Unrecognised, None));
        };
        let check = openpgp::check(&message, &keys.rings, now);
        let body = if message.text.starts_with(LEGACY_PREFIX) {
            Self::Legacy { check }
        } else {
            let metadata = Metadata::parse(&message.text);
            Self::Current { check, metadata }
        };
        Ok((body, lone_digest(&message.text)))
    }

    fn of_envelope(
        envelope: &Envelope,
        payload: Option<&[u8]>,
        trailing: Trailing,
        keys: &NamedKeys<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let checked = match trailing {
            Trailing::Nothing => envelope.check(keys, progress)?,
            Trailing::Bytes => Checked {
                is_broken: true,
                ..Checked::default()
            },
        };
        let holds = !checked.is_broken && !checked.accepted.is_empty();
        let check = DsseCheck {
            key_ids: envelope.key_ids().map(str::to_owned).collect(),
            verdict: if holds {
                Ok(())
            } else {
                Err(Cause::DsseEnvelopeFailed)
            },
            accepted: checked
                .accepted
                .into_iter()
                .filter_map(|position| keys.name(position))
                .map(str::to_owned)
                .collect(),
            refused: !checked.refused.is_empty(),
        };
        let metadata = payload.map(Metadata::parse);
        Ok(Self::Dsse { check, metadata })
    }
}

/// How many objects each group has.
struct GroupSizes(HashMap<GroupId, usize>);

impl GroupSizes {
    fn of(image: &Image) -> Self {
        let mut sizes = HashMap::new();
        for group in image.objects().iter().filter_map(Descriptor::group) {
            *sizes.entry(group).or_default() += 1;
        }
        Self(sizes)
    }

    fn of_group(&self, group: GroupId) -> usize {
        self.0.get(&group).copied().unwrap_or(0)
    }
}

/// The cause for text that is not metadata.
pub(crate) fn metadata_cause(fault: MetadataFault) -> Cause {
    match fault {
        MetadataFault::NotJson => Cause::MetadataNotJson,
        MetadataFault::DigestMalformed => Cause::DigestMalformed,
        MetadataFault::HashUnsupported => Cause::HashUnsupported,
    }
}

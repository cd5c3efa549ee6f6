//! Checking an OpenPGP signature against keyrings, in the order and with the strictness of the reference.
//!
//! The arithmetic is `pgp`'s, the judgement of keys is `sif-keys`'; what is here is which packet counts,
//! which digests are allowed and which key decides.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    Packet, PacketParser, Signature, SignatureConfig, SignatureType, SignatureVersion,
    SubpacketData,
};
use pgp::types::{PublicParams, VerifyingKey};
use sif_keys::{Certificate, Fingerprint, KeyFault, KeyId, Lenient, Signer, SignerKey};

use crate::clear_sign::ClearSigned;
use crate::failure::{Cause, Malformed};
use crate::key_material::Ring;

/// What checking a clear-signed message gave.
#[derive(Debug)]
pub(crate) struct PgpCheck<'a> {
    /// What the deciding packet claims; of the first readable one if none decides.
    pub(crate) claim: Option<Claim>,
    /// The key that decides.
    pub(crate) signer: Option<FoundSigner<'a>>,
    /// Whether the arithmetic fits; `None` if there was no key to try.
    pub(crate) fits: Option<bool>,
    /// What is wrong with the key of a signature that fits.
    pub(crate) fault: Option<KeyFault>,
    /// The reference's answer.
    pub(crate) verdict: Result<(), Cause>,
}

/// A key and the ring that it was found in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundSigner<'a> {
    pub(crate) ring: usize,
    pub(crate) signer: Signer<'a>,
}

/// What a signature packet says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) key_id: Option<KeyId>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) created: Option<i64>,
    pub(crate) digest: String,
}

impl<'a> PgpCheck<'a> {
    fn undecided(claim: Option<Claim>, cause: Cause) -> Self {
        Self {
            claim,
            signer: None,
            fits: None,
            fault: None,
            verdict: Err(cause),
        }
    }

    fn malformed(claim: Option<Claim>, what: Malformed) -> Self {
        Self::undecided(claim, Cause::MalformedSignature(what))
    }
}

/// Checks the packets of a clear-signed message, at the present time `now`.
pub(crate) fn check<'a>(message: &ClearSigned, rings: &'a [Ring], now: i64) -> PgpCheck<'a> {
    let mut first_claim = None;
    for packet in PacketParser::new(message.armor.packets.as_slice()) {
        let signature = match packet {
            Ok(Packet::Signature(signature)) => signature,
            // The reference passes over what it does not support.
            Err(pgp::errors::Error::Unsupported { .. }) => continue,
            Ok(_) => return PgpCheck::malformed(first_claim, Malformed::NotASignature),
            Err(_) => return PgpCheck::malformed(first_claim, Malformed::Unreadable),
        };
        let Some(config) = signature.config().filter(|_| is_supported(&signature)) else {
            continue;
        };
        let claim = Claim::of(&signature, config);
        first_claim.get_or_insert_with(|| claim.clone());
        let key_id = match issuer_of(&claim, config.hash_alg) {
            Ok(key_id) => key_id,
            Err(what) => return PgpCheck::malformed(Some(claim), what),
        };
        let signers = find_signers(rings, key_id);
        if !signers.is_empty() {
            let signed = message.signed_bytes(config.typ == SignatureType::Text);
            return decide(&signature, config, &claim, rings, &signers, &signed, now);
        }
    }
    if message.armor.is_broken {
        return PgpCheck::malformed(first_claim, Malformed::Unreadable);
    }
    PgpCheck::undecided(first_claim, Cause::UnknownIssuer)
}

/// Returns the key that a complete signature by an allowed digest names.
fn issuer_of(claim: &Claim, digest: HashAlgorithm) -> Result<KeyId, Malformed> {
    claim.created.ok_or(Malformed::NoTime)?;
    let key_id = claim.key_id.ok_or(Malformed::NoIssuer)?;
    if is_allowed_digest(digest) {
        Ok(key_id)
    } else {
        Err(Malformed::Digest)
    }
}

/// Returns the usable keys of this ID in the first ring that has any.
fn find_signers(rings: &[Ring], key_id: KeyId) -> Vec<FoundSigner<'_>> {
    rings
        .iter()
        .enumerate()
        .map(|(ring, keys)| {
            let signers = keys
                .certificates
                .iter()
                .filter_map(|key| key.signer(key_id));
            signers
                .map(|signer| FoundSigner { ring, signer })
                .collect::<Vec<_>>()
        })
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn decide<'a>(
    signature: &Signature,
    config: &SignatureConfig,
    claim: &Claim,
    rings: &[Ring],
    signers: &[FoundSigner<'a>],
    signed: &[u8],
    now: i64,
) -> PgpCheck<'a> {
    let check = |signer, fits, fault, verdict| PgpCheck {
        claim: Some(claim.clone()),
        signer,
        fits,
        fault,
        verdict,
    };
    if !matches!(config.typ, SignatureType::Text | SignatureType::Binary) {
        return check(
            signers.first().copied(),
            None,
            None,
            Err(Cause::UnsupportedSignature(u8::from(config.typ))),
        );
    }
    let fitting = signers
        .iter()
        .find(|found| arithmetic_fits(signature, config, found.signer, signed));
    let Some(found) = fitting else {
        let last = signers.last().copied();
        let reason = last.map_or("signature verification failure", |found| {
            failure_of(found.signer)
        });
        return check(
            last,
            Some(false),
            None,
            Err(Cause::BadSignature(reason.to_owned())),
        );
    };
    let certificate: &Certificate = found.signer.certificate();
    let judged = certificate.judge_signature(found.signer, signature, now);
    let verdict = judged.as_ref().map_err(cause_of).copied();
    let fault = match fault_by_all_copies(rings, found.signer, signature, now) {
        Some(judged) => judged.err(),
        None => judged.err(),
    };
    check(Some(*found), Some(true), fault, verdict)
}

/// What all copies of the key say together about it, where they differ. The reference asks the first ring only; there
/// a stale copy may hide a revocation that the person has in another one.
fn fault_by_all_copies(
    rings: &[Ring],
    signer: Signer<'_>,
    signature: &Signature,
    now: i64,
) -> Option<Result<(), KeyFault>> {
    let wanted = signer.certificate().fingerprint();
    let all = rings.iter().flat_map(|ring| &ring.certificates);
    let copies = all.filter(|copy| copy.fingerprint() == wanted);
    let joined = sif_keys::join_copies(copies).remove(&wanted)?;
    Some(match joined.signer(signer.fingerprint().key_id()) {
        Some(signer) => joined.judge_signature(signer, signature, now),
        None => Err(KeyFault::NoSignFlag),
    })
}

/// Whether the numbers fit. Unlike `pgp`'s own check this does not compare the two digest bytes that the
/// packet repeats: the reference does not either for signatures of version 4.
fn arithmetic_fits(
    signature: &Signature,
    config: &SignatureConfig,
    signer: Signer<'_>,
    signed: &[u8],
) -> bool {
    let digest = || {
        let mut hasher = config.hash_alg.new_hasher().ok()?;
        hasher.update(signed);
        let length = config.hash_signature_data(&mut hasher).ok()?;
        hasher.update(&config.trailer(length).ok()?);
        Some(hasher.finalize())
    };
    let (Some(digest), Some(bytes)) = (digest(), signature.signature()) else {
        return false;
    };
    let fits = match signer.key() {
        SignerKey::Primary(key) => Lenient(key).verify(config.hash_alg, &digest, bytes),
        SignerKey::Subkey(key) => Lenient(key).verify(config.hash_alg, &digest, bytes),
    };
    fits.is_ok()
}

impl Claim {
    fn of(signature: &Signature, config: &SignatureConfig) -> Self {
        let fingerprint = signature
            .issuer_fingerprint()
            .last()
            .map(|found| (**found).clone());
        let fingerprint = fingerprint.map(Fingerprint::from);
        let key_id = signature
            .issuer_key_id()
            .last()
            .map(|found| KeyId::from(**found));
        Self {
            key_id: fingerprint.map(|found| found.key_id()).or(key_id),
            fingerprint,
            created: config.created().map(|time| i64::from(time.as_secs())),
            digest: config.hash_alg.to_string(),
        }
    }
}

/// Whether the reference reads such a signature at all.
fn is_supported(signature: &Signature) -> bool {
    let Some(config) = signature.config() else {
        return false;
    };
    // Version 6 signatures hash a salt first; their keys cannot stand in a descriptor anyway.
    signature.version() == SignatureVersion::V4
        && !matches!(
            config.hash_alg,
            HashAlgorithm::None
                | HashAlgorithm::Md5
                | HashAlgorithm::Ripemd160
                | HashAlgorithm::Other(_)
        )
        && config.hashed_subpackets().all(|subpacket| {
            !subpacket.is_critical
                || !matches!(
                    subpacket.data,
                    SubpacketData::Revocable(_)
                        | SubpacketData::RevocationKey(_)
                        | SubpacketData::SignatureTarget(..)
                        | SubpacketData::PreferredEncryptionModes(_)
                        | SubpacketData::Experimental(..)
                        | SubpacketData::Other(..)
                )
        })
}

fn is_allowed_digest(digest: HashAlgorithm) -> bool {
    matches!(
        digest,
        HashAlgorithm::Sha224
            | HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
    )
}

fn failure_of(signer: Signer<'_>) -> &'static str {
    use pgp::types::KeyDetails;
    let parameters = match signer.key() {
        SignerKey::Primary(key) => key.public_params(),
        SignerKey::Subkey(key) => key.public_params(),
    };
    match parameters {
        PublicParams::RSA(_) => "RSA verification failure",
        PublicParams::DSA(_) => "DSA verification failure",
        PublicParams::ECDSA(_) => "ECDSA verification failure",
        PublicParams::EdDSALegacy(_) => "EdDSA verification failure",
        PublicParams::Ed25519(_) => "Ed25519 verification failure",
        PublicParams::Ed448(_) => "ed448 verification failure",
        _ => "Unsupported public key algorithm used in signature",
    }
}

fn cause_of(fault: &KeyFault) -> Cause {
    match fault {
        KeyFault::UnknownCriticalNotation(name) => {
            Cause::BadSignature(format!("unknown critical notation: {name}"))
        }
        KeyFault::Revoked { .. } => Cause::KeyRevoked,
        KeyFault::Expired { .. } | KeyFault::CreatedInFuture { .. } => Cause::KeyExpired,
        KeyFault::SignatureExpired | KeyFault::SelfSignatureExpired { .. } => {
            Cause::SignatureExpired
        }
        KeyFault::NoSelfSignature | KeyFault::NoSignFlag | KeyFault::Version6 => {
            Cause::UnknownIssuer
        }
    }
}

//! OpenPGP signatures as the reference writes them: version 4, over text, by the primary key.

use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    Notation, PacketTrait, SignatureConfig, SignatureType, Subpacket, SubpacketData,
};
use pgp::types::{EcdsaPublicParams, KeyDetails, PublicParams, Timestamp};
use rand::RngCore;
use sif_keys::SigningKey;

use super::SignOptions;
use crate::clear_sign;
use crate::error::Error;

/// The notation that makes every signature differ; readers ignore it.
const SALT_NOTATION: &str = "salt@notations.openpgpjs.org";

/// Returns a clear-signed message over one line of text.
pub(super) fn clear_sign(
    text: &str,
    key: &SigningKey,
    options: &SignOptions,
) -> Result<String, Error> {
    let created = u32::try_from(options.now).map_err(|_| Error::SignatureTime(options.now))?;
    let (hash_name, packet) =
        sign(text, key, created, options.salt).map_err(|error| Error::OpenPgp(Box::new(error)))?;
    Ok(clear_sign::write(text, hash_name, &packet))
}

fn sign(
    text: &str,
    key: &SigningKey,
    created: u32,
    salted: bool,
) -> Result<(&'static str, Vec<u8>), pgp::errors::Error> {
    let secret = key.secret_key();
    let (hash, hash_name) = digest_for(secret.public_params());
    let mut config = SignatureConfig::v4(SignatureType::Text, secret.algorithm(), hash);
    let created = SubpacketData::SignatureCreationTime(Timestamp::from_secs(created));
    config.hashed_subpackets.push(Subpacket::critical(created)?);
    let issuer = SubpacketData::IssuerKeyId(secret.legacy_key_id());
    config.hashed_subpackets.push(Subpacket::regular(issuer)?);
    if salted {
        config
            .hashed_subpackets
            .push(Subpacket::regular(salt(hash))?);
    }
    let fingerprint = SubpacketData::IssuerFingerprint(secret.fingerprint());
    config
        .hashed_subpackets
        .push(Subpacket::regular(fingerprint)?);

    let signed = clear_sign::canonical(text.as_bytes());
    let signature = config.sign(secret, &key.password(), signed.as_slice())?;
    let mut packet = Vec::new();
    signature.to_writer_with_header(&mut packet)?;
    Ok((hash_name, packet))
}

/// SHA-256, except where the curve demands more.
fn digest_for(parameters: &PublicParams) -> (HashAlgorithm, &'static str) {
    let large = (HashAlgorithm::Sha512, "SHA512");
    let middle = (HashAlgorithm::Sha384, "SHA384");
    match parameters {
        PublicParams::ECDSA(EcdsaPublicParams::P384 { .. }) => middle,
        PublicParams::ECDSA(EcdsaPublicParams::P521 { .. }) | PublicParams::Ed448(_) => large,
        PublicParams::ECDSA(EcdsaPublicParams::Unsupported { curve, .. }) => match curve {
            ECCCurve::BrainpoolP384r1 => middle,
            ECCCurve::BrainpoolP512r1 => large,
            _ => (HashAlgorithm::Sha256, "SHA256"),
        },
        _ => (HashAlgorithm::Sha256, "SHA256"),
    }
}

fn salt(hash: HashAlgorithm) -> SubpacketData {
    let size = match hash {
        HashAlgorithm::Sha384 => 24,
        HashAlgorithm::Sha512 => 32,
        _ => 16,
    };
    let mut value = vec![0; size];
    rand::rngs::OsRng.fill_bytes(&mut value);
    SubpacketData::Notation(Notation {
        readable: false,
        name: SALT_NOTATION.into(),
        value: value.into(),
    })
}

//! The signatures that a key makes about itself.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, KeyFlags, Notation, PublicSubkey, RevocationCode, SecretKey, SignatureConfig,
    SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{
    CompressionAlgorithm, Duration, KeyDetails, PacketHeaderVersion, Password, Tag, Timestamp,
};
use rand::RngCore;
use rand::rngs::OsRng;

use crate::cert::{Part, RevocationReason, SignaturePacket, notation, part};
use crate::error::Error;

/// The notation that makes each signature different, so that the digest cannot be known beforehand.
const SALT_NAME: &[u8] = b"salt@notations.openpgpjs.org";
/// Length of the salt for SHA-384.
const SALT_LENGTH: usize = 24;
const HASH: HashAlgorithm = HashAlgorithm::Sha384;

/// An unlocked primary key that speaks about itself.
pub(crate) struct Author<'a> {
    pub(crate) key: &'a SecretKey,
    pub(crate) password: Password,
    pub(crate) now: Timestamp,
}

type Parts = Result<Vec<Subpacket>, pgp::errors::Error>;

impl Author<'_> {
    /// Returns the body of a first certification of a user id.
    pub(crate) fn certification(
        &self,
        user_id: &str,
        lifetime: Option<u32>,
    ) -> Result<Vec<u8>, Error> {
        let parts = || -> Parts {
            let mut flags = KeyFlags::default();
            flags.set_certify(true);
            flags.set_sign(true);
            let mut features = Features::new();
            features.set_seipd_v1(true);
            let mut parts = vec![
                self.creation()?,
                regular(SubpacketData::PreferredSymmetricAlgorithms(
                    [SymmetricKeyAlgorithm::AES128][..].into(),
                ))?,
            ];
            parts.extend(lifetime.map(key_lifetime).transpose()?);
            parts.extend([
                self.issuer()?,
                salt()?,
                regular(SubpacketData::PreferredHashAlgorithms(
                    [HashAlgorithm::Sha384, HashAlgorithm::Sha256][..].into(),
                ))?,
                regular(SubpacketData::PreferredCompressionAlgorithms(
                    [CompressionAlgorithm::Uncompressed][..].into(),
                ))?,
                regular(SubpacketData::IsPrimary(true))?,
                Subpacket::critical(SubpacketData::KeyFlags(flags))?,
                regular(SubpacketData::Features(features))?,
                self.issuer_fingerprint()?,
            ]);
            Ok(parts)
        };
        self.certify(user_id.as_bytes(), parts().map_err(failed())?)
    }

    /// Returns the body of a first binding of an encryption subkey.
    pub(crate) fn encryption_binding(
        &self,
        subkey: &PublicSubkey,
        lifetime: Option<u32>,
    ) -> Result<Vec<u8>, Error> {
        let parts = || -> Parts {
            let mut flags = KeyFlags::default();
            flags.set_encrypt_comms(true);
            flags.set_encrypt_storage(true);
            let mut parts = vec![self.creation()?];
            parts.extend(lifetime.map(key_lifetime).transpose()?);
            parts.extend([
                self.issuer()?,
                salt()?,
                Subpacket::critical(SubpacketData::KeyFlags(flags))?,
            ]);
            parts.push(self.issuer_fingerprint()?);
            Ok(parts)
        };
        self.bind(subkey, parts().map_err(failed())?)
    }

    /// Returns the body of a certification like `old`, with another end.
    pub(crate) fn renewed_certification(
        &self,
        user_id: &[u8],
        old: &SignaturePacket,
        lifetime: Option<u32>,
    ) -> Result<Vec<u8>, Error> {
        let parts = self.renewed(old, lifetime).map_err(failed())?;
        self.certify(user_id, parts)
    }

    /// Returns the body of a binding like `old`, with another end.
    pub(crate) fn renewed_binding(
        &self,
        subkey: &PublicSubkey,
        old: &SignaturePacket,
        lifetime: Option<u32>,
    ) -> Result<Vec<u8>, Error> {
        let parts = self.renewed(old, lifetime).map_err(failed())?;
        self.bind(subkey, parts)
    }

    /// Returns the body of a revocation of the whole key.
    pub(crate) fn revocation(
        &self,
        reason: RevocationReason,
        text: &str,
    ) -> Result<Vec<u8>, Error> {
        let parts = || -> Parts {
            let code = RevocationCode::from(reason.code());
            Ok(vec![
                self.creation()?,
                self.issuer()?,
                salt()?,
                regular(SubpacketData::RevocationReason(
                    code,
                    text.as_bytes().to_vec().into(),
                ))?,
                self.issuer_fingerprint()?,
            ])
        };
        let config = self.config(SignatureType::KeyRevocation, parts().map_err(failed())?);
        let public = self.key.public_key();
        let signature = config
            .sign_key(self.key, &self.password, public)
            .map_err(failed())?;
        signature.to_bytes().map_err(failed())
    }

    /// What `old` says, said again now with another end. A salt and the times are new, all else is kept.
    fn renewed(&self, old: &SignaturePacket, lifetime: Option<u32>) -> Parts {
        let mut parts = vec![self.creation()?];
        parts.extend(lifetime.map(key_lifetime).transpose()?);
        parts.extend([self.issuer()?, salt()?]);
        for (part, body) in old.parts().filter(|(part, body)| is_kept(part, body)) {
            // By this name the library carries any part as it is, critical ones too.
            let data = SubpacketData::Experimental(part.kind, body.to_vec().into());
            parts.push(match part.is_critical {
                true => Subpacket::critical(data)?,
                false => regular(data)?,
            });
        }
        parts.push(self.issuer_fingerprint()?);
        Ok(parts)
    }

    fn certify(&self, user_id: &[u8], parts: Vec<Subpacket>) -> Result<Vec<u8>, Error> {
        let length = u32::try_from(user_id.len()).unwrap_or(u32::MAX);
        let header = pgp::packet::PacketHeader::from_parts(
            PacketHeaderVersion::New,
            Tag::UserId,
            pgp::types::PacketLength::Fixed(length),
        );
        let user_id = header
            .and_then(|header| UserId::try_from_reader(header, user_id))
            .map_err(failed())?;
        let config = self.config(SignatureType::CertPositive, parts);
        let public = self.key.public_key();
        let signature = config
            .sign_certification(self.key, public, &self.password, Tag::UserId, &user_id)
            .map_err(failed())?;
        signature.to_bytes().map_err(failed())
    }

    fn bind(&self, subkey: &PublicSubkey, parts: Vec<Subpacket>) -> Result<Vec<u8>, Error> {
        let config = self.config(SignatureType::SubkeyBinding, parts);
        let public = self.key.public_key();
        let signature = config
            .sign_subkey_binding(self.key, public, &self.password, subkey)
            .map_err(failed())?;
        signature.to_bytes().map_err(failed())
    }

    fn config(&self, kind: SignatureType, parts: Vec<Subpacket>) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, self.key.algorithm(), self.hash());
        config.hashed_subpackets = parts;
        config
    }

    /// SHA-384, or longer where the curve demands it.
    fn hash(&self) -> HashAlgorithm {
        use pgp::types::SigningKey;
        match self.key.hash_alg() {
            HashAlgorithm::Sha512 if !self.key.algorithm().is_rsa_like() => HashAlgorithm::Sha512,
            _ => HASH,
        }
    }

    fn creation(&self) -> Result<Subpacket, pgp::errors::Error> {
        Subpacket::critical(SubpacketData::SignatureCreationTime(self.now))
    }

    fn issuer(&self) -> Result<Subpacket, pgp::errors::Error> {
        regular(SubpacketData::IssuerKeyId(self.key.legacy_key_id()))
    }

    fn issuer_fingerprint(&self) -> Result<Subpacket, pgp::errors::Error> {
        regular(SubpacketData::IssuerFingerprint(self.key.fingerprint()))
    }
}

/// Whether a part of an older signature is said again as it is.
fn is_kept(found: &Part, body: &[u8]) -> bool {
    match found.kind {
        part::CREATED
        | part::EXPIRES
        | part::KEY_EXPIRES
        | part::ISSUER
        | part::ISSUER_FINGERPRINT => false,
        part::NOTATION => found.is_hashed && notation(body) != Some(SALT_NAME),
        // A signing subkey's own confirmation may stand in the unsigned area.
        kind => found.is_hashed || kind == part::EMBEDDED,
    }
}

trait RsaLike {
    fn is_rsa_like(&self) -> bool;
}

impl RsaLike for pgp::crypto::public_key::PublicKeyAlgorithm {
    fn is_rsa_like(&self) -> bool {
        matches!(self, Self::RSA | Self::RSASign)
    }
}

fn regular(data: SubpacketData) -> Result<Subpacket, pgp::errors::Error> {
    Subpacket::regular(data)
}

fn key_lifetime(seconds: u32) -> Result<Subpacket, pgp::errors::Error> {
    Subpacket::critical(SubpacketData::KeyExpirationTime(Duration::from_secs(
        seconds,
    )))
}

fn salt() -> Result<Subpacket, pgp::errors::Error> {
    let mut value = vec![0; SALT_LENGTH];
    OsRng.fill_bytes(&mut value);
    regular(SubpacketData::Notation(Notation {
        readable: false,
        name: SALT_NAME.into(),
        value: value.into(),
    }))
}

fn failed() -> impl FnOnce(pgp::errors::Error) -> Error {
    Error::pgp("signing the key")
}

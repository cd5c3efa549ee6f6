//! What a list of keys shows about each of them.

use pgp::crypto::hash::HashAlgorithm;
use pgp::ser::Serialize;
use pgp::types::{EcdhPublicParams, KeyDetails, PublicParams};

use crate::cert::{Certificate, Identity, KeyFault, KeyUse};
use crate::fingerprint::Fingerprint;
use crate::secret::{Lock, SecretCertificate, SecretPart};

/// RSA keys below this are weak.
const MIN_RSA_BITS: usize = 2048;

/// The algorithm of a key, with its size where it has more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with so many bits.
    Rsa(usize),
    /// DSA with so many bits.
    Dsa(usize),
    /// ElGamal with so many bits.
    Elgamal(usize),
    /// ECDSA over the named curve.
    Ecdsa(&'static str),
    /// ECDH over the named curve.
    Ecdh(&'static str),
    /// Ed25519, in its older or newer form.
    Ed25519,
    /// Ed448.
    Ed448,
    /// X25519 in its newer form.
    X25519,
    /// X448.
    X448,
    /// Something that has no name here.
    Other,
}

impl Algorithm {
    /// Returns the usual short name, such as `RSA-4096`.
    pub fn label(self) -> String {
        match self {
            Self::Rsa(bits) => format!("RSA-{bits}"),
            Self::Dsa(bits) => format!("DSA-{bits}"),
            Self::Elgamal(bits) => format!("ElGamal-{bits}"),
            Self::Ecdsa(curve) => format!("ECDSA {curve}"),
            Self::Ecdh(curve) => format!("ECDH {curve}"),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Ed448 => "Ed448".to_owned(),
            Self::X25519 => "X25519".to_owned(),
            Self::X448 => "X448".to_owned(),
            Self::Other => "unknown".to_owned(),
        }
    }

    fn of(params: &PublicParams) -> Self {
        match params {
            PublicParams::RSA(_) => Self::Rsa(first_number_bits(params)),
            PublicParams::DSA(_) => Self::Dsa(first_number_bits(params)),
            PublicParams::Elgamal(_) => Self::Elgamal(first_number_bits(params)),
            PublicParams::ECDSA(params) => Self::Ecdsa(curve_name(&params.curve())),
            PublicParams::ECDH(EcdhPublicParams::Curve25519Legacy { .. }) => {
                Self::Ecdh("Curve25519")
            }
            PublicParams::ECDH(params) => Self::Ecdh(curve_name(&params.curve())),
            PublicParams::EdDSALegacy(_) | PublicParams::Ed25519(_) => Self::Ed25519,
            PublicParams::Ed448(_) => Self::Ed448,
            PublicParams::X25519(_) => Self::X25519,
            PublicParams::X448(_) => Self::X448,
            _ => Self::Other,
        }
    }
}

fn curve_name(curve: &pgp::crypto::ecc_curve::ECCCurve) -> &'static str {
    use pgp::crypto::ecc_curve::ECCCurve as C;
    match curve {
        C::P256 => "P-256",
        C::P384 => "P-384",
        C::P521 => "P-521",
        C::Secp256k1 => "secp256k1",
        C::BrainpoolP256r1 => "brainpoolP256r1",
        C::BrainpoolP384r1 => "brainpoolP384r1",
        C::BrainpoolP512r1 => "brainpoolP512r1",
        _ => "other",
    }
}

/// Bits of the first number of a key, which is the one that gives RSA and DSA their size.
fn first_number_bits(params: &PublicParams) -> usize {
    match params.to_bytes().as_deref() {
        Ok([high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
}

/// Bits of an RSA key; `None` for others.
pub(crate) fn rsa_bits(params: &PublicParams) -> Option<usize> {
    matches!(params, PublicParams::RSA(_)).then(|| first_number_bits(params))
}

/// Why a key that works is not a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// RSA with fewer than 2048 bits.
    SmallRsa(usize),
    /// DSA.
    Dsa,
    /// What the key says about itself is signed over a SHA-1 digest.
    Sha1SelfSignature,
}

/// How the secret packets of a key are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// All secret packets are locked with a passphrase.
    All,
    /// The primary key is locked, but a subkey lies open: made so by the command lines.
    Partly,
    /// The primary key lies open.
    None,
    /// The primary key has a packet but no secret in it: it is on a card or was left out on export.
    PrimaryAbsent,
    /// There is no secret packet at all, although the entry lies in the secret ring: destroyed by the command
    /// line's removal of another key.
    Destroyed,
}

/// One user id in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserIdSummary {
    /// Its text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Whether it is the one that speaks for the key.
    pub primary: bool,
    /// Whether its key took it back.
    pub revoked: bool,
}

/// One subkey in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubkeySummary {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// When it was made.
    pub created: i64,
    /// When it expires.
    pub expires: Option<i64>,
    /// What it may be used for.
    pub key_use: Option<KeyUse>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What a list shows about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The fingerprint.
    pub fingerprint: Fingerprint,
    /// The user id that speaks for the key; unpublished on some keyservers.
    pub primary_user_id: Option<String>,
    /// All user ids.
    pub user_ids: Vec<UserIdSummary>,
    /// The algorithm of the primary key.
    pub algorithm: Algorithm,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// What the primary key may be used for.
    pub key_use: Option<KeyUse>,
    /// The revocation that holds now.
    pub revoked: Option<KeyFault>,
    /// Whether a signature by the primary key would be accepted now, apart from who owns it.
    pub signing: Result<(), KeyFault>,
    /// What is weak about it.
    pub weaknesses: Vec<Weakness>,
    /// The subkeys.
    pub subkeys: Vec<SubkeySummary>,
}

impl Certificate {
    /// Returns what a list shows about the key at the time `now`.
    pub fn summary(&self, now: i64) -> Summary {
        Summary {
            fingerprint: self.fingerprint(),
            primary_user_id: self.primary_user_id(),
            user_ids: self.user_id_summaries(now),
            algorithm: self.algorithm(),
            created: self.created(),
            expires: self.expires(),
            key_use: self.primary_use(),
            revoked: self.revocation(now),
            signing: self.may_sign(now),
            weaknesses: self.weaknesses(),
            subkeys: self.subkey_summaries(now),
        }
    }

    /// Returns the algorithm of the primary key.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::of(self.primary_key().public_params())
    }

    /// Returns whether signatures can be made here with the secret part of the primary key; those of some curves can
    /// only be checked.
    pub fn can_make_signatures(&self) -> bool {
        match self.primary_key().public_params() {
            PublicParams::ECDSA(params) => params.is_supported(),
            _ => true,
        }
    }

    fn weaknesses(&self) -> Vec<Weakness> {
        let mut found = Vec::new();
        match self.algorithm() {
            Algorithm::Rsa(bits) if bits < MIN_RSA_BITS => found.push(Weakness::SmallRsa(bits)),
            Algorithm::Dsa(_) => found.push(Weakness::Dsa),
            _ => {}
        }
        if self
            .self_signature()
            .is_some_and(|signature| signature.hash == HashAlgorithm::Sha1)
        {
            found.push(Weakness::Sha1SelfSignature);
        }
        found
    }

    fn user_id_summaries(&self, now: i64) -> Vec<UserIdSummary> {
        let speaking = self.primary_identity();
        let summarise = |identity: &Identity| UserIdSummary {
            text: identity.text(),
            primary: speaking.is_some_and(|speaking| std::ptr::eq(speaking, identity)),
            revoked: identity.is_revoked(now),
        };
        self.identities().iter().map(summarise).collect()
    }

    fn subkey_summaries(&self, now: i64) -> Vec<SubkeySummary> {
        let summarise = |subkey: &crate::cert::Subkey| {
            let created = i64::from(subkey.key.created_at().as_secs());
            SubkeySummary {
                fingerprint: subkey.key.fingerprint().into(),
                algorithm: Algorithm::of(subkey.key.public_params()),
                created,
                expires: subkey.binding.key_expires(created),
                key_use: subkey.binding.key_use,
                revoked: subkey.is_revoked(now),
            }
        };
        self.subkeys().iter().map(summarise).collect()
    }
}

impl SecretCertificate {
    /// Returns how the secret packets are protected.
    pub fn protection(&self) -> Protection {
        let Some(primary) = self.primary() else {
            return Protection::Destroyed;
        };
        let bare_subkey = self
            .subkeys()
            .iter()
            .flatten()
            .any(|part| part.lock() == Lock::None);
        match primary.lock() {
            Lock::Absent => Protection::PrimaryAbsent,
            Lock::None => Protection::None,
            Lock::Passphrase { .. } if bare_subkey => Protection::Partly,
            Lock::Passphrase { .. } => Protection::All,
        }
    }

    /// Returns whether a secret packet is locked in an old form that new tools no longer write.
    pub fn has_old_protection(&self) -> bool {
        let old = |part: &SecretPart| {
            part.lock()
                == Lock::Passphrase {
                    strong_check: false,
                }
        };
        self.primary().is_some_and(old) || self.subkeys().iter().flatten().any(old)
    }
}

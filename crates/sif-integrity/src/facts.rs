//! What was found out, without a verdict: per object who covers it, per signature what it says, who made
//! it and what has changed since.

mod compare;
mod gather;

use sif::{DataType, FINGERPRINT_SIZE, GroupId, HashType, Link, ObjectId};
use sif_keys::{Fingerprint, KeyFault, KeyId, KeyPart, RevocationReason};

use crate::digest::Digest;
use crate::failure::Failure;
use crate::key_material::RingName;

pub(crate) use gather::gather;

/// One object and the signatures that speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// The object.
    pub id: ObjectId,
    /// What it holds.
    pub data_type: DataType,
    /// Its group; without one no current signature can cover it.
    pub group: Option<GroupId>,
    /// The signatures that cover it, and how.
    pub covers: Vec<Cover>,
    /// For OCI objects: whether the digest in the descriptor is that of the data. `None` if not checked.
    pub oci_digest_matches: Option<bool>,
    /// The SHA-256 digest of its data. `None` if nothing asked for it.
    pub sha256: Option<Digest>,
}

impl ObjectFacts {
    /// Tells whether this is a signature and not content.
    #[must_use]
    pub fn is_signature(&self) -> bool {
        self.data_type == DataType::Signature
    }
}

/// That a signature speaks of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// The signature object.
    pub signature: ObjectId,
    /// Its form.
    pub form: Form,
    /// Whether the object is as the signature says. `None` if its data was not hashed.
    pub unchanged: Option<bool>,
}

/// The form of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Clear-signed metadata.
    OpenPgp,
    /// Metadata in an envelope.
    Dsse,
    /// A clear-signed digest of one object's data, nothing else.
    LegacyObject,
    /// A clear-signed digest of the joined data of a group, nothing else.
    LegacyGroup,
    /// Neither.
    Unrecognised,
}

/// One signature.
#[derive(Debug, Clone)]
pub struct SignatureFacts {
    /// The signature object.
    pub id: ObjectId,
    /// Its form.
    pub form: Form,
    /// What the descriptor says it signs.
    pub link: Link,
    /// Fingerprint in the descriptor. A claim that nothing protects.
    pub claimed_fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
    /// Digest algorithm in the descriptor. A claim that nothing protects.
    pub claimed_hash: HashType,
    /// Key ID in the OpenPGP signature.
    pub issuer: Option<KeyId>,
    /// Fingerprint in the OpenPGP signature.
    pub issuer_fingerprint: Option<Fingerprint>,
    /// When the signature says it was made, Unix time.
    pub created: Option<i64>,
    /// The digest algorithm of the OpenPGP signature.
    pub digest: Option<String>,
    /// The OpenPGP key that decides, if it is there.
    pub signer: Option<SignerFacts>,
    /// Key names in an envelope, in order.
    pub envelope_keys: Vec<String>,
    /// Those of them whose signature a given key accepts.
    pub accepted_keys: Vec<String>,
    /// The state of the key at the present time.
    pub key_state: KeyState,
    /// Whether the arithmetic fits.
    pub cryptography: Cryptography,
    /// Whether the image is as the signature says, known key or not.
    pub claims: Claims,
    /// The objects it speaks of, gone ones included.
    pub covered: Vec<ObjectId>,
    /// What has changed since, in the order header, descriptors and data, missing parts.
    pub changed: Vec<Part>,
    /// Whether it leaves out objects of its group.
    pub is_partial: bool,
    /// The reference's answer to this signature alone.
    pub failure: Option<Failure>,
}

impl SignatureFacts {
    /// Tells whether a known key made the signature, nothing has changed since, and the descriptor names
    /// the signer; the key's state and trust in it are another matter.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.cryptography == Cryptography::Good
            && self.claims == Claims::Agree
            && !matches!(
                self.failure,
                Some(Failure::FingerprintMismatch | Failure::HashUnsupported)
            )
    }
}

/// The OpenPGP key that a signature was checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerFacts {
    /// Fingerprint of the primary key.
    pub fingerprint: Fingerprint,
    /// Fingerprint of the key that signed, which may be a subkey.
    pub signing_key: Fingerprint,
    /// The user ID that speaks for the key.
    pub user_id: Option<String>,
    /// Where the key was found.
    pub ring: RingName,
}

/// The state of a signature's key at the present time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// Nothing against it. For PEM keys there is no more to say.
    Good,
    /// It is over.
    Expired {
        /// Since when, Unix time.
        at: i64,
        /// Whether the signature claims to be made before that.
        signed_before: bool,
    },
    /// It was revoked.
    Revoked {
        /// What was revoked.
        part: KeyPart,
        /// Why.
        reason: RevocationReason,
        /// When, Unix time.
        at: i64,
        /// Whether the signature claims to be made before that.
        signed_before: bool,
        /// When the key ends by itself, Unix time; the revocation hides it from the reference's answer.
        expires: Option<i64>,
    },
    /// The key is there, but does not say that it may sign.
    NotForSigning,
    /// Something else is wrong with the key or with the signature's dates.
    Faulty(KeyFault),
    /// The key is not there.
    Unknown,
    /// There is no key to speak of: the signature is not readable.
    None,
}

/// Whether the arithmetic of a signature fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cryptography {
    /// It fits.
    Good,
    /// It does not.
    Bad,
    /// The signature is broken, or of a kind that is not accepted.
    Unreadable,
    /// There is no key to check it with.
    NotChecked,
}

/// Whether the image is as a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claims {
    /// In everything.
    Agree,
    /// Not in everything: see the changed parts.
    Disagree,
    /// Part of it was not looked at, and the rest agrees.
    NotChecked,
    /// What it says cannot be read.
    Unreadable,
}

/// A part of an image that a signature speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Launch script, format version or image ID.
    Header,
    /// What an object's descriptor says.
    Descriptor(ObjectId),
    /// An object's data.
    Data(ObjectId),
    /// The joined data of a group; which object is not known.
    GroupData(GroupId),
    /// An object that is gone.
    Missing(ObjectId),
}

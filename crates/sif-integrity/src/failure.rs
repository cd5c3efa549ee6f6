//! Why a verification fails, in the classes and the words of the command lines.

use std::fmt;

use sif::ObjectId;

/// Why the strict verification of an image, or of one signature, fails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The image has no group.
    NoGroupsFound,
    /// The header says that the image is empty.
    NoObjects,
    /// The group that was asked for is not there.
    GroupNotFound,
    /// The object that was asked for is not there.
    ObjectNotFound,
    /// Several objects fit.
    MultipleObjectsFound,
    /// Group 0, or an object without a group.
    InvalidGroupId,
    /// Object 0.
    InvalidObjectId,
    /// An object that no signature can cover, as it has no group.
    NonGroupedObject,
    /// No signature of the wanted form for a group or an object.
    SignatureNotFound {
        /// Number of the group or object.
        id: u32,
        /// Whether it is a group.
        is_group: bool,
    },
    /// An envelope, and no PEM key to check it with.
    NoKeyMaterialDsse,
    /// A clear-signed message, and no keyring to check it with.
    NoKeyMaterialPgp,
    /// A signature object that holds neither form.
    SignatureFormatNotRecognized,
    /// The digest algorithm that the descriptor names is not accepted.
    HashUnsupported,
    /// The signature has no digest where there must be one.
    HashUnavailable,
    /// The signature does not stand.
    SignatureNotValid {
        /// The signature object.
        id: ObjectId,
        /// Why.
        cause: Cause,
    },
    /// The descriptor's fingerprint is not that of the signer.
    FingerprintMismatch,
    /// An object is not covered.
    ObjectNotSigned {
        /// The object.
        id: ObjectId,
    },
    /// A covered object is gone.
    SignedObjectNotFound {
        /// The number it would have.
        id: ObjectId,
    },
    /// The header was changed.
    HeaderIntegrity,
    /// A descriptor was changed.
    DescriptorIntegrity {
        /// The object.
        id: ObjectId,
    },
    /// Data was changed.
    ObjectIntegrity {
        /// The object; `None` for a legacy group signature, which cannot tell.
        id: Option<ObjectId>,
    },
    /// A legacy signature's digest cannot be read.
    DigestMalformed,
}

/// What is wrong with the structure of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The armor or a packet cannot be read.
    Unreadable,
    /// Something other than a signature stands among the packets.
    NotASignature,
    /// It does not say when it was made.
    NoTime,
    /// It does not say which key made it.
    NoIssuer,
    /// Its digest is not one that is allowed.
    Digest,
}

/// Why a signature does not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No usable key of this ID is there.
    UnknownIssuer,
    /// The key is over, or from the future.
    KeyExpired,
    /// The key was revoked.
    KeyRevoked,
    /// The signature or a statement of the key about itself is over, or from the future.
    SignatureExpired,
    /// The arithmetic fails, or a notation demands something unknown.
    BadSignature(String),
    /// The structure is broken, or the digest is not allowed.
    MalformedSignature(Malformed),
    /// A kind of signature, by its number, that is not made over images.
    UnsupportedSignature(u8),
    /// The envelope has no acceptable signature.
    DsseEnvelopeFailed,
    /// The signed text is not metadata.
    MetadataNotJson,
    /// A digest in the signed text is malformed.
    DigestMalformed,
    /// A digest in the signed text is by an algorithm that is not accepted.
    HashUnsupported,
}

impl Failure {
    /// Returns the name of the class.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::NoGroupsFound => "NoGroupsFound",
            Self::NoObjects => "NoObjects",
            Self::GroupNotFound => "GroupNotFound",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::MultipleObjectsFound => "MultipleObjectsFound",
            Self::InvalidGroupId => "InvalidGroupId",
            Self::InvalidObjectId => "InvalidObjectId",
            Self::NonGroupedObject => "NonGroupedObject",
            Self::SignatureNotFound { .. } => "SignatureNotFound",
            Self::NoKeyMaterialDsse => "NoKeyMaterialDsse",
            Self::NoKeyMaterialPgp => "NoKeyMaterialPgp",
            Self::SignatureFormatNotRecognized => "SignatureFormatNotRecognized",
            Self::HashUnsupported => "HashUnsupported",
            Self::HashUnavailable => "HashUnavailable",
            Self::SignatureNotValid { .. } => "SignatureNotValid",
            Self::FingerprintMismatch => "FingerprintMismatch",
            Self::ObjectNotSigned { .. } => "ObjectNotSigned",
            Self::SignedObjectNotFound { .. } => "SignedObjectNotFound",
            Self::HeaderIntegrity => "HeaderIntegrity",
            Self::DescriptorIntegrity { .. } => "DescriptorIntegrity",
            Self::ObjectIntegrity { .. } => "ObjectIntegrity",
            Self::DigestMalformed => "DigestMalformed",
        }
    }

    /// Returns the number of the object or group that the failure names.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        match self {
            Self::SignatureNotFound { id, .. } => Some(*id),
            Self::SignatureNotValid { id, .. }
            | Self::ObjectNotSigned { id }
            | Self::SignedObjectNotFound { id }
            | Self::DescriptorIntegrity { id } => Some(id.0),
            Self::ObjectIntegrity { id } => id.map(|id| id.0),
            _ => None,
        }
    }

    /// Returns why the signature does not stand, if that is the failure.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::SignatureNotValid { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

impl Cause {
    /// Returns the name of the class.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::UnknownIssuer => "UnknownIssuer",
            Self::KeyExpired => "KeyExpired",
            Self::KeyRevoked => "KeyRevoked",
            Self::SignatureExpired => "SignatureExpired",
            Self::BadSignature(_) => "BadSignature",
            Self::MalformedSignature(_) => "MalformedSignature",
            Self::UnsupportedSignature(_) => "UnsupportedSignature",
            Self::DsseEnvelopeFailed => "DsseEnvelopeFailed",
            Self::MetadataNotJson => "MetadataNotJson",
            Self::DigestMalformed => "DigestMalformed",
            Self::HashUnsupported => "HashUnsupported",
        }
    }
}

/// The wording of the command lines, without the `integrity: ` in front.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGroupsFound => f.write_str("no groups found"),
            Self::NoObjects => f.write_str("no objects in image"),
            Self::GroupNotFound => f.write_str("group not found"),
            Self::ObjectNotFound => f.write_str("object not found"),
            Self::MultipleObjectsFound => f.write_str("multiple objects found"),
            Self::InvalidGroupId => f.write_str("invalid group ID"),
            Self::InvalidObjectId => f.write_str("invalid object ID"),
            Self::NonGroupedObject => {
                f.write_str("non-signature object not associated with object group")
            }
            Self::SignatureNotFound { id, is_group: true } => {
                write!(f, "signature not found for object group {id}")
            }
            Self::SignatureNotFound { id, .. } => write!(f, "signature not found for object {id}"),
            Self::NoKeyMaterialDsse => {
                f.write_str("key material not provided for DSSE envelope signature")
            }
            Self::NoKeyMaterialPgp => {
                f.write_str("key material not provided for PGP clear-sign signature")
            }
            Self::SignatureFormatNotRecognized => f.write_str("signature format not recognized"),
            Self::HashUnsupported => f.write_str("hash algorithm unsupported"),
            Self::HashUnavailable => f.write_str("hash algorithm unavailable"),
            Self::SignatureNotValid { id, cause } => {
                write!(f, "signature object {id} not valid: {cause}")
            }
            Self::FingerprintMismatch => {
                f.write_str("fingerprint in descriptor does not correspond to signing entity")
            }
            Self::ObjectNotSigned { id } => write!(f, "object {id}: object not signed"),
            Self::SignedObjectNotFound { id } => write!(f, "object {id}: signed object not found"),
            Self::HeaderIntegrity => f.write_str("header integrity compromised"),
            Self::DescriptorIntegrity { id } => {
                write!(f, "data object descriptor integrity compromised: {id}")
            }
            Self::ObjectIntegrity { id: Some(id) } => {
                write!(f, "data object integrity compromised: {id}")
            }
            Self::ObjectIntegrity { id: None } => f.write_str("data object integrity compromised"),
            Self::DigestMalformed => f.write_str("digest malformed"),
        }
    }
}

impl std::error::Error for Failure {}

/// The wording of the command lines; of what cannot be read they tell details that are not repeated here.
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "malformed signature",
            Self::NotASignature => "non signature packet found",
            Self::NoTime => "no creation time in signature",
            Self::NoIssuer => "signature doesn't have an issuer",
            Self::Digest => "hash algorithm or salt mismatch with cleartext message headers",
        })
    }
}

/// The wording of the command lines.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => f.write_str("openpgp: signature made by unknown entity"),
            Self::KeyExpired => f.write_str("openpgp: key expired"),
            Self::KeyRevoked => f.write_str("openpgp: signature made by revoked key"),
            Self::SignatureExpired => f.write_str("openpgp: signature expired"),
            Self::BadSignature(reason) => write!(f, "openpgp: invalid signature: {reason}"),
            Self::MalformedSignature(what) => write!(f, "openpgp: invalid data: {what}"),
            Self::UnsupportedSignature(kind) => write!(f, "openpgp: unsupported feature: unsupported signature type: {kind}"),
            Self::DsseEnvelopeFailed => f.write_str(
                "dsse: verify envelope failed: accepted signatures do not match threshold, Found: 0, Expected 1",
            ),
            Self::MetadataNotJson => f.write_str("metadata is not valid JSON"),
            Self::DigestMalformed => f.write_str("digest malformed"),
            Self::HashUnsupported => f.write_str("hash algorithm unsupported"),
        }
    }
}

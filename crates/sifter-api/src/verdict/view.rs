//! The view of a verification.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    keys::TrustView,
    units::{ImageId, Timestamp},
};

/// The closed list of badges; the table is `spec/ux.md` 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Badge {
    Verified,
    UnknownKey,
    UntrustedKey,
    RevokedKey,
    ExpiredKey,
    PartlySigned,
    OldSignature,
    Tampered,
    NotSigned,
    NotChecked,
    CantCheck,
}

/// A verification's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerdictView {
    pub image: ImageId,
    pub badge: Badge,
    /// The signature that decides the headline, if one does.
    pub decisive: Option<u32>,
    pub intact: IntactView,
    pub signatures: Vec<SignatureView>,
    pub parts: Vec<PartIntegrityView>,
    pub command_line: CommandLineView,
    pub checked_at: Timestamp,
}

/// Whether bytes match what was signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IntactView {
    pub state: IntactState,
    /// How many parts are not signatures.
    pub parts_total: u32,
    /// How many of these good (else intact) signatures cover.
    pub parts_covered: u32,
    pub uncovered: Vec<u32>,
    pub changes: Vec<ChangeView>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum IntactState {
    /// All parts match.
    All,
    /// The covered parts match, others are not covered.
    Partly,
    /// Something differs.
    Differs,
    /// Nothing is signed.
    Unsigned,
    /// Not decidable without the key.
    Unknown,
}

/// One difference between the file and what was signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    pub what: ChangedThing,
    /// The part, where one is meant.
    pub part: Option<u32>,
    /// The signature that shows it.
    pub signature: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ChangedThing {
    /// Launch script, version or image id.
    Header,
    /// The part's description (name, kind, size, times).
    Description,
    /// The part's bytes.
    Data,
    /// A signed part is not there.
    MissingPart,
    /// The signature itself does not hold.
    Signature,
    /// The fingerprint beside the signature is not that of the signing key.
    Fingerprint,
}

/// One signature object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignatureView {
    /// The id of the signature object.
    pub id: u32,
    pub form: SignatureForm,
    pub result: SignatureResult,
    /// Full fingerprint, upper-case hex, when the key is known or claimed.
    pub fingerprint: Option<String>,
    pub key_id: Option<String>,
    /// Whether the fingerprint is only the file's claim (the key is not here).
    pub fingerprint_claimed: bool,
    /// Primary user id of the signing key.
    pub signer: Option<String>,
    /// Whether the key page can be opened.
    pub key_known: bool,
    pub trust: Option<TrustView>,
    /// When, according to the signature.
    pub signed_at: Option<Timestamp>,
    pub notes: Vec<SignatureNote>,
    pub key_expired_at: Option<Timestamp>,
    pub key_revoked_at: Option<Timestamp>,
    pub revocation_reason: Option<String>,
    pub hash: Option<String>,
    pub group: Option<u32>,
    pub covers: Vec<u32>,
    /// Key ids of a DSSE envelope.
    pub dsse_keys: Vec<String>,
    /// The error class of the reference, for details.
    pub reference_error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SignatureForm {
    OpenPgp,
    Dsse,
    Legacy,
    Unrecognized,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SignatureResult {
    Good,
    Tampered,
    UnknownKey,
    UntrustedKey,
    RevokedKey,
    ExpiredKey,
    OldSignature,
    CantCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SignatureNote {
    /// The key expired after signing.
    KeyExpiredSince,
    /// The key was retired after signing.
    KeyRetiredSince,
    /// The signature's time lies in the future.
    FromTheFuture,
    /// Weak key or digest.
    Weak,
    /// Trusted by an administrator's keyring.
    GlobalKey,
}

/// One part in the light of the signatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartIntegrityView {
    pub id: u32,
    pub state: PartState,
    /// Signature objects that cover it.
    pub covered_by: Vec<u32>,
    pub sha256: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PartState {
    Intact,
    Changed,
    NotCovered,
    /// A signature object.
    Signature,
    Unknown,
}

/// What `verify` of the command line would answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommandLineView {
    /// For example `singularity verify --local x.sif`.
    pub command: String,
    pub exit_code: i32,
    /// Class name of `spec/sif.md` 6.13, or `Ok`.
    pub class: String,
    /// Its standard output and error, as it would print them.
    pub stdout: String,
    pub stderr: String,
    /// Whether it agrees with the badge (exit 0 and Verified, or not 0 and not Verified).
    pub agrees: bool,
}

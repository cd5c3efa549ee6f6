//! The views of keys.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::ApiError,
    images::ImageRow,
    units::{ByteCount, PlanId, Timestamp},
};

/// All keys of the active profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeysView {
    /// The folder of the keyring files.
    pub keyring_folder: String,
    /// Own keys first, then others, in file order.
    pub keys: Vec<KeyRow>,
    /// A keyring file that cannot be used as it is.
    pub problems: Vec<KeyringProblem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyringProblem {
    pub file: KeyringFile,
    pub error: ApiError,
    /// How many keys a repair would keep; absent when a repair cannot help.
    pub repair_keeps: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyringFile {
    Public,
    Secret,
    Global,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyRow {
    /// Upper-case hex without blanks.
    pub fingerprint: String,
    /// Primary user id in parts.
    pub name: Option<String>,
    pub mail: Option<String>,
    pub comment: Option<String>,
    /// The secret part is here.
    pub own: bool,
    pub algorithm: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub state: KeyState,
    pub trust: TrustView,
    pub protection: Option<KeyProtection>,
    pub unlocked: bool,
    /// Whether Sifter will sign with it.
    pub can_sign: bool,
    pub problems: Vec<KeyProblem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyState {
    Current,
    Expired,
    Revoked,
    NotForSigning,
    /// The secret file holds only the public part (a known bug of the command lines).
    SecretLost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyProtection {
    /// All secret parts need the passphrase.
    All,
    /// The encryption subkey lies bare.
    Partly,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyProblem {
    ExpiresSoon,
    WeakKey,
    WeakSelfSignature,
    NoPassphrase,
    BareSubkey,
    SecretLost,
    TwiceInKeyring,
}

/// Trust in a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TrustView {
    pub level: TrustLevel,
    pub since: Option<Timestamp>,
    pub compared: Option<Comparison>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TrustLevel {
    Yours,
    TrustedByYou,
    TrustedByAdministrator,
    NotTrusted,
    Blocked,
}

/// How a fingerprint was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    Pasted,
    ReadAloud,
    NotCompared,
    /// Taken over from the command line's keyring on first start.
    FromCommandLine,
}

/// Everything that the key page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    pub row: KeyRow,
    pub user_ids: Vec<UserIdView>,
    pub subkeys: Vec<SubkeyView>,
    /// Ten groups of four digits.
    pub groups: Vec<String>,
    /// Twenty words to read aloud.
    pub words: Vec<String>,
    /// Rows of a QR code of `OPENPGP4FPR:<fingerprint>`, dark modules are `true`.
    pub qr: Vec<Vec<bool>>,
    pub revoked_at: Option<Timestamp>,
    pub revocation_reason: Option<String>,
    pub keyring: KeyringFile,
    pub images_signed: Vec<ImageRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UserIdView {
    pub text: String,
    pub primary: bool,
    pub revoked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SubkeyView {
    pub fingerprint: String,
    pub algorithm: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub usage: Vec<KeyUsage>,
    pub revoked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyUsage {
    Certify,
    Sign,
    Encrypt,
    Authenticate,
}

/// What a new key shall be. The passphrase comes apart and never returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    pub name: String,
    pub mail: String,
    pub comment: String,
    pub kind: NewKeyKind,
    /// Absent: never.
    pub expires: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum NewKeyKind {
    Rsa4096,
    Ed25519,
}

/// What an import would do; shown before it is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlanView {
    pub plan: PlanId,
    pub items: Vec<ImportItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportItem {
    pub fingerprint: String,
    pub name: Option<String>,
    pub mail: Option<String>,
    pub algorithm: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub secret: bool,
    pub effect: ImportEffect,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ImportEffect {
    New,
    /// New user ids, expiry, revocations.
    Update {
        changes: Vec<String>,
    },
    Identical,
    Unsupported {
        reason: String,
    },
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportedKeys {
    /// The fingerprints of the keys that were new or have learned something.
    pub taken: Vec<String>,
    /// The keys that could not be taken; the others are there all the same.
    pub refused: Vec<RefusedKey>,
}

/// A key that an import could not take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RefusedKey {
    pub fingerprint: String,
    pub name: Option<String>,
    pub error: ApiError,
}

/// What bringing back secret parts from the backups did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RestoredKeys {
    /// The fingerprints of the keys that have their secret part again.
    pub restored: Vec<String>,
    /// The fingerprints of those whose secret part no backup has.
    pub missing: Vec<String>,
}

/// The backups of the keyring files that hold a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyBackups {
    pub count: u32,
    /// The folder in which they lie.
    pub folder: String,
}

/// Pasted fingerprint against the key's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum FingerprintComparison {
    Empty,
    /// 8 or 16 digits, or fewer than all.
    TooShort {
        digits: u32,
    },
    NotHex,
    /// Per group: equal or not.
    Differs {
        groups: Vec<bool>,
    },
    Match,
}

/// How long a passphrase is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeepPassphrase {
    ThisAction,
    FifteenMinutes,
    UntilQuit,
    /// In the OS keychain, after the person asked for it.
    Keychain,
}

/// Why a key is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RevocationReason {
    NoReason,
    Superseded,
    Compromised,
    Retired,
}

/// Whether own keys are unlocked, for the status bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LockState {
    pub unlocked: u32,
    pub until: Option<Timestamp>,
}

/// A file that was written where a person wanted it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    pub name: String,
    pub size: ByteCount,
}

/// Where keys are imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind", content = "value")]
pub enum ImportSource {
    /// Files that were dropped or picked.
    Files(crate::units::FilesId),
    /// Text that was pasted.
    Text(String),
}

/// What a key file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyFileKind {
    /// The public part.
    Public,
    /// Public and secret part, protected by the passphrase.
    Secret,
    /// A revocation certificate.
    Revocation,
}

//! The views of image files.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::ApiError,
    units::{ByteCount, FilesId, ImageId, PlanId, Timestamp},
    verdict::{Badge, VerdictView},
};

/// A watched folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    pub id: u32,
    pub name: String,
    pub path: String,
    pub images: u32,
    pub state: FolderState,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum FolderState {
    /// Changes are noticed as they happen.
    Watching,
    /// Changes are looked for now and then; the reason is said.
    Polling {
        reason: String,
    },
    /// Being read.
    Reading {
        done: u32,
        total: u32,
    },
    Missing,
    Failed {
        error: ApiError,
    },
}

/// One row of Images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImageRow {
    pub id: ImageId,
    pub name: String,
    pub folder: String,
    pub state: ImageState,
    pub badge: Badge,
    pub signer: Option<String>,
    pub arch: Option<String>,
    pub size: Option<ByteCount>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    /// Where it came from, for example a reference that was pulled.
    pub source: Option<String>,
    pub last_opened: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ImageState {
    Ready,
    Missing,
    Refused { error: ApiError },
}

/// Everything that the inspector shows of a file without reading its objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImageView {
    pub row: ImageRow,
    pub format: ImageFormat,
    pub encrypted: bool,
    pub header: HeaderView,
    pub parts: Vec<PartView>,
    pub map: Vec<MapSegment>,
    pub findings: Vec<FindingView>,
    /// Set when the file may only be looked at: why it is neither verified nor changed.
    pub refused: Option<ApiError>,
    /// The part that holds the definition file.
    pub definition: Option<u32>,
    /// The part that holds labels, environment: where they are objects.
    pub labels: Option<u32>,
    pub environment: Option<u32>,
    /// The last verdict, if the file has not changed since.
    pub verdict: Option<VerdictView>,
    /// Whether Sifter verifies it by itself, or asks because it is large.
    pub verify_automatically: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ImageFormat {
    Sif,
    OciSif,
}

/// The global header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeaderView {
    pub launch_script: String,
    pub version: String,
    /// Claimed by the header, which no signature covers.
    pub arch: Option<String>,
    pub image_uuid: Option<String>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub descriptors_total: u32,
    pub descriptors_used: u32,
    pub data_offset: ByteCount,
    pub data_size: ByteCount,
    pub deterministic: bool,
}

/// One data object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartView {
    pub id: u32,
    pub kind: PartKind,
    /// As the command line lists it, for example `FS (Squashfs/*System/amd64)`.
    pub technical: String,
    pub name: String,
    pub group: Option<u32>,
    pub link: Option<LinkView>,
    pub offset: ByteCount,
    pub size: ByteCount,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub uid: ByteCount,
    pub gid: ByteCount,
    pub file_system: Option<String>,
    pub partition_type: Option<String>,
    pub arch: Option<String>,
    pub primary: bool,
    /// Claimed signer of a signature object.
    pub fingerprint: Option<String>,
    /// Set when the part reaches outside the file or overlaps another.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PartKind {
    Definition,
    Environment,
    Labels,
    FileSystem,
    Signature,
    Json,
    Generic,
    CryptographicMessage,
    Sbom,
    OciRootIndex,
    OciBlob,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
pub enum LinkView {
    Group(u32),
    Part(u32),
}

/// One stretch of the file, in file order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MapSegment {
    pub kind: SegmentKind,
    pub part: Option<u32>,
    pub offset: ByteCount,
    pub size: ByteCount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SegmentKind {
    Header,
    Table,
    Part,
    Gap,
    Trailing,
}

/// Something odd that is not refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    pub code: FindingCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FindingCode {
    FreeCountWrong,
    DeclaresEmpty,
    DataBeforeDataOffset,
    DataRegionOdd,
    SeveralPrimaries,
    TrailingBytes,
    HeaderArchDiffers,
    OciDigestDiffers,
    DefinitionReadableThoughEncrypted,
    UnfinishedChange,
}

/// A look at a part's bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum PeekView {
    /// Text (definition, environment, clear-signed text), at most the asked length.
    Text { text: String, truncated: bool },
    /// JSON, pretty printed.
    Json { text: String, truncated: bool },
    /// Rows of 16 bytes from `offset` of the part.
    Hex {
        offset: ByteCount,
        rows: Vec<HexRow>,
        total: ByteCount,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HexRow {
    /// Two digits a byte, separated by blanks.
    pub hex: String,
    pub text: String,
}

/// Name and value, for labels and environment variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NamedValue {
    pub name: String,
    pub value: String,
}

/// What was dropped, opened or picked, sorted by what can be done with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DropView {
    pub files: FilesId,
    pub images: u32,
    pub keys: u32,
    pub definitions: u32,
    pub folders: u32,
    pub others: u32,
    /// Up to ten names.
    pub names: Vec<String>,
    /// For a single unknown file: what it seems to be.
    pub seems_to_be: Option<String>,
}

/// What signing would do; shown before it is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignPlanView {
    pub plan: PlanId,
    pub fingerprint: String,
    pub signer: String,
    pub items: Vec<SignPlanItem>,
    /// Whether a passphrase is needed to run it.
    pub needs_passphrase: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignPlanItem {
    pub image: ImageId,
    pub name: String,
    /// How many signatures are added (one for each group).
    pub signatures: u32,
    pub parts: u32,
    pub adds_bytes: ByteCount,
    /// The file that is written: the image itself, or a copy.
    pub copy_name: Option<String>,
    /// Signed by this key already.
    pub already_signed: bool,
    /// What a person should know first.
    pub warnings: Vec<SignWarning>,
    /// Set when it will not be signed.
    pub blocked: Option<ApiError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SignWarning {
    /// Parts outside groups: verification of the whole image will fail.
    UngroupedParts,
    /// A partial signature breaks the verification of the whole image by the command line.
    PartialBreaksWhole,
    /// Others have signed it; their signatures stay.
    OthersSigned,
    /// A legacy signature lies inside a group and is covered.
    CoversLegacySignature,
}

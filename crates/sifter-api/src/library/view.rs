//! What screens show of a library, and what is asked for when images are pulled and pushed.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::ApiError,
    units::{ByteCount, FolderId, ImageId, PlanId, RemoteId, Timestamp},
    verdict::Badge,
};

/// A level of a library: its entities, the collections of one, or the containers of one collection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LibraryView {
    pub remote: RemoteId,
    /// Empty, `entity`, or `entity/collection`.
    pub path: String,
    pub rows: Vec<LibraryRow>,
    pub quota: Option<QuotaView>,
    /// Whether this account may push here, as far as is known.
    pub can_push: bool,
    /// Shown from what was kept, of that time, because the library cannot be reached.
    pub kept_from: Option<Timestamp>,
    /// Why it could not be reached, when what was kept is shown.
    pub problem: Option<ApiError>,
}

/// An entity, a collection or a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LibraryRow {
    pub kind: LibraryRowKind,
    pub name: String,
    /// From the entity down, with `/`.
    pub path: String,
    pub description: String,
    pub is_private: bool,
    /// Collections, containers or images in it, where the library says so.
    pub items: Option<u32>,
    pub size: Option<ByteCount>,
    pub changed: Option<Timestamp>,
    pub architectures: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LibraryRowKind {
    Entity,
    Collection,
    Container,
}

/// The room of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QuotaView {
    pub used: ByteCount,
    /// Absent: no limit.
    pub total: Option<ByteCount>,
}

/// What is searched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LibrarySearch {
    pub remote: RemoteId,
    /// At least three letters.
    pub text: String,
    pub arch: Option<String>,
    pub only_signed: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundInLibrary {
    /// Entities, collections and containers.
    pub rows: Vec<LibraryRow>,
    pub images: Vec<LibraryImage>,
}

/// A container with its images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContainerView {
    pub remote: RemoteId,
    /// `entity/collection/container`.
    pub path: String,
    pub name: String,
    pub description: String,
    pub is_private: bool,
    pub is_read_only: bool,
    /// Whether this account may push, move tags and delete, as far as is known.
    pub can_change: bool,
    pub downloads: Option<u32>,
    /// Columns of the matrix: the one of this computer first.
    pub architectures: Vec<String>,
    /// The one of this computer, whether there is an image for it or not.
    pub own_architecture: String,
    /// Rows of the matrix: `latest` first, then the newest.
    pub tags: Vec<TagView>,
    /// Images that no tag leads to, newest first.
    pub untagged: Vec<LibraryImage>,
    pub kept_from: Option<Timestamp>,
    pub problem: Option<ApiError>,
}

/// A tag, and the image that it leads to for each architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TagView {
    pub tag: String,
    pub images: Vec<LibraryImage>,
}

/// An image in a library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LibraryImage {
    /// As the library names it: `sha256.` and 64 digits, or `sif.` and an identifier.
    pub hash: String,
    pub arch: String,
    /// Absent: the library does not say.
    pub size: Option<ByteCount>,
    pub created: Option<Timestamp>,
    /// What the library claims, not what Sifter proved.
    pub claims_signed: bool,
    pub tags: Vec<String>,
    /// The whole reference by its first tag, or else by its hash.
    pub reference: String,
    /// The reference that always means these bytes.
    pub pinned: String,
    /// The image file of this computer that has these bytes.
    pub here: Option<ImageId>,
    /// Commands that run it elsewhere.
    pub run: RunCommands,
}

/// How to run an image without Sifter; by tag, and pinned by hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunCommands {
    pub pull: String,
    pub pull_pinned: String,
    pub run: String,
    /// A batch script for Slurm.
    pub slurm: String,
}

/// How Sifter reads what a person typed or pasted. Nothing is asked over the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceView {
    /// As it was understood, written out.
    pub reference: String,
    pub transport: Transport,
    /// The host; of `remote` where the text has none.
    pub server: String,
    /// The remote that serves it. Absent: the server is none that is known.
    pub remote: Option<RemoteId>,
    pub entity: Option<String>,
    pub collection: Option<String>,
    pub container: String,
    /// A tag, or nothing if a hash is named.
    pub tag: Option<String>,
    pub hash: Option<String>,
    /// Another reading of a short reference, written out.
    pub alternative: Option<String>,
    /// The name that a command line would give the file.
    pub suggested_name: String,
    /// Why it cannot be pulled. Absent: it can be tried.
    pub problem: Option<ApiError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Transport {
    Library,
    Oras,
    Docker,
    Shub,
    Http,
}

/// What the server says of a reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedView {
    pub reference: ReferenceView,
    /// The one that would be pulled.
    pub arch: Option<String>,
    pub architectures: Vec<String>,
    pub size: Option<ByteCount>,
    pub created: Option<Timestamp>,
    pub hash: Option<String>,
    pub claims_signed: bool,
}

/// A folder that images are pulled into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TargetFolder {
    pub id: FolderId,
    /// As a person reads it.
    pub name: String,
    pub free: Option<ByteCount>,
}

/// What to pull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    pub items: Vec<PullItem>,
    /// Absent: where images were pulled last, or else the person's folder for downloads.
    pub folder: Option<FolderId>,
    pub verify: bool,
    pub if_exists: IfExists,
}

/// One image to pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PullItem {
    pub reference: String,
    /// For references without a host. Absent: the current one.
    pub remote: Option<RemoteId>,
    /// Absent: that of this computer.
    pub arch: Option<String>,
    /// Absent: the suggested one.
    pub name: Option<String>,
    /// Its bytes must have this hash: `sha256:` and 64 digits.
    pub sha256: Option<String>,
}

/// What happens with a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum IfExists {
    /// The new one gets a free name.
    KeepBoth,
    /// The old one goes to the trash once the new one is there.
    Replace,
}

/// What a pull would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PullPlanView {
    pub plan: PlanId,
    pub items: Vec<PullPlanItem>,
    pub folder: TargetFolder,
    /// Bytes that will be fetched, as far as is known.
    pub total: ByteCount,
    /// Whether the disk has room for them.
    pub fits: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PullPlanItem {
    /// Absent: the server could not be asked.
    pub resolved: Option<ResolvedView>,
    /// The file's name as it will be.
    pub name: String,
    /// Whether a file of the suggested name is there.
    pub exists: bool,
    /// Bytes of an earlier attempt that are used.
    pub partial: Option<ByteCount>,
    /// Why it cannot be pulled.
    pub problem: Option<ApiError>,
}

/// What to push where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushRequest {
    pub target: PushTarget,
    pub items: Vec<PushItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum PushTarget {
    /// `entity/collection` of a remote.
    Library {
        remote: RemoteId,
        collection: String,
    },
    /// Host and path of an OCI registry, without the container: `ghcr.io/group`.
    Registry { repository: String },
}

/// One image to push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushItem {
    pub image: ImageId,
    /// Absent: made of the file's name.
    pub container: Option<String>,
    /// Empty: `latest`.
    pub tags: Vec<String>,
    pub description: String,
}

/// What a push would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushPlanView {
    pub plan: PlanId,
    pub items: Vec<PushPlanItem>,
    /// Bytes that will be sent if the images are pushed as they are.
    pub upload: ByteCount,
    pub quota: Option<QuotaView>,
    /// Whether there is room for them.
    pub fits: bool,
    /// The same if unsigned images are signed first: their bytes are other ones then. Absent: none is unsigned.
    pub if_signed: Option<PushSums>,
    /// The owner or collection that is new, written out.
    pub makes: Vec<String>,
}

/// What a push sends in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushSums {
    pub upload: ByteCount,
    pub fits: bool,
}

/// Where images may be pushed on a remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushPlaces {
    /// `entity/collection`, the person's own first.
    pub collections: Vec<String>,
    /// The one to begin with. It may not be there yet: a push makes it. Absent: nothing is known of the person there.
    pub proposed: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushPlanItem {
    pub image: ImageId,
    /// The file's name.
    pub name: String,
    pub container: String,
    pub container_is_new: bool,
    pub arch: Option<String>,
    pub size: ByteCount,
    /// The short hash that the library will know it by. Absent: not read yet because of a problem.
    pub hash: Option<String>,
    /// Whether the library has these bytes, so that only tags change.
    pub is_there: bool,
    /// What happens to the tags if the image is pushed as it is.
    pub tags: Vec<TagEffect>,
    /// What happens to them if it is signed first. Absent: it is not unsigned.
    pub tags_if_signed: Option<Vec<TagEffect>>,
    /// Whether its signatures may stay behind: command lines put an OCI-SIF image into a library without them.
    pub leaves_signatures: bool,
    /// As a check just now says.
    pub badge: Badge,
    pub gate: PushGate,
}

/// What happens to one tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TagEffect {
    pub tag: String,
    pub effect: TagChange,
    /// The image that it leads to now.
    pub old_hash: Option<String>,
    pub old_date: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TagChange {
    New,
    Moves,
    Stays,
}

/// Whether an image may be pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum PushGate {
    Open,
    /// Not signed: the person decides.
    Unsigned,
    Blocked {
        error: ApiError,
    },
}

/// A key that signs images before they are pushed. The passphrase is asked by the task where it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignFirst {
    pub fingerprint: String,
}

/// One image of a finished pull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PulledItem {
    pub reference: String,
    pub name: String,
    pub image: Option<ImageId>,
    /// Absent: not verified.
    pub badge: Option<Badge>,
    pub error: Option<ApiError>,
}

/// One image of a finished push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PushedItem {
    pub image: ImageId,
    pub name: String,
    /// Whole reference by its first tag.
    pub reference: String,
    /// The container's page on the remote, where it is a library.
    pub container: Option<ContainerPlace>,
    /// Moves of tags that can be taken back while the old image is there.
    pub undo: Vec<TagMoveView>,
    pub error: Option<ApiError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPlace {
    pub remote: RemoteId,
    pub path: String,
}

/// A tag and the image that it is to lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TagMoveView {
    pub remote: RemoteId,
    pub path: String,
    pub tag: String,
    pub arch: String,
    pub hash: String,
}

/// A reference that came by a link from outside. It starts nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenedLink {
    pub reference: ReferenceView,
    /// Whether the link itself says which server is meant. If not, the current remote is only a guess.
    pub names_server: bool,
}

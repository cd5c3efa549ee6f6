//! What a library says, as screens show it.

use std::collections::HashMap;

use scs_types::{
    Moment,
    library::{Collection, Container, Entity, Image, ImageHash, is_name, is_tag},
};

use super::{LibraryImage, LibraryRow, LibraryRowKind, QuotaView, run};
use crate::{
    Result, Sifter,
    images::stamp_at,
    units::{ByteCount, ImageId, Timestamp},
};

/// What official clients write where nobody wrote anything.
const NO_DESCRIPTION: &str = "no description";

pub(super) fn moment(moment: Moment) -> Option<Timestamp> {
    moment.0.map(|time| Timestamp(time.as_second()))
}

pub(super) fn bytes(count: i64) -> Option<ByteCount> {
    u64::try_from(count)
        .ok()
        .filter(|count| *count > 0)
        .map(ByteCount)
}

pub(super) fn description(text: &str) -> String {
    if text.trim().eq_ignore_ascii_case(NO_DESCRIPTION) {
        return String::new();
    }
    text.trim().to_owned()
}

pub(super) fn quota(entity: &Entity) -> QuotaView {
    QuotaView {
        used: ByteCount(u64::try_from(entity.size).unwrap_or(0)),
        total: bytes(entity.quota),
    }
}

fn count(number: usize) -> Option<u32> {
    u32::try_from(number).ok()
}

pub(super) fn entity_row(entity: &Entity) -> LibraryRow {
    LibraryRow {
        kind: LibraryRowKind::Entity,
        name: entity.name.clone(),
        path: entity.name.clone(),
        description: description(&entity.description),
        is_private: entity.default_private,
        items: count(entity.collections.len()).filter(|items| *items > 0),
        size: bytes(entity.size),
        changed: moment(entity.audit.updated_at).or(moment(entity.audit.created_at)),
        architectures: Vec::new(),
    }
}

pub(super) fn collection_row(entity: &str, collection: &Collection) -> LibraryRow {
    LibraryRow {
        kind: LibraryRowKind::Collection,
        name: collection.name.clone(),
        path: format!("{entity}/{}", collection.name),
        description: description(&collection.description),
        is_private: collection.private,
        items: count(collection.containers.len()).filter(|items| *items > 0),
        size: bytes(collection.size),
        changed: moment(collection.audit.updated_at).or(moment(collection.audit.created_at)),
        architectures: Vec::new(),
    }
}

pub(super) fn container_row(collection: &str, container: &Container) -> LibraryRow {
    let arches = container.tags().into_keys().filter(|arch| !arch.is_empty());
    LibraryRow {
        kind: LibraryRowKind::Container,
        name: container.name.clone(),
        path: format!("{collection}/{}", container.name),
        description: description(&container.description),
        is_private: container.private,
        items: count(container.images.len()).filter(|items| *items > 0),
        size: bytes(container.size),
        changed: moment(container.audit.updated_at).or(moment(container.audit.created_at)),
        architectures: arches.collect(),
    }
}

/// Makes views of images of one library.
pub(super) struct ImageViews<'a> {
    pub(super) sifter: &'a Sifter,
    pub(super) host: &'a str,
    pub(super) is_plain_http: bool,
}

impl ImageViews<'_> {
    /// Returns the view of an image in the container at `path`. `tags` are those that lead to it, `arch` is what they
    /// say where the library itself does not know. Nothing for one that nobody could name: a server sends what it likes,
    /// and what is shown here is pasted into terminals. Blocks.
    pub(super) fn view(
        &self,
        path: &str,
        image: &Image,
        tags: &[String],
        arch: &str,
    ) -> Result<Option<LibraryImage>> {
        let sound = |tag: &&String| is_tag(tag) && !ImageHash::is_hash(tag);
        let mut tags: Vec<String> = tags.iter().filter(sound).cloned().collect();
        tags.sort_by(|one, other| by_latest(one).cmp(&by_latest(other)));
        tags.dedup();
        let base = format!("library://{}/{path}", self.host);
        let by_tag = tags.first().map(|tag| format!("{base}:{tag}"));
        let by_hash = ImageHash::is_hash(&image.hash).then(|| format!("{base}:{}", image.hash));
        let (Some(reference), Some(pinned)) =
            (by_tag.clone().or(by_hash.clone()), by_hash.or(by_tag))
        else {
            return Ok(None);
        };
        let product = self.sifter.profile().command();
        let arch = image.arch.as_deref().unwrap_or(arch);
        Ok(Some(LibraryImage {
            hash: image.hash.clone(),
            arch: if is_name(arch) {
                arch.to_owned()
            } else {
                String::new()
            },
            size: bytes(image.size),
            created: moment(image.audit.created_at),
            claims_signed: image.signed.unwrap_or(false),
            here: self.sifter.image_with(&image.hash)?,
            run: run::commands(product, &reference, &pinned, self.is_plain_http),
            tags,
            reference,
            pinned,
        }))
    }
}

fn by_latest(tag: &str) -> (bool, &str) {
    (tag != "latest", tag)
}

impl Sifter {
    /// Returns the image file of this computer that has the bytes that a library calls `hash`. Blocks.
    fn image_with(&self, hash: &str) -> Result<Option<ImageId>> {
        let Some(sha256) = hash
            .parse::<ImageHash>()
            .ok()
            .and_then(|hash| hash.sha256())
        else {
            return Ok(None);
        };
        let known = self.inner.store.images_with_digest(&hex::encode(sha256))?;
        let is_still = |(id, stamp): &(ImageId, crate::files::Stamp)| {
            let record = self.inner.store.image(*id).ok().flatten();
            record.is_some_and(|record| stamp_at(&record.path).is_ok_and(|now| now == *stamp))
        };
        Ok(known.into_iter().find(is_still).map(|(id, _)| id))
    }
}

/// The tags that lead to each image, by its identity, with the architecture they are set for.
pub(super) fn tags_by_image(container: &Container) -> HashMap<String, (String, Vec<String>)> {
    let mut found: HashMap<String, (String, Vec<String>)> = HashMap::new();
    for (arch, tags) in container.tags() {
        for (tag, image) in tags {
            let entry = found
                .entry(image.as_str().to_owned())
                .or_insert_with(|| (arch.clone(), Vec::new()));
            entry.1.push(tag);
        }
    }
    found
}

/// The name of the architecture of this computer, as libraries write it.
pub(super) fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}

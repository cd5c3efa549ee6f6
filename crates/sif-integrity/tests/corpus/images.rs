//! Section `images`: what loading gives.

use sha2::{Digest as _, Sha256};
use sif::{Descriptor, Extra, GroupId, Image, Inspection, Link};
use sif_integrity::{descriptor_stream, header_stream};

use crate::expected::{ImageCase, Load, Object};
use crate::verify::check_load_class;
use crate::{Corpus, Tally, same};

/// The code of a file system that only one of the two libraries has a name for.
const GOCRYPTFS: i32 = 6;

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("images");
    for (path, case) in &corpus.expected.images {
        tally.case(path, || check_image(&corpus.read(path)?, case));
    }
    tally
}

fn check_image(bytes: &[u8], case: &ImageCase) -> Result<(), String> {
    if let Some(length) = case.bytes {
        same("length", &(bytes.len() as u64), &length)?;
    }
    same_or_absent(
        "digest of the file",
        &hex::encode(Sha256::digest(bytes)),
        &case.sha256,
    )?;
    let image = match (load(bytes)?, case.load.outcome.as_str()) {
        (Ok(image), "ok") => image,
        (Err(_), "panic") => return Ok(()),
        (Err(error), "error") => {
            let expected = case.load.error.as_ref();
            return expected.map_or(Ok(()), |expected| check_load_class(&error, expected));
        }
        (result, outcome) => {
            let found = result.map(|_| "loaded").map_err(|error| error.to_string());
            return Err(format!("loading gave {found:?}, expected {outcome}"));
        }
    };
    check_load(&image, bytes, &case.load)?;
    let groups: Vec<u32> = image.groups().into_iter().map(GroupId::number).collect();
    same_or_absent("groups", &groups, &case.groups)
}

/// Reads an image, and has the reading that tolerates everything agree on whether it is refused.
pub(crate) fn load(bytes: &[u8]) -> Result<Result<Image, sif::Error>, String> {
    let result = Image::read(bytes);
    let inspection = Inspection::read(bytes).map_err(|error| error.to_string())?;
    same(
        "an inspection's refusal",
        &inspection.is_refused(),
        &result.is_err(),
    )?;
    Ok(result)
}

/// Compares a loaded image with what is recorded of it.
pub(crate) fn check_load(image: &Image, bytes: &[u8], expected: &Load) -> Result<(), String> {
    check_header(image, expected)?;
    let Some(objects) = &expected.descriptors else {
        return Ok(());
    };
    same("count of objects", &image.objects().len(), &objects.len())?;
    for (object, expected) in image.objects().iter().zip(objects) {
        check_object(image, bytes, object, expected)
            .map_err(|reason| format!("object {}: {reason}", object.id()))?;
    }
    Ok(())
}

fn same_or_absent<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &Option<T>,
) -> Result<(), String> {
    expected
        .as_ref()
        .map_or(Ok(()), |expected| same(what, found, expected))
}

fn check_header(image: &Image, expected: &Load) -> Result<(), String> {
    let header = image.header();
    let script = String::from_utf8_lossy(header.launch_script()).into_owned();
    same_or_absent("launch script", &script, &expected.launch_script)?;
    same_or_absent("version", &"01".to_owned(), &expected.version)?;
    same_or_absent(
        "architecture",
        &header.architecture().name().to_owned(),
        &expected.arch,
    )?;
    same_or_absent("ID", &header.id().to_string(), &expected.id)?;
    same_or_absent("created", &header.created().0, &expected.created)?;
    same_or_absent("modified", &header.modified().0, &expected.modified)?;
    same_or_absent(
        "free",
        &header.descriptors_free(),
        &expected.descriptors_free,
    )?;
    same_or_absent(
        "total",
        &header.descriptors_total(),
        &expected.descriptors_total,
    )?;
    same_or_absent(
        "table offset",
        &header.descriptors_offset(),
        &expected.descriptors_offset,
    )?;
    same_or_absent(
        "table size",
        &header.descriptors_size(),
        &expected.descriptors_size,
    )?;
    same_or_absent("data offset", &header.data_offset(), &expected.data_offset)?;
    same_or_absent("data size", &header.data_size(), &expected.data_size)?;
    let stream = hex::encode(Sha256::digest(header_stream(header.raw())));
    same_or_absent("header stream", &stream, &expected.integrity_sha256)
}

fn check_object(
    image: &Image,
    bytes: &[u8],
    object: &Descriptor,
    expected: &Object,
) -> Result<(), String> {
    let link = match object.link() {
        Link::None => 0,
        Link::Object(id) => id.0,
        Link::Group(group) => group.number(),
    };
    // A link to group 0 is none, and yet the reference calls it one to a group.
    let is_group = object.raw().link.get() >> 28 == 0xF;
    same_or_absent("ID", &object.id().0, &expected.id)?;
    same_or_absent(
        "type",
        &object.data_type().name().to_owned(),
        &expected.kind,
    )?;
    same_or_absent("type code", &object.data_type().code(), &expected.type_code)?;
    same_or_absent(
        "group",
        &object.group().map_or(0, GroupId::number),
        &expected.group,
    )?;
    same_or_absent("link", &link, &expected.link)?;
    same_or_absent("link is group", &is_group, &expected.link_is_group)?;
    same_or_absent("offset", &object.offset(), &expected.offset)?;
    same_or_absent("size", &object.size(), &expected.size)?;
    same_or_absent("created", &object.created().0, &expected.created)?;
    same_or_absent("modified", &object.modified().0, &expected.modified)?;
    same_or_absent("name", &object.name().into_owned(), &expected.name)?;
    let data = object
        .read(bytes, u64::MAX)
        .map_err(|error| error.to_string())?;
    same_or_absent(
        "data",
        &hex::encode(Sha256::digest(data)),
        &expected.data_sha256,
    )?;
    let stream = descriptor_stream(object.raw(), relative_id(image, object));
    same_or_absent(
        "descriptor stream",
        &hex::encode(Sha256::digest(stream)),
        &expected.integrity_sha256,
    )?;
    check_extra(&object.extra(), expected)
}

fn relative_id(image: &Image, object: &Descriptor) -> u32 {
    let field = object.raw().group;
    let same = image
        .objects()
        .iter()
        .filter(|other| other.raw().group == field);
    object.id().0 - same.map(|other| other.id().0).min().unwrap_or(0)
}

fn check_extra(extra: &Extra, expected: &Object) -> Result<(), String> {
    let text = |what, found: &str, expected| same_or_absent(what, &found.to_owned(), expected);
    match extra {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => {
            // One of the two libraries does not know what the other one calls `Gocryptfs squashfs`.
            if expected.fs.as_deref() != Some("Unknown") || file_system.code() != GOCRYPTFS {
                text("file system", file_system.name(), &expected.fs)?;
            }
            text("partition type", partition_type.name(), &expected.part)?;
            text("architecture", architecture.name(), &expected.arch)
        }
        // The reference reads nothing of a description whose digest it does not know.
        Extra::Signature { hash, .. } if !hash.is_known() => {
            same("hash", &None, &expected.hash)?;
            same("entity", &None, &expected.entity)
        }
        Extra::Signature { hash, fingerprint } => {
            text("hash", hash.name(), &expected.hash)?;
            same("entity", &fingerprint.map(hex::encode), &expected.entity)
        }
        Extra::CryptographicMessage { format, message } => {
            text("format", format.name(), &expected.message_format)?;
            text("message", message.name(), &expected.message_type)
        }
        Extra::Sbom { format } => text("format", format.name(), &expected.sbom),
        Extra::Oci { digest } => text("digest", &digest.to_string(), &expected.digest),
        _ => Ok(()),
    }
}

//! What loading gives: header, descriptors, groups; and what is refused.

use sha2::{Digest as _, Sha256};
use sif::{Descriptor, Extra, GroupId, Image, Inspection, Link};

use super::expected::{ImageCase, Load, Mutation, Object};
use super::{Corpus, Tally, same};

#[test]
fn images_load_as_recorded() {
    let Some(corpus) = Corpus::find("images") else {
        return;
    };
    let mut tally = Tally::new("images");
    for (path, case) in &corpus.expected.images {
        tally.record(path, check_image(&corpus.read(path), case));
    }
    tally.finish();
}

#[test]
fn mutations_load_or_are_refused() {
    let Some(corpus) = Corpus::find("mutations") else {
        return;
    };
    let mut tally = Tally::new("mutations");
    for mutation in &corpus.expected.mutations {
        tally.record(&mutation.name, check_mutation(&corpus, mutation));
    }
    tally.finish();
}

fn check_image(bytes: &[u8], case: &ImageCase) -> Result<(), String> {
    same("length", &(bytes.len() as u64), &case.bytes)?;
    let image = match (Image::read(bytes), case.load.outcome.as_str()) {
        (Ok(image), "ok") => image,
        (Err(_), "error" | "panic") => return Ok(()),
        (result, outcome) => return Err(format!("loading gave {result:?}, expected {outcome}")),
    };
    check_header(&image, &case.load)?;
    same(
        "count of objects",
        &image.objects().len(),
        &case.load.descriptors.len(),
    )?;
    for (object, expected) in image.objects().iter().zip(&case.load.descriptors) {
        check_object(bytes, object, expected)
            .map_err(|reason| format!("object {}: {reason}", expected.id))?;
    }
    let groups: Vec<u32> = image.groups().into_iter().map(GroupId::number).collect();
    if let Some(expected) = &case.groups {
        same("groups", &groups, expected)?;
    }
    // What the reference's own writers make has nothing odd about it.
    same("findings", &image.findings(), &Vec::new())?;
    let inspection = Inspection::read(bytes).map_err(|error| error.to_string())?;
    same("faults", &inspection.faults, &Vec::new())
}

fn check_header(image: &Image, expected: &Load) -> Result<(), String> {
    let header = image.header();
    let script = String::from_utf8_lossy(header.launch_script()).into_owned();
    same("launch script", &script, &expected.launch_script)?;
    same("version", &"01", &expected.version.as_str())?;
    same(
        "architecture",
        &header.architecture().name(),
        &expected.arch.as_str(),
    )?;
    same("ID", &header.id().to_string(), &expected.id)?;
    same("created", &header.created().0, &expected.created)?;
    same("modified", &header.modified().0, &expected.modified)?;
    same(
        "descriptors free",
        &header.descriptors_free(),
        &expected.descriptors_free,
    )?;
    same(
        "descriptors total",
        &header.descriptors_total(),
        &expected.descriptors_total,
    )?;
    same(
        "descriptors offset",
        &header.descriptors_offset(),
        &expected.descriptors_offset,
    )?;
    same(
        "descriptors size",
        &header.descriptors_size(),
        &expected.descriptors_size,
    )?;
    same("data offset", &header.data_offset(), &expected.data_offset)?;
    same("data size", &header.data_size(), &expected.data_size)
}

fn check_object(bytes: &[u8], object: &Descriptor, expected: &Object) -> Result<(), String> {
    same("ID", &object.id().0, &expected.id)?;
    same("type", &object.data_type().name(), &expected.kind.as_str())?;
    same("type code", &object.data_type().code(), &expected.type_code)?;
    same(
        "group",
        &object.group().map_or(0, GroupId::number),
        &expected.group,
    )?;
    let link = match object.link() {
        Link::None => (0, false),
        Link::Object(id) => (id.0, false),
        Link::Group(group) => (group.number(), true),
    };
    same("link", &link, &(expected.link, expected.link_is_group))?;
    same("offset", &object.offset(), &expected.offset)?;
    same("size", &object.size(), &expected.size)?;
    same("created", &object.created().0, &expected.created)?;
    same("modified", &object.modified().0, &expected.modified)?;
    same("name", &object.name().into_owned(), &expected.name)?;
    if let Some(digest) = &expected.data_sha256 {
        let data = object
            .read(bytes, u64::MAX)
            .map_err(|error| error.to_string())?;
        same("data", &hex::encode(Sha256::digest(data)), digest)?;
    }
    check_extra(&object.extra(), expected)
}

fn check_extra(extra: &Extra, expected: &Object) -> Result<(), String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match extra {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => {
            same(
                "file system",
                &file_system.name(),
                &text(&expected.fs).as_str(),
            )?;
            same(
                "partition type",
                &partition_type.name(),
                &text(&expected.part).as_str(),
            )?;
            same(
                "architecture",
                &architecture.name(),
                &text(&expected.arch).as_str(),
            )
        }
        Extra::Signature { hash, fingerprint } => {
            same("hash", &hash.name(), &text(&expected.hash).as_str())?;
            same("entity", &fingerprint.map(hex::encode), &expected.entity)
        }
        Extra::CryptographicMessage { format, message } => {
            same(
                "format",
                &format.name(),
                &text(&expected.message_format).as_str(),
            )?;
            same(
                "message",
                &message.name(),
                &text(&expected.message_type).as_str(),
            )
        }
        Extra::Sbom { format } => same("format", &format.name(), &text(&expected.sbom).as_str()),
        Extra::Oci { digest } => same("digest", &digest.to_string(), &text(&expected.digest)),
        _ => Ok(()),
    }
}

fn check_mutation(corpus: &Corpus, mutation: &Mutation) -> Result<(), String> {
    let mut bytes = corpus.read(&mutation.image);
    for edit in &mutation.edits {
        let new = hex::decode(&edit.hex).map_err(|error| error.to_string())?;
        bytes[edit.offset..edit.offset + new.len()].copy_from_slice(&new);
    }
    bytes.truncate(mutation.truncate_to.unwrap_or(usize::MAX));

    let result = Image::read(&bytes);
    let inspection = Inspection::read(&bytes).map_err(|error| error.to_string())?;
    same(
        "inspection's refusal",
        &inspection.is_refused(),
        &result.is_err(),
    )?;
    let refused = mutation.policy.starts_with("reject") || mutation.load.outcome != "ok";
    match result {
        Ok(_) if refused => Err("was accepted".into()),
        Ok(_) => Ok(()),
        Err(error) if !refused => Err(format!("was refused: {error}")),
        Err(error) => check_class(&error, mutation),
    }
}

/// Where the reference fails too, both should mean the same.
fn check_class(error: &sif::Error, mutation: &Mutation) -> Result<(), String> {
    let Some(expected) = &mutation.load.error else {
        return Ok(());
    };
    let fault = error
        .fault()
        .ok_or_else(|| format!("not about the bytes: {error}"))?;
    same("class", &fault.field.load_class(), &expected.class.as_str())
}

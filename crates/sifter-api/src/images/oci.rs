//! OCI-SIF images: the file system is an OCI image in parts, and what it is for stands in its documents.

use sif::{DataType, Descriptor, Extra, Image};

use crate::files::OpenFile;

/// No document of an image is longer.
const DOCUMENT: u64 = 1 << 20;

/// Returns whether the image holds an OCI image instead of a file system of its own.
pub(crate) fn is_oci_sif(image: &Image) -> bool {
    root_index(image).is_some()
}

/// Returns the architecture that the documents of the first OCI image in it name; the header of such a file has none.
pub(crate) fn oci_arch(open: &OpenFile, image: &Image) -> Option<String> {
    let index = read(open, root_index(image)?)?;
    let manifest = index.get("manifests")?.get(0)?;
    if let Some(arch) = named(manifest.get("platform")) {
        return Some(arch);
    }
    let manifest = read(open, blob(image, manifest)?)?;
    let config = read(open, blob(image, manifest.get("config")?)?)?;
    named(Some(&config))
}

fn root_index(image: &Image) -> Option<&Descriptor> {
    let is_index = |object: &&Descriptor| object.data_type() == DataType::OciRootIndex;
    image.objects().iter().find(is_index)
}

/// The part that a description of content names by its digest.
fn blob<'image>(image: &'image Image, content: &serde_json::Value) -> Option<&'image Descriptor> {
    let digest = content.get("digest")?.as_str()?.as_bytes();
    image.objects().iter().find(
        |object| matches!(object.extra(), Extra::Oci { digest: of } if of.as_bytes() == digest),
    )
}

fn named(of: Option<&serde_json::Value>) -> Option<String> {
    let name = of?.get("architecture")?.as_str()?;
    scs_types::library::is_name(name).then(|| name.to_owned())
}

fn read(open: &OpenFile, object: &Descriptor) -> Option<serde_json::Value> {
    if object.size() > DOCUMENT {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(object.size()).ok()?];
    sif::read_exact_at(&object.reader(&open.file), &mut bytes, 0).ok()?;
    serde_json::from_slice(&bytes).ok()
}

//! What a library says of an image after it looked into it.

use std::collections::BTreeSet;

use sif::{DataType, Extra, FileSystem, Image, Source};

/// What a library says of an image. All absent for a file that is no image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) arch: Option<String>,
    pub(crate) signed: Option<bool>,
    pub(crate) encrypted: Option<bool>,
    pub(crate) fingerprints: Option<Vec<String>>,
}

impl Facts {
    /// Reads the table of the image, not its objects.
    pub(crate) fn read<S: Source + ?Sized>(source: &S) -> Self {
        let Ok(image) = Image::read(source) else {
            return Self::default();
        };
        let mut signed = false;
        let mut encrypted = false;
        let mut arch = image.header().architecture();
        let mut signers = BTreeSet::new();
        for object in image.objects() {
            signed |= object.data_type() == DataType::Signature;
            match object.extra() {
                Extra::Partition {
                    file_system,
                    architecture,
                    ..
                } => {
                    let is_locked = [FileSystem::EncryptedSquashfs, FileSystem::GocryptfsSquashfs];
                    encrypted |= is_locked.contains(&file_system);
                    if object.is_primary_partition() && architecture.is_known() {
                        arch = architecture;
                    }
                }
                Extra::Signature {
                    fingerprint: Some(fingerprint),
                    ..
                } => {
                    signers.insert(hex::encode_upper(fingerprint));
                }
                _ => {}
            }
        }
        Self {
            arch: arch.is_known().then(|| arch.name().to_owned()),
            signed: Some(signed),
            encrypted: Some(encrypted),
            fingerprints: Some(signers.into_iter().collect()),
        }
    }

    pub(crate) fn fingerprints_as_json(&self) -> Option<String> {
        serde_json::to_string(self.fingerprints.as_ref()?).ok()
    }
}

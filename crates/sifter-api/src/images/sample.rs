//! The sample image that ships inside the program: small, real, unsigned.

use std::{io::Cursor, path::PathBuf};

use sif::{Architecture, DataType, FileSystem, ImageBuilder, ObjectInput, PartitionType, UnixTime};
use uuid::Uuid;

use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, sif_error},
    files,
    units::ImageId,
};

/// A real file system, made once; the folder of the asset says how.
const FILE_SYSTEM: &[u8] = include_bytes!("../../assets/sample.squashfs");

const DEFINITION: &str = "\
Bootstrap: scratch

%files
    hello.txt /hello.txt

%runscript
    cat /hello.txt

%labels
    Title Sample image of Sifter

%help
    A small image to look at, to sign and to verify. It holds one text file and no shell.
";

const LABELS: &str = r#"{"org.opencontainers.image.title":"Sample image of Sifter","org.opencontainers.image.description":"A small image to look at, to sign and to verify"}"#;

/// 1 January 2026, so that the bytes are the same on every computer.
const MADE: UnixTime = UnixTime(1_767_225_600);
const ID: Uuid = Uuid::from_u128(0x5f1d_2c6e_8a34_4b7f_9c02_6d1e_5a3b_7f90);

impl Sifter {
    /// Writes the sample image into Sifter's own folder, once, and puts it into the list.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub async fn open_sample_image(&self) -> Result<ImageId> {
        self.off(|sifter| {
            let ids = sifter.add_opened(&[sifter.written_sample()?])?;
            ids.first()
                .copied()
                .ok_or_else(|| ApiError::plain(ErrorCode::Internal))
        })
        .await
    }

    /// Writes the sample image into Sifter's own folder, once, and keeps it for the page like a file that Sifter was
    /// started with.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub async fn queue_sample_image(&self) -> Result<()> {
        let path = self.off(|sifter| sifter.written_sample()).await?;
        self.queue_opened(vec![path]).await
    }

    fn written_sample(&self) -> Result<PathBuf> {
        let path = self.inner.homes.data.join("samples").join("sample.sif");
        if !path.exists() {
            files::write_atomic(&path, &sample()?)?;
        }
        Ok(path)
    }
}

/// Returns the bytes of the sample image.
///
/// # Errors
/// None that a person can cause.
fn sample() -> Result<Vec<u8>> {
    let objects = [
        ObjectInput::new(DataType::DefinitionFile, Cursor::new(DEFINITION.as_bytes()))
            .name("sample.def"),
        ObjectInput::new(DataType::Labels, Cursor::new(LABELS.as_bytes())).name("labels.json"),
        ObjectInput::partition(
            FileSystem::Squashfs,
            PartitionType::PrimarySystem,
            Architecture::from_name("amd64").unwrap_or(Architecture::UNKNOWN),
            Cursor::new(FILE_SYSTEM),
        )
        .name("sample.squashfs"),
    ];
    ImageBuilder::new(ID, MADE)
        .launch_script("#!/usr/bin/env run-singularity\n")
        .write(Vec::new(), objects)
        .map_err(|error| sif_error("sample.sif".as_ref(), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_sound_image_without_findings() {
        let bytes = sample().expect("made");
        let image = sif::Image::read(&bytes).expect("sound");
        assert_eq!((image.objects().len(), image.findings()), (3, vec![]));
        assert!(bytes.len() < 64 * 1024, "{} bytes", bytes.len());
        assert_eq!(
            bytes,
            sample().expect("made again"),
            "the same bytes each time"
        );
    }
}

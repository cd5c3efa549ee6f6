//! Bytes as rows of sixteen, for the Raw tab, and the text that `siftool list` prints.

use super::{HexRow, content::object_of};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error},
    units::ImageId,
};

impl Sifter {
    /// Returns the header's bytes; also of an image that is refused.
    ///
    /// # Errors
    /// The codes of files; `sif-truncated` for a file that is shorter than a header.
    pub async fn raw_header(&self, id: ImageId) -> Result<Vec<HexRow>> {
        self.off(move |sifter| {
            let open = sifter.open_by_id(id)?;
            let mut bytes = [0; sif::raw::HEADER_SIZE];
            sif::read_exact_at(&open.file, &mut bytes, 0).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => ApiError::plain(ErrorCode::SifTruncated),
                _ => io_error(&open.path, &error),
            })?;
            Ok(rows(&bytes))
        })
        .await
    }

    /// Returns a descriptor's bytes.
    ///
    /// # Errors
    /// `part-missing` and the codes of files.
    pub async fn raw_descriptor(&self, id: ImageId, part: u32) -> Result<Vec<HexRow>> {
        self.off(move |sifter| {
            let open = sifter.open_by_id(id)?;
            if let Ok(image) = super::read_image(&open) {
                return Ok(rows(object_of(&open, &image, part)?.raw().bytes()));
            }
            let found =
                sif::Inspection::read(&open.file).map_err(|error| io_error(&open.path, &error))?;
            let raw = found.descriptors.iter().find(|(_, raw)| raw.id().0 == part);
            raw.map(|(_, raw)| rows(raw.bytes()))
                .ok_or_else(|| ApiError::plain(ErrorCode::PartMissing))
        })
        .await
    }

    /// Returns what `siftool list` prints.
    ///
    /// # Errors
    /// The image is refused.
    pub async fn siftool_list(&self, id: ImageId) -> Result<String> {
        self.off(move |sifter| Ok(sif::text::list(&sifter.image_by_id(id)?.1)))
            .await
    }

    /// Returns what `siftool header` prints.
    ///
    /// # Errors
    /// The image is refused.
    pub async fn siftool_header(&self, id: ImageId) -> Result<String> {
        self.off(move |sifter| Ok(sif::text::header(&sifter.image_by_id(id)?.1)))
            .await
    }

    /// Returns what `siftool info` prints of a part.
    ///
    /// # Errors
    /// The image is refused, or has no such part.
    pub async fn siftool_info(&self, id: ImageId, part: u32) -> Result<String> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            Ok(sif::text::info(object_of(&open, &image, part)?))
        })
        .await
    }
}

pub(super) fn rows(bytes: &[u8]) -> Vec<HexRow> {
    bytes.chunks(16).map(row).collect()
}

fn row(bytes: &[u8]) -> HexRow {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = bytes.iter().map(|byte| {
        if byte.is_ascii_graphic() || *byte == b' ' {
            char::from(*byte)
        } else {
            '.'
        }
    });
    HexRow {
        hex: hex.join(" "),
        text: text.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_a_row() {
        let rows = rows(b"0123456789abcdef\x00Z");
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[1].hex.as_str(), rows[1].text.as_str()),
            ("00 5a", ".Z")
        );
    }
}

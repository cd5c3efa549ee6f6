//! Opening an image and showing what it is, without reading its objects.

use std::path::Path;

use sif::{Descriptor, Extra, Finding, Image, Inspection};

use super::{
    FindingCode, FindingView, ImageFormat, ImageView, PartKind,
    parts::{arch_name, header_view, is_encrypted, map_of, part_view},
    refused,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of, sif_error},
    files::OpenFile,
    units::{ByteCount, ImageId},
    verdict::VerdictView,
};

impl Sifter {
    /// Returns what the image is and what is inside. Reads the header and the table only, whatever the size.
    ///
    /// # Errors
    /// `handle-unknown`, `file-missing`, `file-empty`, `not-sif` and the other codes of files. A SIF image whose
    /// structure is refused is no error: the view says why.
    pub async fn inspect_image(&self, id: ImageId) -> Result<ImageView> {
        self.off(move |sifter| {
            let opened = sifter
                .inner
                .store
                .note_opened(id, sifter.inner.clock.timestamp())?;
            let before = sifter.record(id)?;
            sifter.watch_beside(&before.path);
            let result = sifter.view_image(id);
            // Whoever shows the image reads it again on this event: only news may be told, or it never ends.
            if opened || sifter.record(id)?.scan != before.scan {
                sifter.tell(&crate::ApiEvent::ImagesChanged(vec![id]));
            }
            result
        })
        .await
    }

    fn view_image(&self, id: ImageId) -> Result<ImageView> {
        let record = self.record(id)?;
        let open = self.open_recovered(&record.path)?;
        let scan = super::known::scan_of(&open);
        self.inner.store.set_scans(&[(id, scan)])?;
        match read_image(&open) {
            Ok(image) => self.view_sound(id, &open, &image),
            Err(error) => self.view_refused(id, &open, error),
        }
    }

    fn view_sound(&self, id: ImageId, open: &OpenFile, image: &Image) -> Result<ImageView> {
        let parts: Vec<_> = image
            .objects()
            .iter()
            .map(|object| part_view(object.raw(), None))
            .collect();
        let first = |kind| {
            parts
                .iter()
                .find(|part| part.kind == kind)
                .map(|part| part.id)
        };
        let mut header = header_view(image.header());
        header.descriptors_used = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let encrypted = is_encrypted(image.objects());
        let definition = first(PartKind::Definition);
        let mut findings = findings_of(image);
        if encrypted && definition.is_some() {
            findings.push(FindingView {
                code: FindingCode::DefinitionReadableThoughEncrypted,
                message: "the file system is encrypted, but anyone can read the definition file"
                    .into(),
            });
        }
        if sif::journal::has_journal(&open.path) {
            findings.push(FindingView {
                code: FindingCode::UnfinishedChange,
                message:
                    "a change of the image was not finished, or is under way in another program"
                        .into(),
            });
        }
        let verdict = self.verdict_now(id)?;
        findings.extend(verdict.iter().flat_map(|verdict| misnamed(image, verdict)));
        let format = if first(PartKind::OciRootIndex).is_some() {
            ImageFormat::OciSif
        } else {
            ImageFormat::Sif
        };
        let settings = self.settings_now().settings;
        Ok(ImageView {
            row: self.row(id)?,
            format,
            encrypted,
            header,
            map: map_of(image),
            findings,
            refused: None,
            definition,
            labels: first(PartKind::Labels),
            environment: first(PartKind::Environment),
            verdict,
            verify_automatically: open.stamp.size <= settings.verify_up_to.0,
            parts,
        })
    }

    /// Shows what can be parsed of a refused image; a file that is no image at all stays an error.
    fn view_refused(&self, id: ImageId, open: &OpenFile, error: ApiError) -> Result<ImageView> {
        let found = Inspection::read(&open.file).map_err(|error| io_error(&open.path, &error))?;
        let Some(header) = &found.header else {
            return Err(error);
        };
        let row = self.row(id)?;
        Ok(refused::view(row, header, &found, error))
    }

    /// Opens the image of this number, or says what is in the way.
    pub(crate) fn open_by_id(&self, id: ImageId) -> Result<OpenFile> {
        self.open_recovered(&self.record(id)?.path)
    }

    /// Opens the image at `path`. A change that another run could not finish is undone first, where that is permitted.
    pub(crate) fn open_recovered(&self, path: &Path) -> Result<OpenFile> {
        crate::sign::recover(path, &self.homes().data);
        OpenFile::open(path)
    }
}

/// Opens the image at `path` strictly.
pub(crate) fn open_image(path: &Path) -> Result<(OpenFile, Image)> {
    let open = OpenFile::open(path)?;
    let image = read_image(&open)?;
    Ok((open, image))
}

/// Reads an open file strictly; the error says what a file that is no image seems to be.
pub(crate) fn read_image(open: &OpenFile) -> Result<Image> {
    let path = &open.path;
    if open.stamp.size == 0 {
        return Err(ApiError::new(
            ErrorCode::FileEmpty,
            format!("`{}` is empty", name_of(path)),
        ));
    }
    Image::read(&open.file).map_err(|error| match error {
        sif::Error::Read(_) => sif_error(path, &error),
        _ => refusal(open, &error),
    })
}

/// A file that is no image is named as what it seems to be; a damaged image by its first fault.
fn refusal(open: &OpenFile, error: &sif::Error) -> ApiError {
    let name = name_of(&open.path);
    let Ok(found) = Inspection::read(&open.file) else {
        return sif_error(&open.path, error);
    };
    match found.looks_like {
        Some(sif::LooksLike::DamagedImage) => ApiError::new(
            ErrorCode::SifTruncated,
            format!("`{name}` is a damaged SIF image: it ends inside the header"),
        )
        .because(error),
        Some(kind) => ApiError::new(
            ErrorCode::NotSif,
            format!("`{name}` is not a SIF image; it seems to be {kind}"),
        )
        .because(error),
        None if found.header.is_none() => ApiError::new(
            ErrorCode::NotSif,
            format!("`{name}` is not a SIF image, and of no kind that Sifter knows"),
        )
        .because(error),
        None => sif_error(&open.path, error),
    }
}

fn findings_of(image: &Image) -> Vec<FindingView> {
    image
        .findings()
        .iter()
        .map(|finding| FindingView {
            code: code_of(finding),
            message: message_of(finding),
        })
        .collect()
}

fn code_of(finding: &Finding) -> FindingCode {
    match finding {
        Finding::FreeCount { .. } => FindingCode::FreeCountWrong,
        Finding::DeclaredEmpty { .. } => FindingCode::DeclaresEmpty,
        Finding::DataBeforeDataOffset { .. } => FindingCode::DataBeforeDataOffset,
        Finding::SeveralPrimaryPartitions { .. } => FindingCode::SeveralPrimaries,
        Finding::Architecture { .. } => FindingCode::HeaderArchDiffers,
        Finding::TrailingBytes { .. } => FindingCode::TrailingBytes,
        _ => FindingCode::DataRegionOdd,
    }
}

fn message_of(finding: &Finding) -> String {
    match finding {
        Finding::Architecture { header, partition } => format!(
            "the header says `{}`, the partition `{}`; the partition decides",
            arch_name(*header).as_deref().unwrap_or("nothing"),
            arch_name(*partition).as_deref().unwrap_or("nothing"),
        ),
        Finding::TrailingBytes { length, .. } => {
            format!("{length} bytes lie behind the last part; nothing describes or signs them")
        }
        other => other.to_string(),
    }
}

/// Returns the OCI objects whose data is not what their digest says, as far as a verification has looked.
fn misnamed(image: &Image, verdict: &VerdictView) -> Vec<FindingView> {
    let read = |object: &Descriptor| {
        let part = verdict.parts.iter().find(|part| part.id == object.id().0)?;
        part.sha256.clone()
    };
    let differs = |object: &Descriptor| match object.extra() {
        Extra::Oci { digest } => read(object)
            .is_some_and(|sha256| digest.as_bytes() != format!("sha256:{sha256}").as_bytes()),
        _ => false,
    };
    image
        .objects()
        .iter()
        .filter(|object| differs(object))
        .map(|object| FindingView {
            code: FindingCode::OciDigestDiffers,
            message: format!(
                "the bytes of part {} are not those that its digest names",
                object.id().0
            ),
        })
        .collect()
}

/// Returns the size of the parts that are read when the image is verified.
pub(crate) fn bytes_to_hash(image: &Image) -> ByteCount {
    ByteCount(
        image
            .objects()
            .iter()
            .map(sif::Descriptor::size)
            .fold(0, u64::saturating_add),
    )
}

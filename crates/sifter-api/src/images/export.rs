//! Writing a part's bytes to a file of their own.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{PartKind, content::object_of, parts::kind_of};
use crate::{
    Result, Sifter,
    error::{name_of, sif_error, write_error},
    tasks::{Job, TaskContext, TaskOutcome, TaskPhase},
    units::{ByteCount, ImageId, TaskId},
};

const STEP: usize = 1 << 20;

impl Sifter {
    /// Returns a file name to offer for a part.
    ///
    /// # Errors
    /// `part-missing` and the codes of files.
    pub async fn part_file_name(&self, id: ImageId, part: u32) -> Result<String> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            let object = object_of(&open, &image, part)?;
            let stem = open
                .path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let ending = match kind_of(object.data_type()) {
                PartKind::Definition => "def",
                PartKind::Labels | PartKind::Json | PartKind::OciRootIndex => "json",
                PartKind::Environment => "sh",
                PartKind::FileSystem => "img",
                PartKind::Signature => "asc",
                _ => "bin",
            };
            Ok(format!("{stem}-part-{part}.{ending}"))
        })
        .await
    }

    /// Starts to write a part's bytes to `to`, which is replaced once all are there.
    ///
    /// # Errors
    /// `part-missing` and the codes of files.
    pub async fn export_part(&self, id: ImageId, part: u32, to: PathBuf) -> Result<TaskId> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            object_of(&open, &image, part)?;
            let to = super::known::absolute(&to)?;
            let subject = name_of(&to);
            sifter.inner.tasks.start(
                Job::Export {
                    image: id,
                    part,
                    to,
                },
                subject,
                None,
            )
        })
        .await
    }

    /// Writes a part's bytes to `out`, for the command line.
    ///
    /// # Errors
    /// `part-missing` and the codes of files.
    pub fn dump_part(&self, id: ImageId, part: u32, out: &mut dyn std::io::Write) -> Result<()> {
        let (open, image) = self.image_by_id(id)?;
        let object = object_of(&open, &image, part)?;
        let mut reader = object.reader(&open.file);
        std::io::copy(&mut reader, out)
            .map_err(|error| sif_error(&open.path, &sif::Error::Read(error)))?;
        open.unchanged()
    }
}

/// The work of the task.
pub(crate) fn export(
    sifter: &Sifter,
    task: &TaskContext,
    id: ImageId,
    part: u32,
    to: &Path,
) -> Result<TaskOutcome> {
    let (open, image) = sifter.image_by_id(id)?;
    let object = object_of(&open, &image, part)?;
    task.begin(TaskPhase::Write, Some(object.size()));
    let folder = to.parent().unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| write_error(to, &error);
    let mut out = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut reader = object.reader(&open.file);
    let mut buffer = vec![0; STEP];
    let mut done = 0;
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(|error| sif_error(&open.path, &sif::Error::Read(error)))?;
        if count == 0 {
            break;
        }
        out.write_all(&buffer[..count]).map_err(failed)?;
        done += count as u64;
        task.advance(done)?;
    }
    open.unchanged()?;
    out.as_file().sync_all().map_err(failed)?;
    out.persist(to)
        .map_err(|error| write_error(to, &error.error))?;
    Ok(TaskOutcome::Exported {
        name: name_of(to),
        size: ByteCount(done),
    })
}

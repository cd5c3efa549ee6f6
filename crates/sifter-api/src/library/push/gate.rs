//! Whether an image may be pushed at all, and what it is: asked of the file, before any server.

use scs_client::read_for_push;
use transfer::{CancellationToken, FileDigests, Silent};

use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files::Stamp,
    images::{arch_of, is_oci_sif, oci_arch, read_image},
    library::PushGate,
    sign::tampered,
    units::ImageId,
    verdict::{self, Badge},
};

/// An image that could be pushed.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) stamp: Stamp,
    pub(super) arch: String,
    pub(super) is_oci_sif: bool,
    pub(super) badge: Badge,
    pub(super) gate: PushGate,
    pub(super) digests: FileDigests,
}

/// What is known of an image that cannot be pushed.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) arch: Option<String>,
    pub(super) badge: Badge,
    pub(super) error: ApiError,
}

/// Looks at an image. On the threads of the network.
pub(super) async fn look(
    sifter: &Sifter,
    id: ImageId,
) -> std::result::Result<Candidate, Box<Refused>> {
    let mut refused = Refused {
        name: String::new(),
        size: 0,
        arch: None,
        badge: Badge::CantCheck,
        error: ApiError::plain(ErrorCode::Internal),
    };
    match pass(sifter, id, &mut refused).await {
        Ok(candidate) => Ok(candidate),
        Err(error) => Err(Box::new(Refused { error, ..refused })),
    }
}

async fn pass(sifter: &Sifter, id: ImageId, refused: &mut Refused) -> Result<Candidate> {
    let record = sifter.off(move |sifter| sifter.record(id)).await?;
    refused.name = name_of(&record.path);
    let read = sifter
        .off(move |sifter| {
            let open = sifter.open_by_id(id)?;
            let image = read_image(&open)?;
            let arch = arch_of(&image).or_else(|| oci_arch(&open, &image));
            Ok((open.stamp, arch, is_oci_sif(&image)))
        })
        .await;
    let (stamp, arch, is_oci_sif) = read?;
    refused.size = stamp.size;
    refused.arch.clone_from(&arch);
    // Dropped with this future, as when a sheet is closed.
    let stop = CancellationToken::new();
    let guard = stop.clone().drop_guard();
    let asked = stop.clone();
    let verdict =
        sifter.off(move |sifter| verdict::verdict_for_plan(sifter, id, &|| asked.is_cancelled()));
    // Both read the whole file; together it is read from the disk once.
    let read = digests(sifter, &record.path, stamp, stop);
    let (verdict, read) = tokio::join!(verdict, read);
    let badge = verdict?.badge;
    refused.badge = badge;
    if badge == Badge::Tampered {
        return Err(blocked(&refused.name));
    }
    let arch = arch.ok_or_else(|| {
        let why = format!(
            "`{}` does not say for which architecture it is",
            refused.name
        );
        ApiError::new(ErrorCode::ArchMissing, why)
    })?;
    let digests = read?;
    drop(guard);
    Ok(Candidate {
        name: refused.name.clone(),
        stamp,
        arch,
        is_oci_sif,
        badge,
        gate: match badge {
            Badge::NotSigned => PushGate::Unsigned,
            _ => PushGate::Open,
        },
        digests,
    })
}

/// Returns the error for an image that contradicts its signatures.
pub(super) fn blocked(name: &str) -> ApiError {
    let mut error = tampered(name);
    error.message = format!("`{name}` is not what was signed; it is not pushed");
    error
}

/// Returns what a file is, from memory where it is as it was.
async fn digests(
    sifter: &Sifter,
    path: &std::path::Path,
    stamp: Stamp,
    stop: CancellationToken,
) -> Result<FileDigests> {
    if let Some(known) = sifter.inner.library.digests(path, stamp) {
        return Ok(known);
    }
    let read = read_for_push(path, std::sync::Arc::new(Silent), stop).await?;
    sifter.inner.library.keep_digests(path, stamp, read.clone());
    Ok(read)
}

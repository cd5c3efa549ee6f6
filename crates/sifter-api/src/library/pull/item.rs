//! One image of a pull: fetched, named, listed, verified.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use scs_client::{AsksRegistry, Pull, Pulled};
use scs_types::library::LibraryRef;
use serde::{Deserialize, Serialize};
use transfer::{Arriving, CancellationToken};

use super::{PullJob, PullJobItem, behind::Kept};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of, write_error},
    files,
    images::{put_into_trash, stamp_at},
    library::{
        CONNECTIONS, Fetch, Fetched, PulledItem, Transport,
        attempts::{Reporter, until_done},
        behind::Tokens,
        oras,
        place::bad_reference,
        plain,
        push::registry_host,
    },
    network::wait_for,
    tasks::{TaskContext, TaskNeed, TaskPhase},
    units::{ImageId, RemoteId},
    verdict::{self, Along, VerdictView},
};

/// How far an item is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// Bytes may have arrived for this name.
    Started {
        target: PathBuf,
        replaces: bool,
    },
    Done(PulledItem),
}

/// Pulls one image. What arrived before is used.
pub(super) fn pull(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    (job, number): (&PullJob, usize),
    before: Option<Progress>,
) -> Result<PulledItem> {
    let item = job
        .items
        .get(number)
        .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
    let (target, replaces) = match before {
        Some(Progress::Started { target, replaces }) => (target, replaces),
        _ => choose_target(&item.target, job.replace),
    };
    let started = Progress::Started {
        target: target.clone(),
        replaces,
    };
    sifter.inner.store.keep_item(&job.id, number, &started)?;
    let staged = staged(&target, replaces);
    sifter.inner.store.forget_partial(&staged)?;
    // A crash between the final name and the row of it.
    let came_before = !replaces && is_already(task, &target, item)?;
    let (path, sha256, trouble, along) = if came_before {
        (target, item.sha256.clone(), None, None)
    } else {
        let (fetched, along) = fetch(sifter, task, item, (&staged, job.verify))?;
        let (path, trouble) = settle(sifter, &staged, &target, replaces)?;
        (path, Some(hex::encode(fetched.sha256)), trouble, along)
    };
    let mut pulled = list(sifter, item, &path, sha256.as_deref())?;
    pulled.error = trouble;
    if let (true, Some(image)) = (job.verify, pulled.image) {
        task.check()?;
        match verify(sifter, task, (image, &path), along) {
            Ok(verdict) => pulled.badge = Some(verdict.badge),
            Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
            Err(error) => {
                pulled.badge = Some(verdict::Badge::CantCheck);
                tracing::debug!(code = ?error.code, "a pulled image could not be verified");
            }
        }
        sifter.tell(&crate::ApiEvent::ImagesChanged(vec![image]));
    }
    Ok(pulled)
}

/// The verdict that was found on the way, else that of the image as it is now.
fn verify(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    (image, path): (ImageId, &Path),
    along: Option<Along>,
) -> Result<VerdictView> {
    let found = along.map(|along| along.verdict(sifter, task, (image, path)));
    match found.transpose()?.flatten() {
        Some(verdict) => Ok(verdict),
        None => verdict::verify_one(sifter, task, image),
    }
}

/// What took the name since the plan was shown keeps it, unless it is to be replaced.
fn choose_target(planned: &Path, replace: bool) -> (PathBuf, bool) {
    match fs::symlink_metadata(planned) {
        Ok(metadata) if replace && metadata.is_file() => (planned.to_path_buf(), true),
        Ok(_) => (files::free_name(planned), false),
        Err(_) => (planned.to_path_buf(), false),
    }
}

/// Where bytes arrive: beside a file that is to be replaced, hidden, until they are whole.
pub(super) fn staged(target: &Path, replaces: bool) -> PathBuf {
    if !replaces {
        return target.to_path_buf();
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".new");
    target.with_file_name(name)
}

/// Whether the file is there and is what was to be pulled.
fn is_already(task: &Arc<TaskContext>, target: &Path, item: &PullJobItem) -> Result<bool> {
    let Some(expected) = &item.sha256 else {
        return Ok(false);
    };
    if !fs::symlink_metadata(target).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(false);
    }
    task.begin(TaskPhase::CheckHash, None);
    let reporter = Reporter::of_upload(task);
    let (path, stop) = (target.to_path_buf(), task.stop());
    let read = wait_for(async {
        let wanted = transfer::Wanted::default();
        Ok(transfer::hash_file(path, wanted, stop, reporter).await?)
    });
    match read {
        Ok(digests) => Ok(hex::encode(digests.sha256) == *expected),
        Err(error) if error.code == ErrorCode::Cancelled => {
            task.check()?;
            Ok(false)
        }
        Err(_) => Ok(false),
    }
}

fn fetch(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    item: &PullJobItem,
    (staged, verifies): (&Path, bool),
) -> Result<(Fetched, Option<Along>)> {
    if item.is_address_gone() {
        return Err(ApiError::new(
            ErrorCode::AddressNeeded,
            format!("the whole address of `{}` was not kept", item.reference),
        ));
    }
    let reporter = Reporter::of_download(task);
    let need = need_of(item);
    until_done(task, &reporter, need.as_ref(), |stop| {
        reporter.begin(TaskPhase::Resolve);
        let along = verifies.then(|| Along::start(sifter, staged));
        let way = Way {
            staged,
            arriving: along.as_ref().map(Along::arriving),
            progress: Arc::clone(&reporter) as _,
            stop,
        };
        let fetched = wait_for(attempt(sifter, item, way))?;
        Ok((fetched, along))
    })
}

/// Where one signs in if the login is refused.
fn need_of(item: &PullJobItem) -> Option<TaskNeed> {
    match (item.transport, &item.remote) {
        (Transport::Library, Some(remote)) if *remote != RemoteId::this_computer() => {
            Some(TaskNeed::SignIn {
                remote: remote.clone(),
            })
        }
        (Transport::Oras, _) => Some(TaskNeed::RegistrySignIn {
            host: registry_host(&item.server),
        }),
        _ => None,
    }
}

/// How the bytes of one attempt come, and where to.
pub(super) struct Way<'a> {
    pub(super) staged: &'a Path,
    pub(super) arriving: Option<Arc<Arriving>>,
    pub(super) progress: Arc<dyn transfer::Progress>,
    pub(super) stop: CancellationToken,
}

async fn attempt(sifter: &Sifter, item: &PullJobItem, way: Way<'_>) -> Result<Fetched> {
    if item.transport == Transport::Library {
        return from_library(sifter, item, way).await;
    }
    let fetch = Fetch {
        reference: item.address(),
        arch: item.arch.as_deref(),
        target: way.staged,
        arriving: way.arriving,
        replaces: false,
        sha256: item.sha256.as_deref().and_then(digest),
        connections: CONNECTIONS,
        bandwidth: sifter.inner.library.bandwidth.clone(),
        progress: way.progress,
        stop: way.stop,
    };
    match item.transport {
        Transport::Oras => oras::pull(sifter, &fetch).await,
        _ => plain::pull(sifter, &fetch).await,
    }
}

fn digest(digits: &str) -> Option<[u8; 32]> {
    hex::decode(digits).ok()?.try_into().ok()
}

async fn from_library(sifter: &Sifter, item: &PullJobItem, way: Way<'_>) -> Result<Fetched> {
    let read = LibraryRef::from_command_line(&item.reference);
    let mut reference = read.map_err(|error| bad_reference(&error))?;
    let tag = reference.tag().to_owned();
    if let Some(hash) = &item.hash {
        reference.tags = vec![hash.clone()];
    }
    let ready = sifter.patient_library_for(item.remote.as_ref(), &item.server);
    let place = tokio::select! {
        biased;
        () = way.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
        place = ready => place?,
    };
    sifter.contact(&place.host, "download");
    let pull = Pull {
        reference: &reference,
        arch: item.arch.as_deref(),
        target: way.staged,
        arriving: way.arriving.clone(),
        replaces: false,
        sha256: item.sha256.as_deref().and_then(digest),
        // The library itself knows best where its bytes are.
        asks_registry: AsksRegistry::Last,
        part_size: transfer::PART_SIZE,
        connections: CONNECTIONS,
        bandwidth: sifter.inner.library.bandwidth.clone(),
        progress: Arc::clone(&way.progress),
        stop: way.stop.clone(),
    };
    let mut tokens = Tokens::default();
    loop {
        let (image, registry) = match place.library.pull(&pull).await {
            Ok(Pulled::Done { file, .. }) => {
                return Ok(Fetched {
                    size: file.size,
                    sha256: file.sha256,
                });
            }
            Ok(Pulled::NeedsRegistry { image, registry }) => (image, registry),
            Err(error) => return Err(place.fault(error)),
        };
        let kept = Kept {
            place: &place,
            tag: &tag,
            arch: item.arch.as_deref(),
            image: &image,
            registry: &registry,
        };
        match kept.pull(sifter, &way).await {
            Err(error) => {
                let arrived = transfer::resumable(way.staged).map_or(0, |(done, _)| done);
                tokens.after(error, arrived)?;
            }
            fetched => return fetched,
        }
    }
}

/// Gives the file its name, once the one before is in the trash. Where the trash does not take that one, both are kept,
/// and the second value says why.
fn settle(
    sifter: &Sifter,
    staged: &Path,
    target: &Path,
    replaces: bool,
) -> Result<(PathBuf, Option<ApiError>)> {
    if !replaces {
        return Ok((target.to_path_buf(), None));
    }
    let mut trouble = None;
    if let Ok(metadata) = fs::symlink_metadata(target) {
        // Only a file was to be replaced.
        trouble = if metadata.is_file() {
            put_into_trash(&sifter.inner.homes, target).err()
        } else {
            let why = format!("`{}` is no file any more; both are kept", name_of(target));
            Some(ApiError::new(ErrorCode::FileExists, why))
        };
    }
    let mut name = match &trouble {
        Some(_) => files::free_name(target),
        None => target.to_path_buf(),
    };
    loop {
        let failed = |error: &io::Error| write_error(&name, error);
        let path = tempfile::TempPath::try_from_path(staged).map_err(|error| failed(&error))?;
        match path.persist_noclobber(&name) {
            Ok(()) => return Ok((name, trouble)),
            Err(error) => {
                // The bytes are worth keeping whatever went wrong.
                let _ = error.path.keep();
                if error.error.kind() != io::ErrorKind::AlreadyExists {
                    return Err(failed(&error.error));
                }
                name = files::free_name(target);
            }
        }
    }
}

/// Puts the file into Images and notes where it is from.
fn list(
    sifter: &Sifter,
    item: &PullJobItem,
    path: &Path,
    sha256: Option<&str>,
) -> Result<PulledItem> {
    let ids = sifter.add_opened(&[path.to_path_buf()])?;
    let image: Option<ImageId> = ids.first().copied();
    if let Some(image) = image {
        sifter.inner.store.set_source(image, &item.reference)?;
        if let (Some(sha256), Ok(stamp)) = (sha256, stamp_at(path)) {
            sifter.inner.store.set_digest(image, stamp, sha256)?;
        }
    }
    Ok(PulledItem {
        reference: item.reference.clone(),
        name: name_of(path),
        image,
        badge: None,
        error: None,
    })
}

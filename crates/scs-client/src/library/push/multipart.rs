//! Sending a file in parts.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use reqwest::{Method, header::HeaderMap};
use scs_types::library::{
    Completed, CompletedPart, MultipartAbort, MultipartComplete, MultipartPart, MultipartStart,
    MultipartStarted, PartUrl,
};
use transfer::{Location, PartDigests, SentPart, Sink};

use super::{
    LIKELY_PART, PUSHING,
    finish::FINISHING,
    send::{Sending, elsewhere, insert_digest},
    state::{PushState, SentToken, modified},
    until,
};
use crate::{
    base::{needed, step},
    error::{Cause, Error},
    library::Library,
};

const STARTING: &str = "starting the upload in parts";
const ASKING_PART: &str = "asking where a part may go";
const FORGETTING: &str = "giving up the upload";
/// An upload that the server forgot is started anew so often.
const STARTS: u32 = 3;
/// No file has more parts; the same holds in every object store.
const MOST_PARTS: u64 = 10_000;
/// Whoever stops a push does not wait longer for the server to hear of it.
const FAREWELL: Duration = Duration::from_millis(900);

impl Sending<'_> {
    /// Sends the file in parts; none if the library takes no parts.
    pub(crate) async fn in_parts(&self) -> Result<Option<Option<Completed>>, Error> {
        let mut state = self.resumed();
        let mut is_old = state.is_some();
        for started in 1.. {
            let Some(current) = self.started(state.take()).await? else {
                return Ok(None);
            };
            match self.parts_and_end(current).await {
                Ok(completed) => return Ok(Some(completed)),
                Err(error)
                    if started < STARTS
                        && (is_forgotten(&error) || (is_old && is_refused(&error))) =>
                {
                    is_old = false;
                    // It may have forgotten the upload because it is done.
                    if self.is_uploaded().await? {
                        return Ok(Some(None));
                    }
                    tracing::debug!("starting over: {error}");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn resumed(&self) -> Option<PushState> {
        let state = self.push.resume.as_ref()?;
        let (file, size) = (self.push.file, self.digests.size);
        state
            .fits(file, size, &self.sha256(), self.image)
            .then(|| state.clone())
    }

    async fn started(&self, resumed: Option<PushState>) -> Result<Option<PushState>, Error> {
        let state = match resumed {
            Some(state) => state,
            None => match until(&self.push.stop, PUSHING, self.start()).await {
                Ok(state) => state,
                Err(error) if takes_no_parts(&error) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        (self.push.on_state)(&state);
        Ok(Some(state))
    }

    async fn start(&self) -> Result<PushState, Error> {
        let size = self.digests.size;
        let start = MultipartStart {
            filesize: i64::try_from(size).unwrap_or(i64::MAX),
        };
        let base = &self.library.base;
        let ask = base.with_body(STARTING, Method::POST, &self.path("_multipart")?, &start)?;
        let answer = base.send(&ask).await?;
        let started: MultipartStarted = needed(&answer)?;
        let part_size = u64::try_from(started.part_size).unwrap_or(0);
        let parts = size.div_ceil(part_size.max(1));
        // Their number follows from their length; not every server says it.
        let is_right_number =
            started.total_parts == 0 || u64::try_from(started.total_parts).ok() == Some(parts);
        let is_sound = part_size > 0
            && !started.upload_id.is_empty()
            && parts <= MOST_PARTS
            && is_right_number;
        if !is_sound {
            return Err(answer.error(Cause::Answer("parts that do not make up the file")));
        }
        Ok(PushState {
            size,
            modified: modified(self.push.file),
            sha256: self.sha256(),
            image: self.image.clone(),
            upload: started.upload_id.clone(),
            part_size,
            hashes_parts: started.hashes_parts(),
            sent: Vec::new(),
        })
    }

    async fn parts_and_end(&self, state: PushState) -> Result<Option<Completed>, Error> {
        let end = match self.parts(state.clone()).await {
            Ok(parts) => self.end(&state, parts).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &end
            && self.is_for_good(error)
        {
            // Servers forget by themselves too.
            let farewell = abort(self.library, &state);
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
        }
        end
    }

    /// Whether what was sent is of no more use: the person gave up, or the server or the file says that it comes to nothing.
    /// Whatever may be put right (a line, a server, a login) is waited for, and what was sent with it.
    fn is_for_good(&self, error: &Error) -> bool {
        match error.cause() {
            Cause::Stopped => (self.push.is_given_up)(),
            Cause::Digest { .. }
            | Cause::Quota { .. }
            | Cause::TooLarge { .. }
            | Cause::Forbidden { .. } => true,
            Cause::Refused { .. } => !error.may_pass(),
            Cause::Transfer(transfer::Error::Changed(_)) => true,
            _ => false,
        }
    }

    async fn parts(&self, state: PushState) -> Result<Vec<SentPart>, Error> {
        let (part_size, hashes_parts, sent) = (state.part_size, state.hashes_parts, state.parts());
        let sink = PartSink {
            sending: self,
            upload: state.upload.clone(),
        };
        let kept = Mutex::new(state);
        let on_sent = |part: &SentPart| {
            let mut state = kept.lock().unwrap_or_else(PoisonError::into_inner);
            state.sent.push(SentToken {
                number: part.number,
                token: part.token.clone(),
            });
            (self.push.on_state)(&state);
        };
        let mut upload = self.upload(&sink);
        upload.part_size = part_size;
        upload.needs_tokens = true;
        upload.sent = sent;
        upload.on_sent = &on_sent;
        upload.digests = match (hashes_parts, part_size) {
            (false, _) => PartDigests::Unwanted,
            (true, LIKELY_PART) if !self.digests.parts.is_empty() => {
                PartDigests::Known(self.digests.parts.clone())
            }
            (true, _) => PartDigests::Unknown,
        };
        self.sent_to_storage(&upload).await
    }

    async fn end(
        &self,
        state: &PushState,
        parts: Vec<SentPart>,
    ) -> Result<Option<Completed>, Error> {
        let completed_parts = parts.into_iter().map(|part| CompletedPart {
            part_number: i64::from(part.number),
            token: part.token,
        });
        let body = MultipartComplete {
            upload_id: state.upload.clone(),
            completed_parts: completed_parts.collect(),
        };
        self.finish(&self.path("_multipart_complete")?, &body).await
    }
}

/// Tells the server to forget an upload.
pub(crate) async fn abort(library: &Library, state: &PushState) -> Result<(), Error> {
    let image = step(FORGETTING, &state.image)?;
    let body = MultipartAbort {
        upload_id: state.upload.clone(),
    };
    let path = format!("v2/imagefile/{image}/_multipart_abort");
    let mut ask = library
        .base
        .with_body(FORGETTING, Method::PUT, &path, &body)?;
    ask.repeats = false;
    match library.base.send(&ask).await {
        Err(error) if !error.is_missing() => Err(error),
        _ => Ok(()),
    }
}

/// Whether the server, or the storage behind it, no longer knows the upload, or has lost parts of it.
fn is_forgotten(error: &Error) -> bool {
    matches!(error.operation, ASKING_PART | PUSHING | FINISHING)
        && matches!(error.status, Some(404 | 409 | 410))
}

/// Whether an upload of another day is of no use to the server.
fn is_refused(error: &Error) -> bool {
    matches!(error.cause(), Cause::Refused { .. } | Cause::Digest { .. }) && !error.may_pass()
}

/// Whether the library has no uploads in parts, or none for this file.
fn takes_no_parts(error: &Error) -> bool {
    matches!(error.status, Some(400 | 404 | 405 | 501))
}

/// Asks for an address for each part.
struct PartSink<'a> {
    sending: &'a Sending<'a>,
    upload: String,
}

impl PartSink<'_> {
    async fn ask(
        &self,
        number: u32,
        length: u64,
        sha256: Option<[u8; 32]>,
    ) -> Result<Location, Error> {
        let part = MultipartPart {
            part_size: i64::try_from(length).unwrap_or(i64::MAX),
            upload_id: self.upload.clone(),
            part_number: i64::from(number),
            sha256: sha256.map(hex::encode).unwrap_or_default(),
        };
        let (base, path) = (&self.sending.library.base, self.sending.path("_multipart")?);
        let ask = base.with_body(ASKING_PART, Method::PUT, &path, &part)?;
        let to: PartUrl = needed(&base.send(&ask).await?)?;
        let mut headers = HeaderMap::new();
        if let Some(sha256) = sha256 {
            insert_digest(&mut headers, sha256);
        }
        let url = self.sending.address(&to.presigned_url)?;
        Ok(Location { url, headers })
    }
}

impl Sink for PartSink<'_> {
    fn address(
        &self,
        number: u32,
        length: u64,
        sha256: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async move { self.ask(number, length, sha256).await.map_err(elsewhere) })
    }
}

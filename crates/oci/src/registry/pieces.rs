//! A file that goes to a registry piece after piece, so that a connection that broke costs one piece and not all.

use std::{fs::Metadata, sync::Arc};

use reqwest::{
    Method,
    header::{CONTENT_RANGE, HeaderValue},
};
use transfer::{Piece, Tries};

use super::{
    Purpose, Push, PushState, Registry,
    upload::{Opened, PUSHING, Session},
};
use crate::error::{Cause, Error};

/// The usual length of a piece: as much as what stands before registries takes in one request, and not so little that the
/// wait for each answer is felt.
pub const PIECE_SIZE: u64 = 64 << 20;
/// A server that refuses less than this as too large takes no files.
const SHORTEST: u64 = 1 << 20;

/// What became of a file in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The registry has it.
    Whole,
    /// The registry takes a file only at once.
    NoPieces,
}

/// A file on its way.
pub(super) struct Pieces<'a> {
    pub(super) registry: &'a Registry,
    pub(super) push: &'a Push<'a>,
    pub(super) session: Session<'a>,
}

/// How often it was tried, and with what.
struct Course {
    upload: Opened,
    /// The length of a piece.
    length: u64,
    /// Whether the registry took any piece at all.
    took_one: bool,
    /// Since the last piece that was taken.
    tries: Tries,
    /// How often it began anew, or the registry forgot some of it.
    restarts: u32,
}

impl Pieces<'_> {
    /// Sends the file.
    ///
    /// # Errors
    ///
    /// A refusal, a file that changed, or a fault on the way that did not pass.
    pub(super) async fn send(&self) -> Result<Taken, Error> {
        let before = self.metadata()?;
        let upload = match self.resumed().await? {
            Some(upload) => upload,
            None => self.session.open().await?,
        };
        if !self.session.is_at_home(&upload.url).await? {
            // Storage behind a registry gives an address for one request.
            return Ok(Taken::NoPieces);
        }
        let mut course = Course {
            length: self.push.piece_size.max(upload.least),
            upload,
            took_one: false,
            tries: self.registry.0.client.retry.begin(),
            restarts: 0,
        };
        self.keep(&course.upload);
        loop {
            let step = if course.upload.has < self.push.size {
                self.piece(&course).await
            } else {
                self.check_unchanged(&before)?;
                match self.session.finish(&course.upload, &[]).await {
                    Ok(()) => return Ok(Taken::Whole),
                    Err(error) => Err(error),
                }
            };
            match step {
                Ok(Some(upload)) => {
                    course.upload = upload;
                    self.keep(&course.upload);
                    course.took_one = true;
                    course.tries = self.registry.0.client.retry.begin();
                }
                // It counts otherwise, so nothing can be said of what it has.
                Ok(None) => return Ok(Taken::NoPieces),
                Err(error) => {
                    if let Some(taken) = self.after(&mut course, error).await? {
                        return Ok(taken);
                    }
                }
            }
        }
    }

    /// The upload of another day, as far as the registry has it.
    async fn resumed(&self) -> Result<Option<Opened>, Error> {
        let state = self.push.resume.as_ref();
        let Some(upload) = state.and_then(|state| state.upload(self.push)) else {
            return Ok(None);
        };
        // Nothing but the registry itself is asked with its login.
        if !self.session.is_at_home(&upload.url).await? {
            return Ok(None);
        }
        let known = self.session.look(&upload).await?;
        let known = known.filter(|known| known.has <= self.push.size);
        if let Some(known) = &known {
            tracing::debug!(has = known.has, "going on with a push of another day");
            let (progress, size) = (&self.push.progress, self.push.size);
            progress.advanced(known.has, Some(size));
        }
        Ok(known)
    }

    fn keep(&self, upload: &Opened) {
        (self.push.on_state)(&PushState::new(self.push, upload));
    }

    /// Sends the next piece. None if the answer does not fit to it.
    async fn piece(&self, course: &Course) -> Result<Option<Opened>, Error> {
        let (upload, push) = (&course.upload, self.push);
        let end = upload.has.saturating_add(course.length).min(push.size);
        let mut to = self.session.location(upload.url.clone()).await?;
        let range = format!("{}-{}", upload.has, end.saturating_sub(1));
        if let Ok(range) = HeaderValue::from_str(&range) {
            to.headers.insert(CONTENT_RANGE, range);
        }
        let piece = Piece {
            http: &self.registry.0.client.bytes,
            file: push.file,
            range: upload.has..end,
            total: push.size,
            bandwidth: push.bandwidth.clone(),
            progress: Arc::clone(&push.progress),
            stop: push.stop.clone(),
        };
        let headers = piece.send(Method::PATCH, &to).await;
        let headers = headers.map_err(|error| self.registry.of_transfer(PUSHING, error))?;
        let next = self
            .session
            .went_on(upload, &headers, end - upload.has)?
            .filter(|next| next.has > upload.has && next.has <= end);
        match next {
            // Storage takes over: it does not know pieces.
            Some(next) if !self.session.is_at_home(&next.url).await? => Ok(None),
            next => Ok(next),
        }
    }

    /// What follows a failure: nothing, another way, or another try from where the registry is.
    async fn after(&self, course: &mut Course, error: Error) -> Result<Option<Taken>, Error> {
        let is_last = course.upload.has >= self.push.size;
        if matches!(error.cause(), Cause::TooLarge { .. }) && course.length > SHORTEST && !is_last {
            course.length = (course.length / 2).max(SHORTEST).max(course.upload.least);
            if course.length > course.upload.least {
                return self.go_on(course).await;
            }
        }
        if !course.took_one && refuses_pieces(&error) {
            return Ok(Some(Taken::NoPieces));
        }
        if is_last && self.is_there().await? {
            // Only the answer was lost.
            return Ok(Some(Taken::Whole));
        }
        if is_last && matches!(error.status, Some(400 | 404 | 405 | 416)) {
            // It put the pieces together to something else.
            return Ok(Some(Taken::NoPieces));
        }
        let wants_token = error.status == Some(401) && self.registry.gets_tokens();
        let may_help = error.may_pass() || is_lost(&error) || wants_token;
        if was_under_way(&error) {
            course.tries.moved();
        }
        let pause = course.tries.after_failure(error.wait());
        let Some(pause) = pause.filter(|_| may_help) else {
            return Err(error);
        };
        if wants_token {
            self.registry.forget_token(&self.session.scope());
        }
        tracing::debug!(?pause, "going on with a push: {error}");
        tokio::time::sleep(pause).await;
        self.go_on(course).await
    }

    /// Goes on from what the registry has, or begins anew where it has nothing.
    async fn go_on(&self, course: &mut Course) -> Result<Option<Taken>, Error> {
        let most = course.upload.has.saturating_add(course.length);
        let known = self.session.look(&course.upload).await?;
        let known = known.filter(|known| known.has <= most.min(self.push.size));
        let goes_back = known
            .as_ref()
            .is_none_or(|known| known.has < course.upload.has);
        course.restarts += u32::from(goes_back);
        if course.restarts >= self.registry.0.client.retry.tries {
            return Ok(Some(Taken::NoPieces));
        }
        course.upload = match known {
            Some(upload) => upload,
            None => self.session.open().await?,
        };
        self.keep(&course.upload);
        self.push
            .progress
            .advanced(course.upload.has, Some(self.push.size));
        Ok(None)
    }

    async fn is_there(&self) -> Result<bool, Error> {
        let (repository, digest) = (self.session.repository, &self.session.digest);
        self.registry
            .has_blob(repository, digest, Purpose::Push)
            .await
    }

    fn metadata(&self) -> Result<Metadata, Error> {
        let file = self.push.file;
        let metadata = std::fs::metadata(file).map_err(|source| {
            let error = transfer::Error::File {
                action: "reading",
                path: file.to_owned(),
                source,
            };
            self.registry.of_transfer(PUSHING, error)
        })?;
        if metadata.len() == self.push.size {
            Ok(metadata)
        } else {
            Err(self.changed())
        }
    }

    fn check_unchanged(&self, before: &Metadata) -> Result<(), Error> {
        let now = self.metadata()?;
        if now.modified().ok() == before.modified().ok() {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> Error {
        let error = transfer::Error::Changed(self.push.file.to_owned());
        self.registry.of_transfer(PUSHING, error)
    }
}

/// Whether it broke after the connection stood: then bytes moved.
fn was_under_way(error: &Error) -> bool {
    use transfer::Cause as Way;
    matches!(error.cause(), Cause::Network(Way::Broken | Way::Time))
}

/// Whether a refusal of a first piece may mean pieces as such.
const fn refuses_pieces(error: &Error) -> bool {
    matches!(
        error.status,
        Some(400 | 404 | 405 | 411 | 413 | 415 | 416 | 501)
    )
}

/// Whether the registry knows nothing of the upload any more, or is at another place in it.
const fn is_lost(error: &Error) -> bool {
    matches!(error.status, Some(400 | 404 | 410 | 416))
}

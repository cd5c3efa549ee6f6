//! One request that carries a range of a file, for services that take a file piece after piece.

use std::{
    io::SeekFrom,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::TryStreamExt;
use reqwest::{Body, Method, header::HeaderMap};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::{
    Bandwidth, CancellationToken, Error, Http, Location, Progress,
    http::{Sent, not_followed},
    retry::or_stop,
};

const READ_AT_ONCE: usize = 256 << 10;
const STEP: usize = 16 << 10;

/// A range of a file that goes to a server in one request. Nothing is tried again: what became of a piece that was cut off
/// only the service can say.
pub struct Piece<'a> {
    /// The client.
    pub http: &'a Http,
    /// The file.
    pub file: &'a Path,
    /// Which of its bytes.
    pub range: Range<u64>,
    /// The length of the whole file.
    pub total: u64,
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// Who is told how far the whole file is.
    pub progress: Arc<dyn Progress>,
    /// Ends it within a second.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Piece<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Range { start, end } = self.range;
        write!(formatter, "Piece {start}..{end} of {}", self.file.display())
    }
}

impl Piece<'_> {
    /// Sends the bytes, and returns the headers of the answer.
    ///
    /// # Errors
    ///
    /// A refusal, a file that cannot be read, a fault on the way, or [`Error::Stopped`].
    pub async fn send(&self, method: Method, to: &Location) -> Result<HeaderMap, Error> {
        let sent = Arc::new(AtomicU64::new(0));
        let (progress, counted) = (Arc::clone(&self.progress), Arc::clone(&sent));
        let (start, total) = (self.range.start, self.total);
        let read = move |length| {
            let sent = counted.fetch_add(length, Ordering::Relaxed) + length;
            progress.advanced((start + sent).min(total), Some(total));
        };
        let work = async {
            let length = self.range.end - self.range.start;
            let body = body(self.file, self.range.clone(), self.bandwidth.clone(), read).await?;
            let answer = self
                .http
                .send_part(method, to, (body, length), &sent)
                .await?;
            match answer {
                Sent::Taken(answer) => Ok(answer.headers().clone()),
                Sent::Elsewhere(_) => Err(not_followed("a piece would go elsewhere")),
            }
        };
        or_stop(&self.stop, work).await
    }
}

/// The bytes of `range`, read as they are sent; `read` hears of each run of them once it may go.
pub(crate) async fn body(
    file: &Path,
    range: Range<u64>,
    bandwidth: Bandwidth,
    read: impl Fn(u64) + Clone + Send + Sync + 'static,
) -> Result<Body, Error> {
    let failed = |source| Error::file("reading", file, source);
    let mut open = tokio::fs::File::open(file).await.map_err(failed)?;
    open.seek(SeekFrom::Start(range.start))
        .await
        .map_err(failed)?;
    let bytes = open.take(range.end - range.start);
    let pieces = ReaderStream::with_capacity(bytes, READ_AT_ONCE).and_then(move |piece| {
        let (bandwidth, read) = (bandwidth.clone(), read.clone());
        async move {
            // In small steps: on a narrow line each of them shows that the sending goes on.
            for step in piece.chunks(STEP) {
                bandwidth.pass(step.len()).await;
                read(step.len() as u64);
            }
            Ok(piece)
        }
    });
    Ok(Body::wrap_stream(pieces))
}

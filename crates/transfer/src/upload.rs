//! An upload: parts in parallel, each with its own tries.

use std::{
    fs::Metadata,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use reqwest::{Method, Response, header::ETAG};

use crate::{
    Bandwidth, CancellationToken, Error, Http, Location, Progress, Retry, Silent, Wanted, hashing,
    http::{REDIRECTS, Sent, not_followed},
    pace::Pace,
    parts::Parts,
    piece,
    retry::or_stop,
};

/// Says where the parts of an upload may go.
pub trait Sink: Send + Sync {
    /// Where part `number`, from 1, of `length` bytes may go now. Asked again when an address no longer works.
    fn address(
        &self,
        number: u32,
        length: u64,
        sha256: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, Error>>;
}

/// A part that was sent. Kept by the caller, it need not be sent again after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPart {
    /// From 1.
    pub number: u32,
    /// The `ETag` of the answer, as it was written; empty if there was none.
    pub token: String,
}

/// Whether a [`Sink`] is told the digest of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartDigests {
    /// It does not want them.
    Unwanted,
    /// It wants them; here they are, in order.
    Known(Vec<[u8; 32]>),
    /// It wants them, and each part has to be read once more.
    Unknown,
}

/// What is uploaded, and how.
pub struct Upload<'a> {
    /// The client.
    pub http: &'a Http,
    /// Where the parts may go.
    pub sink: &'a dyn Sink,
    /// `PUT`, unless the service takes a file otherwise.
    pub method: Method,
    /// The file.
    pub file: &'a Path,
    /// Its length when it was hashed.
    pub size: u64,
    /// The length of all parts but the last.
    pub part_size: u64,
    /// The digests of the parts.
    pub digests: PartDigests,
    /// What was sent before a restart.
    pub sent: Vec<SentPart>,
    /// Whether an answer without an `ETag` is wrong.
    pub needs_tokens: bool,
    /// How often a fresh address is asked for after a refusal of one part; 0 where addresses do not expire.
    pub fresh_addresses: u32,
    /// The most connections at once.
    pub connections: usize,
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// How often something is tried again.
    pub retry: Retry,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Hears of each part that was sent.
    pub on_sent: &'a (dyn Fn(&SentPart) + Sync),
    /// Ends it within a second.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Upload<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Upload of {}", self.file.display())
    }
}

impl Upload<'_> {
    /// Sends all parts that were not sent yet, and answers with all, in order.
    ///
    /// # Errors
    ///
    /// Every [`Error`] but those of files that are written.
    pub async fn run(&self) -> Result<Vec<SentPart>, Error> {
        let before = self.metadata()?;
        if before.len() != self.size {
            return Err(Error::Changed(self.file.to_owned()));
        }
        let mut parts = Parts::cut(self.size, self.part_size.max(1));
        let mut sent = self.sent.clone();
        for part in &sent {
            parts.add(index_of(part.number));
        }
        let done = Arc::new(AtomicU64::new(parts.bytes()));
        let mut missing = parts.missing();
        // An empty file is one empty part.
        let mut empty = (parts.count() == 0 && sent.is_empty()).then_some(0);
        let pace = Pace::new(self.connections);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < pace.connections() {
                let Some(index) = missing.next().or(empty.take()) else {
                    break;
                };
                running.push(self.part(index, parts.range(index), done.clone()));
            }
            let Some(part) = running.next().await else {
                break;
            };
            let part = part?;
            (self.on_sent)(&part);
            sent.push(part);
        }
        self.check_unchanged(&before)?;
        sent.sort_by_key(|part| part.number);
        Ok(sent)
    }

    fn metadata(&self) -> Result<Metadata, Error> {
        std::fs::metadata(self.file).map_err(|source| Error::file("reading", self.file, source))
    }

    fn check_unchanged(&self, before: &Metadata) -> Result<(), Error> {
        let now = self.metadata()?;
        let is_same = now.len() == before.len() && now.modified().ok() == before.modified().ok();
        if is_same {
            Ok(())
        } else {
            Err(Error::Changed(self.file.to_owned()))
        }
    }

    async fn part(
        &self,
        index: usize,
        range: Range<u64>,
        done: Arc<AtomicU64>,
    ) -> Result<SentPart, Error> {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let sha256 = self.digest(index, &range).await?;
        let (mut tries, mut fresh) = (self.retry.begin(), 0);
        loop {
            let in_flight = Arc::new(AtomicU64::new(0));
            let once = self.once(
                number,
                range.clone(),
                sha256,
                done.clone(),
                in_flight.clone(),
            );
            let error = match or_stop(&self.stop, once).await {
                Ok(token) => return Ok(SentPart { number, token }),
                Err(error) => error,
            };
            if take_back(&done, &in_flight) > 0 {
                tries.moved();
            }
            if matches!(
                error,
                Error::Refused {
                    status: 400 | 403 | 410,
                    ..
                }
            ) && fresh < self.fresh_addresses
            {
                fresh += 1;
                continue;
            }
            tries.pause(error, &self.stop).await?;
        }
    }

    async fn digest(&self, index: usize, range: &Range<u64>) -> Result<Option<[u8; 32]>, Error> {
        match &self.digests {
            PartDigests::Unwanted => Ok(None),
            PartDigests::Known(digests) => Ok(digests.get(index).copied()),
            PartDigests::Unknown => {
                let (file, range, stop) = (self.file.to_owned(), range.clone(), self.stop.clone());
                let work = move || hashing::hash(&file, range, Wanted::default(), &stop, &Silent);
                let digests = tokio::task::spawn_blocking(work)
                    .await
                    .unwrap_or(Err(Error::Stopped));
                Ok(Some(digests?.sha256))
            }
        }
    }

    async fn once(
        &self,
        number: u32,
        range: Range<u64>,
        sha256: Option<[u8; 32]>,
        done: Arc<AtomicU64>,
        in_flight: Arc<AtomicU64>,
    ) -> Result<String, Error> {
        let length = range.end - range.start;
        let mut location = self.sink.address(number, length, sha256).await?;
        for _ in 0..REDIRECTS {
            let body = self
                .body(range.clone(), done.clone(), in_flight.clone())
                .await?;
            let method = self.method.clone();
            let sent = self
                .http
                .send_part(method, &location, (body, length), &in_flight)
                .await?;
            match sent {
                Sent::Taken(response) => return self.receipt(&response),
                Sent::Elsewhere(next) => {
                    take_back(&done, &in_flight);
                    location = next;
                }
            }
        }
        Err(not_followed("too many redirects"))
    }

    fn receipt(&self, response: &Response) -> Result<String, Error> {
        let token = response
            .headers()
            .get(ETAG)
            .and_then(|tag| tag.to_str().ok())
            .map(str::trim)
            .filter(|token| !matches!(*token, "" | "\"\""));
        match token {
            Some(token) => Ok(token.to_owned()),
            None if self.needs_tokens => Err(Error::Wrong("no receipt for a part")),
            None => Ok(String::new()),
        }
    }

    /// The bytes of `range`, read as they are sent.
    async fn body(
        &self,
        range: Range<u64>,
        done: Arc<AtomicU64>,
        in_flight: Arc<AtomicU64>,
    ) -> Result<reqwest::Body, Error> {
        let (progress, total) = (self.progress.clone(), self.size);
        let read = move |length| {
            in_flight.fetch_add(length, Ordering::Relaxed);
            let sent = done.fetch_add(length, Ordering::Relaxed) + length;
            progress.advanced(sent.min(total), Some(total));
        };
        piece::body(self.file, range, self.bandwidth.clone(), read).await
    }
}

/// What was sent for nothing is sent again, and counts no more.
fn take_back(done: &AtomicU64, in_flight: &AtomicU64) -> u64 {
    let sent = in_flight.swap(0, Ordering::Relaxed);
    done.fetch_sub(sent, Ordering::Relaxed);
    sent
}

fn index_of(number: u32) -> usize {
    usize::try_from(number).map_or(usize::MAX, |number| number.wrapping_sub(1))
}

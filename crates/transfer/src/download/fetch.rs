//! Gets the bytes that are missing: parts in parallel if the server has parts, else one stream.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Response;
use tokio::sync::RwLock;

use super::{Download, state::State};
use crate::{
    Cause, Error, Location,
    http::{Brings, brings, strong_tag},
    pace::Pace,
    part_file::{PartFile, Writer},
    parts::Parts,
    retry::or_stop,
};

/// A file whose bytes are all there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetched {
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

/// How a part ended that is not there.
enum Miss {
    /// The server has another file by now, or no parts.
    Other,
    Failed(Error),
}

impl From<Error> for Miss {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A fresh address is asked for so often for one part.
const FRESH_ADDRESSES: u32 = 3;

pub(crate) struct Fetch<'a> {
    download: &'a Download<'a>,
    part: &'a PartFile,
    state: &'a mut State,
}

/// Where the bytes are, and which of the answers to that question this is.
#[derive(Clone, Debug)]
struct Address {
    location: Location,
    number: u32,
}

impl<'a> Fetch<'a> {
    pub(crate) fn new(
        download: &'a Download<'a>,
        part: &'a PartFile,
        state: &'a mut State,
    ) -> Self {
        Self {
            download,
            part,
            state,
        }
    }

    pub(crate) async fn run(&mut self) -> Result<Fetched, Error> {
        let mut tried = 0;
        while !self.state.is_whole() {
            let error = match self.once().await {
                Ok(()) => continue,
                Err(Miss::Other) => {
                    self.state.forget(self.part)?;
                    Error::Wrong("another file than before")
                }
                Err(Miss::Failed(error)) => error,
            };
            self.state.save()?;
            tried += 1;
            self.download
                .retry
                .pause(tried, error, &self.download.stop)
                .await?;
        }
        let size = self.state.parts.as_ref().map_or(0, |parts| parts.size());
        let sha256 = or_stop(&self.download.stop, self.state.digest()).await;
        if matches!(sha256, Err(Error::Stopped)) {
            self.state.save()?;
        }
        Ok(Fetched {
            size,
            sha256: sha256?,
        })
    }

    /// Asks for the first bytes that are missing; what comes decides how it goes on.
    async fn once(&mut self) -> Result<(), Miss> {
        let stop = &self.download.stop;
        let location = or_stop(stop, self.download.source.locate()).await?;
        let range = self.first_missing();
        let request = self
            .download
            .http
            .get(&location, &range, self.state.tag.as_deref());
        let response = match or_stop(stop, request).await {
            Ok(response) => response,
            Err(Error::Refused { status: 416, .. }) if range.start > 0 => return Err(Miss::Other),
            Err(error) => return Err(error.into()),
        };
        match brings(&response, &range)? {
            Brings::Range { total } => self.in_parts(location, response, total).await,
            Brings::Whole { total } => self.in_one_stream(response, total).await,
        }
    }

    fn first_missing(&self) -> Range<u64> {
        let missing = self.state.parts.as_ref().and_then(|parts| {
            let index = parts.missing().next()?;
            Some(parts.range(index))
        });
        missing.unwrap_or(0..self.download.part_size.max(1))
    }

    async fn in_parts(
        &mut self,
        location: Location,
        first: Response,
        total: u64,
    ) -> Result<(), Miss> {
        let tag = strong_tag(&first);
        match &self.state.parts {
            None => self.state.learn(total, tag, self.part)?,
            Some(parts)
                if parts.size() != total || !is_same(tag.as_deref(), self.state.tag.as_deref()) =>
            {
                return Err(Miss::Other);
            }
            Some(parts) => self.part.check_space(total - parts.bytes())?,
        }
        let parts = self
            .state
            .parts
            .clone()
            .unwrap_or_else(|| Parts::none(total, self.download.part_size));
        let worker = Worker {
            download: self.download,
            writer: self.part.writer()?,
            tag: self.state.tag.clone(),
            total,
            address: RwLock::new(Address {
                location,
                number: 0,
            }),
            arrived: AtomicU64::new(parts.bytes()),
            should_slow_down: AtomicBool::new(false),
        };
        let mut missing = parts.missing();
        let mut first = Some(first);
        let mut pace = Pace::new(self.download.connections);
        let mut running = FuturesUnordered::new();
        let mut tick = (Instant::now(), parts.bytes());
        loop {
            while running.len() < pace.connections() {
                let Some(index) = missing.next() else { break };
                let (range, first) = (parts.range(index), first.take());
                let worker = &worker;
                running.push(async move { (index, worker.part(range, first).await) });
            }
            let Some((index, result)) = running.next().await else {
                return Ok(());
            };
            result?;
            self.state.add(index)?;
            let (since, bytes) = (tick.0.elapsed(), worker.arrived.load(Ordering::Relaxed));
            if since >= Duration::from_secs(1) {
                #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
                pace.heard(bytes.saturating_sub(tick.1) as f64 / since.as_secs_f64());
                tick = (Instant::now(), bytes);
            }
            if worker.should_slow_down.swap(false, Ordering::Relaxed) {
                pace.slow_down();
            }
        }
    }

    /// The whole file from its start, over one connection. Whatever was there before is written again.
    async fn in_one_stream(
        &mut self,
        mut response: Response,
        total: Option<u64>,
    ) -> Result<(), Miss> {
        self.state.forget(self.part)?;
        let tag = strong_tag(&response);
        if let Some(total) = total {
            self.state.learn(total, tag.clone(), self.part)?;
        }
        let writer = self.part.writer()?;
        let mut stream = Stream {
            done: 0,
            end: total.unwrap_or(u64::MAX),
        };
        let result = loop {
            let next = stream.next(self.download, &writer, &mut response).await;
            self.download.progress.advanced(stream.done, total);
            match next {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        writer.written().await?;
        let is_short = total
            .or(self.download.size)
            .is_some_and(|size| stream.done < size);
        if result.is_ok() && !is_short && total.is_none() {
            self.state.learn(stream.done, tag, self.part)?;
        } else if let (None, Some(size)) =
            (total, self.download.size.filter(|size| stream.done < *size))
        {
            // It ended before the length that was announced: the rest can be asked for.
            self.state.learn(size, tag, self.part)?;
        }
        self.keep(stream.done)?;
        result?;
        if is_short {
            return Err(broken("the file ended early").into());
        }
        Ok(())
    }

    /// The first `done` bytes are there.
    fn keep(&mut self, done: u64) -> Result<(), Error> {
        let Some(parts) = self.state.parts.clone() else {
            return Ok(());
        };
        for index in (0..parts.count()).take_while(|index| parts.range(*index).end <= done) {
            self.state.add(index)?;
        }
        Ok(())
    }
}

/// Gets single parts.
struct Worker<'a> {
    download: &'a Download<'a>,
    writer: Writer,
    tag: Option<String>,
    total: u64,
    address: RwLock<Address>,
    arrived: AtomicU64,
    should_slow_down: AtomicBool,
}

impl Worker<'_> {
    /// Gets the bytes of `range`, from where the last try broke off.
    async fn part(&self, range: Range<u64>, mut first: Option<Response>) -> Result<(), Miss> {
        let (mut done, mut tried, mut fresh) = (range.start, 0, 0);
        while done < range.end {
            let address = self.address.read().await.clone();
            let before = done;
            let Err(miss) = self
                .stream(&address, &mut done, range.end, first.take())
                .await
            else {
                continue;
            };
            let error = match miss {
                Miss::Other => return Err(Miss::Other),
                Miss::Failed(error) => error,
            };
            if error.may_be_expired() && fresh < FRESH_ADDRESSES {
                fresh += 1;
                self.renew(address.number).await?;
                continue;
            }
            // A line that brings something each time is not given up.
            tried = if done > before { 1 } else { tried + 1 };
            if error.wait().is_some() {
                self.should_slow_down.store(true, Ordering::Relaxed);
            }
            self.download
                .retry
                .pause(tried, error, &self.download.stop)
                .await?;
        }
        Ok(self.writer.written().await?)
    }

    async fn stream(
        &self,
        address: &Address,
        done: &mut u64,
        end: u64,
        first: Option<Response>,
    ) -> Result<(), Miss> {
        let mut response = match first {
            Some(response) => response,
            None => self.ask(address, *done..end).await?,
        };
        let mut stream = Stream { done: *done, end };
        loop {
            let next = stream
                .next(self.download, &self.writer, &mut response)
                .await;
            let new = stream.done - *done;
            *done = stream.done;
            let arrived = self.arrived.fetch_add(new, Ordering::Relaxed) + new;
            if new > 0 {
                self.download.progress.advanced(arrived, Some(self.total));
            }
            match next {
                Ok(true) => {}
                Ok(false) if *done < end => return Err(broken("a part ended early").into()),
                Ok(false) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn ask(&self, address: &Address, range: Range<u64>) -> Result<Response, Miss> {
        let request = self
            .download
            .http
            .get(&address.location, &range, self.tag.as_deref());
        let response = match or_stop(&self.download.stop, request).await {
            Ok(response) => response,
            Err(Error::Refused { status: 416, .. }) => return Err(Miss::Other),
            Err(error) => return Err(error.into()),
        };
        match brings(&response, &range)? {
            Brings::Range { total }
                if total == self.total
                    && is_same(strong_tag(&response).as_deref(), self.tag.as_deref()) =>
            {
                Ok(response)
            }
            Brings::Range { .. } | Brings::Whole { .. } => Err(Miss::Other),
        }
    }

    /// Asks for a fresh address, unless another part did so already.
    async fn renew(&self, used: u32) -> Result<(), Error> {
        let mut address = self.address.write().await;
        if address.number == used {
            address.location = or_stop(&self.download.stop, self.download.source.locate()).await?;
            address.number += 1;
        }
        Ok(())
    }
}

/// One body on its way to the disk.
struct Stream {
    done: u64,
    end: u64,
}

impl Stream {
    /// Takes the next piece; false at the end of the body.
    async fn next(
        &mut self,
        download: &Download<'_>,
        writer: &Writer,
        response: &mut Response,
    ) -> Result<bool, Error> {
        let piece = or_stop(&download.stop, download.http.piece(response)).await?;
        let Some(mut piece) = piece else {
            return Ok(false);
        };
        // More than was announced is not taken.
        let room = usize::try_from(self.end - self.done).unwrap_or(usize::MAX);
        piece.truncate(room);
        let length = piece.len();
        let passed = async {
            download.bandwidth.pass(length).await;
            writer.write(self.done, piece).await
        };
        or_stop(&download.stop, passed).await?;
        self.done += length as u64;
        Ok(self.done < self.end)
    }
}

/// Whether a part is of the file with the `ETag` that was asked for. A server that was asked for that file alone, and sends
/// a part without an `ETag`, sends that file.
fn is_same(tag: Option<&str>, asked: Option<&str>) -> bool {
    tag.is_none() || tag == asked
}

fn broken(detail: &str) -> Error {
    Error::Network {
        cause: Cause::Broken,
        detail: detail.to_owned(),
    }
}

//! Gets the bytes that are missing: parts in parallel if the server has parts, else one stream.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Response;

use super::{
    Download,
    state::State,
    worker::{FRESH_ADDRESSES, Miss, Stream, WRONG_PARTS, Worker, broken},
};
use crate::{
    Error, Location,
    http::{Brings, brings, is_same, strong_tag},
    pace::Pace,
    part_file::PartFile,
    parts::Parts,
    retry::or_stop,
};

/// In which order parts are asked for: from the start on, but the last one second if somebody waits for it.
fn in_turn(missing: impl Iterator<Item = usize>, ends_early: bool) -> Vec<usize> {
    let mut missing: Vec<usize> = missing.collect();
    if ends_early && missing.len() > 2 {
        missing[1..].rotate_right(1);
    }
    missing
}

/// A file whose bytes are all there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetched {
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

pub(crate) struct Fetch<'a> {
    download: &'a Download<'a>,
    part: &'a PartFile,
    state: &'a mut State,
    /// Parts do not work out, so the whole file is asked for.
    wants_whole: bool,
    /// The server calls one file by several `ETag`s, so that only the digest can tell.
    trusts_tags: bool,
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
            wants_whole: false,
            trusts_tags: true,
        }
    }

    pub(crate) async fn run(&mut self) -> Result<Fetched, Error> {
        let mut tries = self.download.retry.begin();
        let (mut wrong, mut others) = (0, 0);
        while !self.state.is_whole() {
            let before = self.state.bytes();
            let Err(miss) = self.once().await else {
                continue;
            };
            // What is still on its way to the disk belongs to what was there until now.
            self.part.settle().await;
            let error = match miss {
                Miss::NoParts => {
                    self.wants_whole = true;
                    continue;
                }
                Miss::Other => {
                    others += 1;
                    self.forget(others)?;
                    Error::Wrong("another file than before")
                }
                Miss::Failed(error) => {
                    wrong += u32::from(matches!(error, Error::Wrong(_)));
                    self.wants_whole |= wrong >= WRONG_PARTS;
                    error
                }
                Miss::GivenUp(error) => {
                    self.state.save()?;
                    return Err(error);
                }
            };
            self.state.save()?;
            if self.state.bytes() > before {
                tries.got_further();
            }
            tries.pause(error, &self.download.stop).await?;
        }
        let size = self.state.size();
        let sha256 = or_stop(&self.download.stop, self.state.digest()).await;
        if matches!(sha256, Err(Error::Stopped)) {
            self.state.save()?;
        }
        Ok(Fetched {
            size,
            sha256: sha256?,
        })
    }

    /// The server has another file, for the `times`-th time. One that says so again and again has one file with many names.
    fn forget(&mut self, times: u32) -> Result<(), Error> {
        let has_digest = self.download.sha256.is_some();
        self.trusts_tags &= times <= 1;
        self.wants_whole |= times > if has_digest { 2 } else { 1 };
        self.state.forget(self.part)
    }

    /// Asks for the first bytes that are missing, or for all; what comes decides how it goes on.
    async fn once(&mut self) -> Result<(), Miss> {
        let range = (!self.wants_whole).then(|| self.first_missing());
        let (location, response) = self.first_answer(range.as_ref()).await?;
        match brings(&response, range.as_ref())? {
            Brings::Range { end, total } if self.can_join(&response) => {
                self.in_parts(location, (response, end), total).await
            }
            Brings::Range { .. } => Err(Miss::NoParts),
            Brings::Whole { total } => self.in_one_stream(response, total).await,
        }
    }

    async fn first_answer(&self, range: Option<&Range<u64>>) -> Result<(Location, Response), Miss> {
        let Download {
            http, source, stop, ..
        } = self.download;
        let mut fresh = 0;
        loop {
            let location = or_stop(stop, source.locate()).await?;
            let request = http.get(&location, range, self.state.tag.as_deref());
            match or_stop(stop, request).await {
                Ok(response) => return Ok((location, response)),
                Err(Error::Refused { status: 416, .. }) if range.is_some() => {
                    // Of an empty file not even the first byte can be had.
                    let is_start = range.is_some_and(|range| range.start == 0);
                    return Err(if is_start { Miss::NoParts } else { Miss::Other });
                }
                Err(error)
                    if error.may_be_expired() && source.renews() && fresh < FRESH_ADDRESSES =>
                {
                    fresh += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether something will prove that this part, those that are there and the next ones are of one file.
    fn can_join(&self, first: &Response) -> bool {
        let is_named = match &self.state.parts {
            Some(_) => self.state.tag.is_some(),
            None => strong_tag(first).is_some(),
        };
        is_named || self.download.sha256.is_some()
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
        first: (Response, u64),
        total: u64,
    ) -> Result<(), Miss> {
        match &self.state.parts {
            None => {
                let tag = strong_tag(&first.0).filter(|_| self.trusts_tags);
                self.state.learn(total, tag, self.part)?;
            }
            Some(parts)
                if parts.size() != total || !is_same(&first.0, self.state.tag.as_deref()) =>
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
        let worker = Worker::new(self.download, self.part.writer()?, self.state, location);
        let ends_early = self.download.arriving.is_some();
        let mut missing = in_turn(parts.missing(), ends_early).into_iter();
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
            let next = match self.state.rest() {
                None => running.next().await,
                Some(rest) => match tokio::time::timeout(rest, running.next()).await {
                    Ok(next) => next,
                    Err(_) => {
                        self.state.save()?;
                        continue;
                    }
                },
            };
            let Some((index, result)) = next else {
                return Ok(());
            };
            result?;
            self.state.add(index)?;
            let (since, bytes) = (tick.0.elapsed(), worker.arrived());
            if since >= Duration::from_secs(1) {
                #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
                pace.heard(bytes.saturating_sub(tick.1) as f64 / since.as_secs_f64());
                tick = (Instant::now(), bytes);
            }
            if worker.was_asked_to_slow_down() {
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
        let tag = strong_tag(&response).filter(|_| self.trusts_tags);
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
        // What is there now cannot be proven to be of the file that comes next.
        self.wants_whole |= self.download.sha256.is_none() && self.state.tag.is_none();
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

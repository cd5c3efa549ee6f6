//! Gets single parts, each from where the last try broke off.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use reqwest::Response;
use tokio::sync::RwLock;

use super::{Download, state::State};
use crate::{
    Cause, Error, Location,
    http::{Brings, brings, is_same},
    part_file::Writer,
    retry::or_stop,
};

/// How a part ended that is not there.
pub(super) enum Miss {
    /// The server has another file by now, or no parts.
    Other,
    /// Parts do not work out there: the file has to come whole.
    NoParts,
    /// It may be tried again.
    Failed(Error),
    /// It was tried as often as it may be.
    GivenUp(Error),
}

impl From<Error> for Miss {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A fresh address is asked for so often for one part.
pub(super) const FRESH_ADDRESSES: u32 = 3;
/// A server that so often in a row sends something else than the part is asked for the whole.
pub(super) const WRONG_PARTS: u32 = 3;

/// Where the bytes are, and which of the answers to that question this is.
#[derive(Clone, Debug)]
struct Address {
    location: Location,
    number: u32,
}

/// Gets single parts.
pub(super) struct Worker<'a> {
    download: &'a Download<'a>,
    writer: Writer,
    tag: Option<String>,
    total: u64,
    address: RwLock<Address>,
    arrived: AtomicU64,
    should_slow_down: AtomicBool,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        download: &'a Download<'a>,
        writer: Writer,
        state: &State,
        location: Location,
    ) -> Self {
        Self {
            download,
            writer,
            tag: state.tag.clone(),
            total: state.size(),
            address: RwLock::new(Address {
                location,
                number: 0,
            }),
            arrived: AtomicU64::new(state.bytes()),
            should_slow_down: AtomicBool::new(false),
        }
    }

    /// How many bytes there are, with those of parts that are not whole.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Whether the server asked to wait since this was asked last.
    pub(super) fn was_asked_to_slow_down(&self) -> bool {
        self.should_slow_down.swap(false, Ordering::Relaxed)
    }

    /// Gets the bytes of `range`, from where the last try broke off. `first` is an answer that is there already.
    pub(super) async fn part(
        &self,
        range: Range<u64>,
        mut first: Option<(Response, u64)>,
    ) -> Result<(), Miss> {
        let mut tries = self.download.retry.begin();
        let (mut done, mut fresh, mut wrong) = (range.start, 0, 0);
        while done < range.end {
            let address = self.address.read().await.clone();
            let before = done;
            let result = self
                .stream(&address, &mut done, range.end, first.take())
                .await;
            if done > before {
                // A line that brings something each time is not given up.
                tries.got_further();
                (fresh, wrong) = (0, 0);
            }
            let error = match result {
                Ok(()) => continue,
                Err(Miss::Failed(error)) => error,
                Err(miss) => return Err(miss),
            };
            if error.may_be_expired() && fresh < FRESH_ADDRESSES {
                fresh += 1;
                self.renew(address.number).await.map_err(Miss::GivenUp)?;
                continue;
            }
            wrong += u32::from(matches!(error, Error::Wrong(_)));
            if wrong == WRONG_PARTS {
                return Err(Miss::NoParts);
            }
            if error.wait().is_some() {
                self.should_slow_down.store(true, Ordering::Relaxed);
            }
            let paused = tries.pause(error, &self.download.stop).await;
            paused.map_err(Miss::GivenUp)?;
        }
        Ok(self.writer.written().await?)
    }

    async fn stream(
        &self,
        address: &Address,
        done: &mut u64,
        end: u64,
        first: Option<(Response, u64)>,
    ) -> Result<(), Miss> {
        let (mut response, end) = match first {
            Some(first) => first,
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

    /// An answer with the first bytes of `range`, and where they end.
    async fn ask(&self, address: &Address, range: Range<u64>) -> Result<(Response, u64), Miss> {
        let request = self
            .download
            .http
            .get(&address.location, Some(&range), self.tag.as_deref());
        let response = match or_stop(&self.download.stop, request).await {
            Ok(response) => response,
            Err(Error::Refused { status: 416, .. }) => return Err(Miss::Other),
            Err(error) => return Err(error.into()),
        };
        match brings(&response, Some(&range))? {
            Brings::Range { end, total }
                if total == self.total && is_same(&response, self.tag.as_deref()) =>
            {
                Ok((response, end))
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
pub(super) struct Stream {
    pub(super) done: u64,
    pub(super) end: u64,
}

impl Stream {
    /// Takes the next piece; false at the end of the body.
    pub(super) async fn next(
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

pub(super) fn broken(detail: &str) -> Error {
    Error::Network {
        cause: Cause::Broken,
        detail: detail.to_owned(),
    }
}

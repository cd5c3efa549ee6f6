//! Hashing many objects at once with bounded memory.
//!
//! Objects are spread over threads, the largest first. Within a large object one thread reads while
//! another hashes, so that it takes as long as hashing alone. Every byte is read once, whatever the number
//! of digests that are needed of it.

mod job;

use std::io;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sif::{Source, read_exact_at};

use crate::error::Error;
use crate::progress::Progress;
use job::Sums;
pub(crate) use job::{Digests, Job, JobDigests, Part};

/// Bytes read at once.
const BUFFER_SIZE: usize = 512 << 10;
/// Buffers between the reading and the hashing thread of one object.
const BUFFERS: usize = 3;
/// More threads would only take memory: each has [`BUFFERS`] buffers.
const MAX_THREADS: usize = 16;

/// Returns the digests of each job, in the order of the jobs.
///
/// # Errors
/// When reading fails, the source is shorter than an object, or `progress` asks to stop.
pub(crate) fn hash_all<S: Source + ?Sized>(
    source: &S,
    jobs: &[Job],
    threads: Option<usize>,
    progress: &dyn Progress,
) -> Result<Vec<JobDigests>, Error> {
    let total = jobs.iter().map(Job::size).sum();
    let run = Run {
        source,
        jobs,
        order: largest_first(jobs),
        next: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        meter: Mutex::new(Meter {
            done: 0,
            total,
            progress,
        }),
        results: Mutex::new(jobs.iter().map(|_| None).collect()),
    };
    run.advance(0);
    let threads = thread_count(threads).min(jobs.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Without more threads this one does all the work.
            if std::thread::Builder::new()
                .spawn_scoped(scope, || run.work())
                .is_err()
            {
                break;
            }
        }
        run.work();
    });
    let results = run
        .results
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let results = results
        .into_iter()
        .map(|result| result.unwrap_or(Err(Error::Cancelled)));
    // What could not be read stopped the jobs beside it: it is the reason, not their end.
    let (stopped, others): (Vec<_>, Vec<_>) =
        results.partition(|result| matches!(result, Err(Error::Cancelled)));
    let complete: Vec<JobDigests> = others.into_iter().collect::<Result<_, _>>()?;
    if stopped.is_empty() {
        Ok(complete)
    } else {
        Err(Error::Cancelled)
    }
}

fn thread_count(wanted: Option<usize>) -> usize {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    wanted.unwrap_or_else(available).clamp(1, MAX_THREADS)
}

fn largest_first(jobs: &[Job]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(jobs[*index].size()));
    order
}

struct Meter<'a> {
    done: u64,
    total: u64,
    progress: &'a dyn Progress,
}

/// What all threads share.
struct Run<'a, S: ?Sized> {
    source: &'a S,
    jobs: &'a [Job],
    order: Vec<usize>,
    next: AtomicUsize,
    stopped: AtomicBool,
    meter: Mutex<Meter<'a>>,
    results: Mutex<Vec<Option<Result<JobDigests, Error>>>>,
}

impl<S: Source + ?Sized> Run<'_, S> {
    fn work(&self) {
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(index) = self.order.get(place).copied() else {
                return;
            };
            if self.is_stopped() {
                return;
            }
            let result = self.hash(&self.jobs[index]);
            if result.is_err() {
                self.stopped.store(true, Ordering::Relaxed);
            }
            lock(&self.results)[index] = Some(result);
        }
    }

    fn hash(&self, job: &Job) -> Result<JobDigests, Error> {
        let mut sums = Sums::new(job);
        let outcome = if job.size() > 2 * BUFFER_SIZE as u64 {
            self.hash_large(job, &mut sums)
        } else {
            self.hash_small(job, &mut sums)
        };
        outcome.map_err(|stop| match stop {
            Stop::Cancelled => Error::Cancelled,
            Stop::Read(source) => Error::Read {
                object: job.object,
                source,
            },
        })?;
        Ok(sums.finish())
    }

    fn hash_small(&self, job: &Job, sums: &mut Sums<'_>) -> Result<(), Stop> {
        let mut buffer = Vec::new();
        for (part, piece) in job.pieces() {
            self.fill(&mut buffer, &piece)?;
            self.take(part, &buffer, sums)?;
        }
        Ok(())
    }

    fn hash_large(&self, job: &Job, sums: &mut Sums<'_>) -> Result<(), Stop> {
        let (full_sender, full) = sync_channel(BUFFERS);
        let (empty_sender, empty) = sync_channel(BUFFERS);
        for _ in 0..BUFFERS {
            // The channel has room for all buffers and the receiver is alive.
            let _ = empty_sender.send(Vec::new());
        }
        // The closure owns both ends of this thread: leaving it early, for whatever reason, drops them,
        // and that ends the reader, which the scope waits for.
        std::thread::scope(move |scope| {
            let reader = std::thread::Builder::new()
                .spawn_scoped(scope, move || self.read_ahead(job, &empty, &full_sender));
            if reader.is_err() {
                return self.hash_small(job, sums);
            }
            for filled in full {
                let (part, buffer): (usize, Vec<u8>) = filled?;
                self.take(part, &buffer, sums)?;
                let _ = empty_sender.send(buffer);
            }
            Ok(())
        })
    }

    fn read_ahead(
        &self,
        job: &Job,
        empty: &Receiver<Vec<u8>>,
        full: &SyncSender<Result<(usize, Vec<u8>), Stop>>,
    ) {
        for (part, piece) in job.pieces() {
            let Ok(mut buffer) = empty.recv() else { return };
            let result = self.fill(&mut buffer, &piece).map(|()| (part, buffer));
            let failed = result.is_err();
            if full.send(result).is_err() || failed {
                return;
            }
        }
    }

    fn fill(&self, buffer: &mut Vec<u8>, piece: &Range<u64>) -> Result<(), Stop> {
        if self.is_stopped() {
            return Err(Stop::Cancelled);
        }
        let size = usize::try_from(piece.end - piece.start).unwrap_or(BUFFER_SIZE);
        buffer.resize(size, 0);
        read_exact_at(self.source, buffer, piece.start).map_err(Stop::Read)
    }

    fn take(&self, part: usize, buffer: &[u8], sums: &mut Sums<'_>) -> Result<(), Stop> {
        sums.update(part, buffer);
        self.advance(buffer.len() as u64);
        if self.is_stopped() {
            Err(Stop::Cancelled)
        } else {
            Ok(())
        }
    }

    fn advance(&self, bytes: u64) {
        let mut meter = lock(&self.meter);
        meter.done += bytes;
        if meter.progress.step(meter.done, meter.total).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

enum Stop {
    Cancelled,
    Read(io::Error),
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ops::ControlFlow;

    use sif::ObjectId;

    use super::*;
    use crate::digest::Algorithm;
    use crate::progress::Silent;

    fn bytes(size: usize) -> Vec<u8> {
        (0..size).map(|index| (index % 251) as u8).collect()
    }

    fn job(parts: &[(u64, u64)]) -> Job {
        Job {
            object: ObjectId(1),
            parts: parts
                .iter()
                .map(|(start, end)| Part {
                    extent: *start..*end,
                    algorithms: BTreeSet::from([Algorithm::Sha256]),
                })
                .collect(),
            algorithms: BTreeSet::from([Algorithm::Sha256, Algorithm::Sha384]),
        }
    }

    #[test]
    fn any_size_and_number_of_parts() {
        let data = bytes(3 << 20);
        let end = data.len() as u64;
        let jobs = [
            job(&[(0, end)]),
            job(&[]),
            job(&[(5, 5)]),
            job(&[(0, 1), (7, 600_000)]),
            job(&[(9, 2_000_000)]),
            job(&[(3, 3), (0, 5), (5, 5), (5, 2_000_000), (7, 7)]),
        ];
        for threads in [Some(1), Some(4), None] {
            let results = hash_all(&data, &jobs, threads, &Silent).expect("memory can be read");
            for (job, digests) in jobs.iter().zip(results) {
                let of = |part: &Part| {
                    data[part.extent.start as usize..part.extent.end as usize].to_vec()
                };
                let joined: Vec<u8> = job.parts.iter().flat_map(of).collect();
                for algorithm in &job.algorithms {
                    assert_eq!(digests.whole[algorithm], algorithm.digest(&joined));
                }
                assert_eq!(digests.parts.len(), job.parts.len());
                for (part, digests) in job.parts.iter().zip(digests.parts) {
                    let expected = Algorithm::Sha256.digest(&of(part));
                    assert_eq!(digests[&Algorithm::Sha256], expected);
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_not_that_others_were_stopped_by_it() {
        let data = bytes(2 << 20);
        // The largest is the first to be read, and here the last to be named.
        let jobs = [job(&[(0, 10)]), job(&[(0, 1 << 20)]), job(&[(0, 2 << 30)])];
        for threads in [Some(1), Some(3)] {
            let result = hash_all(&data, &jobs, threads, &Silent);
            assert!(matches!(result, Err(Error::Read { .. })), "{result:?}");
        }
    }

    #[test]
    fn a_shorter_source_is_an_error() {
        let data = bytes(2 << 20);
        for end in [data.len() as u64 + 1, 2 << 30] {
            let result = hash_all(&data, &[job(&[(100, end)])], None, &Silent);
            assert!(matches!(
                result,
                Err(Error::Read {
                    object: ObjectId(1),
                    ..
                })
            ));
        }
    }

    #[test]
    fn the_sink_is_told_and_can_stop() {
        struct StopAfter(u64, Mutex<Vec<u64>>);
        impl Progress for StopAfter {
            fn step(&self, done: u64, total: u64) -> ControlFlow<()> {
                assert_eq!(total, 3 << 20);
                lock(&self.1).push(done);
                if done >= self.0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            }
        }
        let data = bytes(3 << 20);
        let jobs = [job(&[(0, 1 << 20)]), job(&[(1 << 20, 3 << 20)])];
        let all = StopAfter(u64::MAX, Mutex::default());
        assert!(hash_all(&data, &jobs, None, &all).is_ok());
        assert_eq!(lock(&all.1).last(), Some(&(3 << 20)));
        let early = StopAfter(1, Mutex::default());
        assert!(matches!(
            hash_all(&data, &jobs, Some(2), &early),
            Err(Error::Cancelled)
        ));
        let at_once = StopAfter(0, Mutex::default());
        assert!(matches!(
            hash_all(&data, &jobs, Some(1), &at_once),
            Err(Error::Cancelled)
        ));
        assert_eq!(lock(&at_once.1).len(), 1);
    }
}

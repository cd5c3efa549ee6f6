//! A long and narrow link, made of a proxy between two addresses of this machine.
//!
//! Bytes go through at a rate that all connections share, and arrive after a delay, in both directions. A connection
//! needs a round trip before its first byte, and starts slowly, as TCP does: what is under way grows by what was
//! received. Nothing is lost. Not every kernel can shape its own interfaces; this needs nothing of it.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;

/// What a TCP connection sends before it hears anything, and the most that Linux lets be under way.
const FIRST_WINDOW: usize = 10 * 1460;
const LARGEST_WINDOW: usize = 6 << 20;
/// Small enough that connections take fair turns.
const CHUNK: usize = 16 << 10;
/// Chunks that may wait to be written; what is under way is bounded by the window already.
const QUEUE: usize = 1024;

/// How long and how narrow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) bytes_per_second: u32,
    /// There and back.
    pub(super) round_trip: Duration,
}

impl Shape {
    /// What the link alone needs for so many bytes.
    pub(super) fn seconds(self, bytes: u64) -> f64 {
        bytes as f64 / f64::from(self.bytes_per_second)
    }
}

/// A link that stands until it is dropped.
#[derive(Debug)]
pub(super) struct Link {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Link {
    /// Lets connections to `address` end at `there`.
    pub(super) fn start(address: SocketAddr, there: SocketAddr, shape: Shape) -> Outcome<Self> {
        let listener = TcpListener::bind(address)?;
        let link = Self {
            address: listener.local_addr()?,
            stopped: Arc::default(),
        };
        let stopped = Arc::clone(&link.stopped);
        let lanes = [
            Arc::new(Lane::new(shape.bytes_per_second)),
            Arc::new(Lane::new(shape.bytes_per_second)),
        ];
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let lanes = lanes.clone();
                // A connection that fails is seen by the program that is measured.
                thread::spawn(move || join(near, there, &lanes, shape.round_trip));
            }
        });
        Ok(link)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that listens.
        let _ = TcpStream::connect(self.address);
    }
}

/// One direction of the link, shared by all connections.
#[derive(Debug)]
struct Lane {
    bytes_per_second: u32,
    free: Mutex<Instant>,
}

impl Lane {
    fn new(bytes_per_second: u32) -> Self {
        Self {
            bytes_per_second,
            free: Mutex::new(Instant::now()),
        }
    }

    /// Takes the lane for so many bytes and returns when the last one is on it.
    fn take(&self, bytes: usize) -> Instant {
        let needed = Duration::from_secs_f64(bytes as f64 / f64::from(self.bytes_per_second));
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(Instant::now()) + needed;
        *free
    }
}

fn join(
    near: TcpStream,
    there: SocketAddr,
    lanes: &[Arc<Lane>; 2],
    round_trip: Duration,
) -> std::io::Result<()> {
    thread::sleep(round_trip);
    let far = TcpStream::connect(there)?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    let (near_again, far_again) = (near.try_clone()?, far.try_clone()?);
    let [up, down] = lanes.clone();
    thread::spawn(move || send(&near, far, &up, round_trip));
    send(&far_again, near_again, &down, round_trip);
    Ok(())
}

/// Sends what is read to the other end, at the lane's rate and after half a round trip.
fn send(from: &TcpStream, to: TcpStream, lane: &Lane, round_trip: Duration) {
    let (sender, arriving) = sync_channel(QUEUE);
    thread::spawn(move || deliver(to, &arriving));
    let mut window = Window::new();
    let mut bytes = vec![0; CHUNK];
    loop {
        let room = window.wait_for_room().min(CHUNK);
        let mut from = from;
        let Ok(count @ 1..) = from.read(&mut bytes[..room]) else {
            return;
        };
        let sent = lane.take(count);
        window.sent(count, sent + round_trip);
        if sender
            .send((sent + round_trip / 2, bytes[..count].to_vec()))
            .is_err()
        {
            return;
        }
    }
}

fn deliver(mut to: TcpStream, arriving: &Receiver<(Instant, Vec<u8>)>) {
    for (time, bytes) in arriving {
        thread::sleep(time.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// What one direction of a connection may have under way.
#[derive(Debug)]
struct Window {
    size: usize,
    under_way: usize,
    /// When it is known of how many bytes that they arrived.
    known: VecDeque<(Instant, usize)>,
}

impl Window {
    fn new() -> Self {
        Self {
            size: FIRST_WINDOW,
            under_way: 0,
            known: VecDeque::new(),
        }
    }

    /// Returns how many bytes may be sent, once that is not none.
    fn wait_for_room(&mut self) -> usize {
        while let Some((time, count)) = self.known.front().copied() {
            let left = time.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                if self.under_way < self.size {
                    break;
                }
                thread::sleep(left);
            }
            self.known.pop_front();
            self.under_way -= count;
            self.size = (self.size + count).min(LARGEST_WINDOW);
        }
        self.size - self.under_way
    }

    fn sent(&mut self, count: usize, known: Instant) {
        self.under_way += count;
        self.known.push_back((known, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 1 << 20;

    /// Sends bytes through a link and returns how long it took until all were back.
    fn through(shape: Shape) -> Duration {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = echo.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = echo.accept().unwrap();
            std::io::copy(&mut &stream, &mut &stream).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        let link = Link::start("127.0.0.1:0".parse().unwrap(), there, shape).unwrap();
        let bytes: Vec<u8> = (0..SIZE).map(|number| number as u8).collect();
        let start = Instant::now();
        let stream = TcpStream::connect(link.address()).unwrap();
        let mut sending = stream.try_clone().unwrap();
        let sent = bytes.clone();
        let sender = thread::spawn(move || {
            sending.write_all(&sent).unwrap();
            sending.shutdown(Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        (&stream).read_to_end(&mut back).unwrap();
        sender.join().unwrap();
        assert!(back == bytes);
        start.elapsed()
    }

    #[test]
    fn bytes_arrive_whole_and_never_faster_than_the_link() {
        let shape = Shape {
            bytes_per_second: 8 << 20,
            round_trip: Duration::from_millis(20),
        };
        let took = through(shape).as_secs_f64();
        // A round trip to connect, one for the bytes, and their time on the link.
        assert!(took >= 0.04 + shape.seconds(SIZE as u64), "{took}");
    }
}

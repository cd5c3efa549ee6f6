//! The line between Sifter and a library: it can be held, cut and mended in the middle of a transfer.
//!
//! What is on the line waits for the test and not for a clock, however slow the machine is.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::wait_until;

/// Bytes that are passed on at once.
const PIECE: usize = 16 << 10;

/// A line on which nothing passes for so long is silent.
const SILENCE: Duration = Duration::from_millis(300);

/// What the line does.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// Bytes that may have passed in all, in both directions.
    allowed: u64,
    cut: bool,
}

/// A line; it is cut when it goes away.
#[derive(Debug)]
pub(crate) struct Line {
    port: u16,
    rule: watch::Sender<Rule>,
    passed: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Line {
    /// Lays a line from a free port of this machine to the same port at `far`, and returns it with that address.
    pub(crate) async fn lay(far: Ipv4Addr) -> (Self, SocketAddr) {
        let near = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = near.local_addr().unwrap().port();
        let to = SocketAddr::from((far, port));
        let (rule, rules) = watch::channel(Rule {
            allowed: u64::MAX,
            cut: false,
        });
        let passed = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(serve(near, to, rules, Arc::clone(&passed)));
        let line = Self {
            port,
            rule,
            passed,
            task,
        };
        (line, to)
    }

    /// The port at which it begins.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Holds everything once so many more bytes have passed.
    pub(crate) fn hold_after(&self, bytes: u64) {
        let allowed = self.passed() + bytes;
        self.rule.send_modify(|rule| rule.allowed = allowed);
    }

    /// Whether it holds something back.
    pub(crate) fn holds(&self) -> bool {
        self.passed() >= self.rule.borrow().allowed
    }

    /// Lets everything pass, also after a cut.
    pub(crate) fn open(&self) {
        let open = Rule {
            allowed: u64::MAX,
            cut: false,
        };
        self.rule.send_replace(open);
    }

    /// Ends all connections and takes no new ones.
    pub(crate) fn cut(&self) {
        self.rule.send_modify(|rule| rule.cut = true);
    }

    /// How many bytes have passed.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    /// Waits until nothing passes any more.
    pub(crate) async fn rests(&self) {
        wait_until("the line is silent", async || {
            let before = self.passed();
            tokio::time::sleep(SILENCE).await;
            self.passed() == before
        })
        .await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    first: TcpListener,
    to: SocketAddr,
    mut rules: watch::Receiver<Rule>,
    passed: Arc<AtomicU64>,
) {
    let near = first.local_addr().unwrap();
    let mut listener = Some(first);
    // They end with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if rules.borrow_and_update().cut {
            listener = None;
            connections.shutdown().await;
            if rules.wait_for(|rule| !rule.cut).await.is_err() {
                return;
            }
        }
        if listener.is_none() {
            listener = Some(TcpListener::bind(near).await.unwrap());
        }
        let accepting = listener.as_ref().expect("it was made above").accept();
        tokio::select! {
            changed = rules.changed() => if changed.is_err() { return },
            accepted = accepting => if let Ok((near, _)) = accepted {
                connections.spawn(connection(near, to, rules.clone(), Arc::clone(&passed)));
            },
        }
    }
}

async fn connection(
    near: TcpStream,
    to: SocketAddr,
    rules: watch::Receiver<Rule>,
    passed: Arc<AtomicU64>,
) {
    let Ok(far) = TcpStream::connect(to).await else {
        return;
    };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    // Both halves: the end of a request is not the end of its answer. An end in anger ends both.
    let there = pass(near_in, far_out, rules.clone(), &passed);
    let back = pass(far_in, near_out, rules, &passed);
    let _ = tokio::try_join!(there, back);
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut rules: watch::Receiver<Rule>,
    passed: &AtomicU64,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let has_room = |rule: &Rule| passed.load(Ordering::SeqCst) < rule.allowed;
        if rules.wait_for(has_room).await.is_err() {
            return Ok(());
        }
        passed.fetch_add(length as u64, Ordering::SeqCst);
        to.write_all(&piece[..length]).await?;
    }
}

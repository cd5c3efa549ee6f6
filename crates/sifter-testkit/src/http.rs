//! An HTTP server for tests that does what no good server does: it resets, stalls, lies about ranges and lengths.
//!
//! It speaks just enough HTTP/1.1 for that, over real sockets of this machine.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The longest head of a request.
const HEAD: usize = 64 << 10;

/// A request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, say.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The first and last byte that are asked for.
    #[must_use]
    pub fn range(&self) -> Option<(usize, usize)> {
        let (first, last) = self
            .header("range")?
            .strip_prefix("bytes=")?
            .split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    }
}

/// What is answered, and how it ends.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Sent as they are; without a `Content-Length` the true one is added.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it ends.
    pub ending: Ending,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// The connection is closed after so many bytes of the body.
    Close(usize),
    /// The connection is reset after so many bytes of the body.
    Reset(usize),
    /// After so many bytes of the body nothing more comes.
    Stall(usize),
    /// The body comes in pieces of so many bytes.
    Drip(usize),
    /// The end of the body is the end of the connection, and no length is told.
    Unannounced,
}

impl Answer {
    /// An answer with a body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            ending: Ending::Whole,
        }
    }

    /// With one more header.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are told alike"
    )]
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Ending otherwise.
    #[must_use]
    pub const fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// The part of `file` that is asked for, or all of it.
    #[must_use]
    pub fn file(request: &Request, file: &[u8], tag: Option<&str>) -> Self {
        let changed = request
            .header("if-range")
            .is_some_and(|validator| Some(validator) != tag);
        let answer = match request.range().filter(|_| !changed) {
            Some((first, _)) if first >= file.len() => {
                Self::new(416, "").with("Content-Range", format!("bytes */{}", file.len()))
            }
            Some((first, last)) => {
                let end = last.saturating_add(1).min(file.len());
                let part = file.get(first..end).unwrap_or_default();
                Self::new(206, part).with(
                    "Content-Range",
                    format!("bytes {first}-{}/{}", end.saturating_sub(1), file.len()),
                )
            }
            None => Self::new(200, file),
        };
        match tag {
            Some(tag) => answer.with("ETag", tag),
            None => answer,
        }
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Starts a server that answers with `handler`.
    ///
    /// # Panics
    ///
    /// If no port of this machine can be had.
    pub async fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port of this machine");
        let address = listener.local_addr().expect("a bound port");
        let seen = Arc::default();
        let task = tokio::spawn(serve(listener, Arc::new(handler), Arc::clone(&seen)));
        Self {
            address,
            seen,
            task,
        }
    }

    /// An address on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests until now.
    #[must_use]
    pub fn seen(&self) -> Vec<Request> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, handler: Arc<Handler>, seen: Arc<Mutex<Vec<Request>>>) {
    // Its tasks end with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
        connections.spawn(async move {
            let _ = connection(stream, &*handler, &seen).await;
        });
    }
}

async fn connection(
    stream: TcpStream,
    handler: &Handler,
    seen: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request.clone());
        let answer = handler(&request);
        if !write_answer(stream.get_mut(), &answer, request.method == "HEAD").await? {
            break;
        }
    }
    Ok(())
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if head.len() == HEAD || stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        // Who begins with a handshake of TLS is not left waiting.
        if head.is_empty() && byte == [0x16] {
            return Ok(None);
        }
        head.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut first = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(str::to_owned);
    let mut request = Request {
        method: first.next().unwrap_or_default(),
        path: first.next().unwrap_or_default(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
    };
    if request.header("expect").is_some() {
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await?;
    }
    request.body = read_body(stream, &request).await?;
    Ok(Some(request))
}

async fn read_body(
    stream: &mut BufReader<TcpStream>,
    request: &Request,
) -> std::io::Result<Vec<u8>> {
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

/// Whether the connection can be used again.
async fn write_answer(
    stream: &mut TcpStream,
    answer: &Answer,
    is_head: bool,
) -> std::io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} Test\r\n", answer.status);
    let says_length = answer
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if answer.ending == Ending::Unannounced {
        head.push_str("Connection: close\r\n");
    } else if !says_length {
        head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    if is_head {
        return Ok(true);
    }
    let until = |end: usize| {
        answer
            .body
            .get(..end.min(answer.body.len()))
            .unwrap_or_default()
    };
    match answer.ending {
        Ending::Whole => stream.write_all(&answer.body).await.map(|()| true),
        Ending::Unannounced => stream.write_all(&answer.body).await.map(|()| false),
        Ending::Close(end) => stream.write_all(until(end)).await.map(|()| false),
        Ending::Reset(end) => {
            stream.write_all(until(end)).await?;
            // Without lingering a close is a reset.
            stream.set_zero_linger()?;
            Ok(false)
        }
        Ending::Stall(end) => {
            stream.write_all(until(end)).await?;
            std::future::pending::<()>().await;
            Ok(false)
        }
        Ending::Drip(size) => {
            for piece in answer.body.chunks(size.max(1)) {
                stream.write_all(piece).await?;
                tokio::task::yield_now().await;
            }
            Ok(true)
        }
    }
}

/// Something that goes wrong with one request for bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the request is answered as it should be.
    None,
    /// A status, with a body that must not get into the file.
    Status(u16),
    /// Too many requests, with a wait of no time.
    Busy,
    /// The connection is closed after so many bytes.
    Close(usize),
    /// The connection is reset after so many bytes.
    Reset(usize),
    /// Nothing more comes after so many bytes.
    Stall(usize),
    /// Small pieces.
    Drip(usize),
    /// The whole file although a part was asked for.
    IgnoreRange,
    /// The whole file without its length.
    Unannounced,
    /// Other bytes than were asked for, truthfully labelled.
    OtherPart,
    /// Wrong bytes, labelled as right ones.
    WrongBytes,
    /// Another `ETag`.
    OtherTag,
    /// A length that is not that of the body.
    WrongLength,
    /// Says that the bytes are packed.
    Packed,
    /// A redirect to another address on this server.
    Redirect,
    /// A redirect in a circle.
    Circle,
}

/// Faults in the order in which requests meet them; afterwards there are none.
#[derive(Debug, Default)]
pub struct Schedule(Mutex<VecDeque<Fault>>);

impl Schedule {
    /// These faults, one a request.
    #[must_use]
    pub fn of(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self(Mutex::new(faults.into_iter().collect()))
    }

    fn next(&self) -> Fault {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.pop_front().unwrap_or(Fault::None)
    }

    /// Answers a request for `file` with the next fault.
    pub fn answer(&self, request: &Request, file: &[u8], tag: Option<&str>) -> Answer {
        let good = Answer::file(request, file, tag);
        match self.next() {
            Fault::None => good,
            Fault::Status(status) => Answer::new(status, "<html>not an image</html>"),
            Fault::Busy => Answer::new(429, "").with("Retry-After", 0),
            Fault::Close(end) => good.ending(Ending::Close(end)),
            Fault::Reset(end) => good.ending(Ending::Reset(end)),
            Fault::Stall(end) => good.ending(Ending::Stall(end)),
            Fault::Drip(size) => good.ending(Ending::Drip(size)),
            Fault::IgnoreRange => Answer::new(200, file),
            Fault::Unannounced => Answer::new(200, file).ending(Ending::Unannounced),
            Fault::OtherPart => other_part(file),
            Fault::WrongBytes => Answer {
                body: good.body.iter().map(|byte| !byte).collect(),
                ..good
            },
            Fault::OtherTag => Answer::file(request, file, Some("\"another\"")),
            Fault::WrongLength => {
                let length = good.body.len() + 10;
                good.with("Content-Length", length)
                    .ending(Ending::Close(usize::MAX))
            }
            Fault::Packed => good.with("Content-Encoding", "gzip"),
            Fault::Redirect => {
                Answer::new(303, "").with("Location", format!("/elsewhere{}", request.path))
            }
            Fault::Circle => Answer::new(302, "").with("Location", &request.path),
        }
    }
}

fn other_part(file: &[u8]) -> Answer {
    let start = file.len() / 2;
    let part = file.get(start..).unwrap_or_default();
    Answer::new(206, part).with(
        "Content-Range",
        format!(
            "bytes {start}-{}/{}",
            file.len().saturating_sub(1),
            file.len()
        ),
    )
}

/// Short limits of time, for tests of what happens when nothing comes. Under wine an answer takes its time.
pub const IMPATIENCE: Duration = Duration::from_millis(if cfg!(windows) { 3000 } else { 150 });

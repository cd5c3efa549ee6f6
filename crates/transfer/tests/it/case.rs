//! A download with its server, its folder and short limits of time.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Once},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use sifter_testkit::http::{Answer, Fault, HttpServer, IMPATIENCE, Request, Schedule};
use tempfile::TempDir;
use transfer::{
    Bandwidth, CancellationToken, Download, Downloaded, Error, Http, Limits, Location, Retry,
    Silent, Sink, Source,
};

pub(crate) const PART: u64 = 4096;
pub(crate) const TAG: &str = "\"one\"";

pub(crate) fn http() -> Http {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let limits = Limits {
        connect: Duration::from_secs(5),
        head: IMPATIENCE,
        idle: IMPATIENCE,
    };
    let words = |_, _: Option<&str>, body: &[u8]| String::from_utf8_lossy(body).into_owned();
    Http::new(reqwest::Client::builder().no_proxy(), limits, words).unwrap()
}

pub(crate) fn retry() -> Retry {
    Retry {
        base: Duration::from_micros(50),
        cap: Duration::from_millis(1),
        ..Retry::default()
    }
}

/// Bytes that differ from part to part.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| u8::try_from((31 * index + (index >> 8)) % 256).unwrap())
        .collect()
}

pub(crate) struct At(pub(crate) String);

impl Source for At {
    fn locate(&self) -> BoxFuture<'_, Result<Location, Error>> {
        Box::pin(async { Ok(Location::from(self.0.parse::<reqwest::Url>().unwrap())) })
    }
}

/// Leads to one address.
pub(crate) struct To(pub(crate) String);

impl Sink for To {
    fn address(
        &self,
        _: u32,
        _: u64,
        _: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, Error>> {
        let url: reqwest::Url = self.0.parse().unwrap();
        Box::pin(async { Ok(Location::from(url)) })
    }
}

/// A download of a file with this digest, with the settings of the tests.
pub(crate) fn download_of<'a>(
    (http, source): (&'a Http, &'a dyn Source),
    target: &'a Path,
    sha256: [u8; 32],
) -> Download<'a> {
    Download {
        http,
        source,
        target,
        name: "an image",
        sha256: Some(sha256),
        size: None,
        check: None,
        arriving: None,
        replace: false,
        part_size: PART,
        connections: 4,
        bandwidth: Bandwidth::unlimited(),
        retry: retry(),
        progress: Arc::new(Silent),
        stop: CancellationToken::new(),
    }
}

pub(crate) struct Case {
    pub(crate) server: HttpServer,
    pub(crate) folder: TempDir,
    pub(crate) file: Arc<Vec<u8>>,
    http: Http,
    source: At,
    target: PathBuf,
}

impl Case {
    /// A server of a file of so many bytes, with faults.
    pub(crate) async fn new(length: usize, faults: &[Fault]) -> Self {
        let file = Arc::new(bytes(length));
        let (served, schedule) = (file.clone(), Schedule::of(faults.iter().copied()));
        Self::with(file, move |request| {
            schedule.answer(request, &served, Some(TAG))
        })
        .await
    }

    pub(crate) async fn with(
        file: Arc<Vec<u8>>,
        handler: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let (server, folder) = (
            HttpServer::start(handler).await,
            tempfile::tempdir().unwrap(),
        );
        Self {
            http: http(),
            source: At(server.url("/image")),
            target: folder.path().join("image.sif"),
            server,
            folder,
            file,
        }
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.target.clone()
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&*self.file).into()
    }

    /// What lies in the folder, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) async fn download(&self) -> Result<Downloaded, Error> {
        self.run(|_| {}).await
    }

    /// Downloads with changed settings.
    pub(crate) async fn run<'a>(
        &'a self,
        change: impl FnOnce(&mut Download<'a>),
    ) -> Result<Downloaded, Error> {
        let mut download = download_of((&self.http, &self.source), &self.target, self.digest());
        change(&mut download);
        download.run().await
    }

    /// The file is there, whole, and nothing else.
    pub(crate) fn is_whole(&self) -> bool {
        self.files() == ["image.sif"] && std::fs::read(self.target()).unwrap() == *self.file
    }
}

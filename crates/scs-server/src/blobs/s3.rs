//! Objects in a bucket that speaks S3: `<prefix>/sha256/ab/abcd…`.
//!
//! An object appears there only as a whole, and each request with bytes is signed together with their hash, so what was
//! stored is what was sent. The store has threads of its own: whoever calls may wait on any thread.

use std::{
    fmt, fs,
    future::Future,
    io,
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    path::Path as Key,
};
use secrecy::ExposeSecret;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::Semaphore,
};

use super::{Blob, Blobs, Credentials, is_digest, s3_unfinished::Unfinished, s3_upload};
use crate::Error;

/// Pieces of a pull that wait for its client.
const AHEAD: usize = 2;
const CONNECT: Duration = Duration::from_secs(10);
/// The storage may say nothing for so long.
const SILENCE: Duration = Duration::from_secs(60);

/// A place in a bucket.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Where the storage answers, as `https://s3.example.org`. Empty: at Amazon, in the region.
    pub endpoint: String,
    /// The region. Most other storages want `us-east-1` or take anything.
    pub region: String,
    /// The bucket. It must be there.
    pub bucket: String,
    /// What the names of all objects begin with. No other cloud may use the same.
    pub prefix: String,
    /// The key.
    pub credentials: Credentials,
    /// Whether the name of the bucket is part of the host.
    pub is_virtual_hosted: bool,
    /// Whether plain http is allowed beyond this machine.
    pub is_plain_http: bool,
}

impl S3 {
    /// How it is called in messages.
    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    fn store(&self) -> Result<AmazonS3, object_store::Error> {
        let generic = |why: &str| object_store::Error::Generic {
            store: "S3",
            source: why.to_owned().into(),
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(&self.credentials.id)
            .with_secret_access_key(self.credentials.secret.expose_secret())
            .with_virtual_hosted_style_request(self.is_virtual_hosted)
            .with_disable_bulk_delete(true)
            .with_http_connector(Connector)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: 5,
                retry_timeout: Duration::from_secs(60),
            });
        if let Some(token) = &self.credentials.token {
            builder = builder.with_token(token.expose_secret());
        }
        if !self.endpoint.is_empty() {
            let url =
                url::Url::parse(&self.endpoint).map_err(|_| generic("its address is none"))?;
            let is_here = match url.host() {
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                Some(url::Host::Domain(name)) => name == "localhost",
                None => return Err(generic("its address has no host")),
            };
            match url.scheme() {
                "https" => {}
                "http" if is_here || self.is_plain_http => builder = builder.with_allow_http(true),
                _ => return Err(generic("plain http was not allowed for it")),
            }
            builder = builder.with_endpoint(self.endpoint.trim_end_matches('/'));
        }
        builder.build()
    }
}

/// Makes the client of the storage as all others here are made: TLS by what the program brings, no redirects, so that
/// nothing that was signed goes elsewhere.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_gzip()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build();
        let client = client.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(HttpClient::new(client))
    }
}

/// The store in a bucket.
pub(crate) struct S3Blobs {
    inner: Arc<Bucket>,
    runtime: Option<Runtime>,
}

pub(super) struct Bucket {
    pub(super) store: AmazonS3,
    pub(super) prefix: Key,
    handle: Handle,
    /// How many files are sent at once; what that needs of memory is bounded by it.
    pub(super) places: Arc<Semaphore>,
    pub(super) unfinished: Unfinished,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "S3Blobs({})", self.inner.prefix)
    }
}

impl Drop for S3Blobs {
    fn drop(&mut self) {
        // The last owner may be on a thread that must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl S3Blobs {
    /// The store at `settings` for the cloud in `folder`.
    ///
    /// # Errors
    ///
    /// The storage cannot be reached, refuses the key, or the place belongs to another cloud.
    pub(crate) fn open(settings: &S3, folder: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Storage {
            place: settings.place(),
            source,
        };
        let wrong = |error: object_store::path::Error| failed(io::Error::other(error));
        let prefix = Key::parse(settings.prefix.trim_matches('/')).map_err(wrong)?;
        let store = settings.store().map_err(|error| failed(error.into()))?;
        let unfinished = Unfinished::open(folder).map_err(failed)?;
        // Last of what can fail: it must not be dropped where nobody may wait, but by the store.
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("storage")
            .enable_all()
            .build()
            .map_err(failed)?;
        let inner = Bucket {
            store,
            prefix,
            handle: runtime.handle().clone(),
            places: Arc::new(Semaphore::new(s3_upload::AT_ONCE)),
            unfinished,
        };
        let blobs = Self {
            inner: Arc::new(inner),
            runtime: Some(runtime),
        };
        if !blobs.inner.is_owned_by(folder).map_err(failed)? {
            return Err(Error::OthersStorage(settings.place()));
        }
        if let Err(error) = blobs.give_up_unfinished() {
            tracing::warn!(%error, "what a crash left in the storage is still there");
        }
        Ok(blobs)
    }
}

impl Bucket {
    /// Waits for work that is done by the threads of the store.
    pub(super) fn wait<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> io::Result<T>
    where
        T: Send + 'static,
        E: Into<io::Error> + Send + 'static,
    {
        let (done, result) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            let _ = done.send(work.await);
        });
        let result = result.recv().map_err(io::Error::other)?;
        result.map_err(Into::into)
    }

    /// Starts work that is done by the threads of the store.
    pub(super) fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }

    pub(super) fn key(&self, digest: &str) -> io::Result<Key> {
        let start = digest.get(..2).filter(|_| is_digest(digest));
        let start = start.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.prefix.clone().join("sha256").join(start).join(digest))
    }

    pub(super) fn size(self: &Arc<Self>, key: &Key) -> io::Result<u64> {
        let (bucket, key) = (Arc::clone(self), key.clone());
        self.wait(async move { bucket.store.head(&key).await.map(|found| found.size) })
    }
}

impl Blobs for S3Blobs {
    fn bring(&self, file: &Path, digest: &str) -> io::Result<()> {
        s3_upload::upload(&self.inner, file, digest)
    }

    /// It was brought before; unless somebody removed it in between, as tidying up does with what no row knows.
    fn adopt(&self, file: &Path, digest: &str) -> io::Result<()> {
        let expected = match fs::metadata(file) {
            Ok(metadata) => Some(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match (self.inner.size(&self.inner.key(digest)?), expected) {
            (Ok(found), Some(expected)) if found == expected => Ok(()),
            (Ok(_), None) => Ok(()),
            (Err(error), _) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.bring(file, digest),
        }
    }

    fn open(&self, digest: &str) -> io::Result<Arc<dyn Blob>> {
        let key = self.inner.key(digest)?;
        Ok(Arc::new(S3Blob {
            size: self.inner.size(&key)?,
            bucket: Arc::clone(&self.inner),
            key,
        }))
    }

    fn remove(&self, digest: &str) -> io::Result<()> {
        let (bucket, key) = (Arc::clone(&self.inner), self.inner.key(digest)?);
        let removed = self
            .inner
            .wait(async move { bucket.store.delete(&key).await });
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn give_up_unfinished(&self) -> io::Result<usize> {
        let left = self.inner.unfinished.left()?;
        for begun in &left {
            s3_upload::give_up(&self.inner, begun)?;
        }
        Ok(left.len())
    }

    fn digests(&self) -> io::Result<Vec<String>> {
        let (bucket, folder) = (
            Arc::clone(&self.inner),
            self.inner.prefix.clone().join("sha256"),
        );
        let names = self.inner.wait(async move {
            let objects = bucket.store.list(Some(&folder));
            let names = objects.map_ok(|object| object.location.filename().map(str::to_owned));
            names.try_collect::<Vec<_>>().await
        })?;
        let names = names.into_iter().flatten();
        Ok(names.filter(|name| is_digest(name)).collect())
    }
}

/// An object.
struct S3Blob {
    bucket: Arc<Bucket>,
    key: Key,
    size: u64,
}

impl Blob for S3Blob {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let range = offset..offset.saturating_add(length as u64);
        let (bucket, key) = (Arc::clone(&self.bucket), self.key.clone());
        let bytes = self
            .bucket
            .wait(async move { bucket.store.get_range(&key, range).await })?;
        match bytes.len() == length {
            true => Ok(bytes),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn stream(self: Arc<Self>, start: u64, end: u64) -> BoxStream<'static, io::Result<Bytes>> {
        if start >= end {
            return stream::empty().boxed();
        }
        let (pieces, taken) = tokio::sync::mpsc::channel(AHEAD);
        let blob = Arc::clone(&self);
        self.bucket.start(async move {
            let sent = blob.send(start..end, &pieces).await;
            if let Err(error) = sent {
                let _ = pieces.send(Err(error)).await;
            }
        });
        stream::unfold(taken, |mut taken| async move {
            Some((taken.recv().await?, taken))
        })
        .boxed()
    }
}

impl S3Blob {
    /// Sends the bytes of `range`, as long as somebody takes them.
    async fn send(
        &self,
        range: std::ops::Range<u64>,
        pieces: &tokio::sync::mpsc::Sender<io::Result<Bytes>>,
    ) -> io::Result<()> {
        let mut left = range.end - range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let got = self.bucket.store.get_opts(&self.key, options).await?;
        let mut bytes = got.into_stream();
        while let Some(piece) = bytes.try_next().await? {
            let more = left.checked_sub(piece.len() as u64);
            left = more.ok_or_else(|| io::Error::other("the storage sent too much"))?;
            if pieces.send(Ok(piece)).await.is_err() {
                return Ok(());
            }
        }
        match left {
            0 => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

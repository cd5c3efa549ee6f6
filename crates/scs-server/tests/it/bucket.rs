//! A real S3 server over a folder, with authentication, on a port of this machine.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use hyper::{Method, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{Body, HttpResponse, auth::SimpleAuth, service::S3ServiceBuilder};
use scs_server::{Credentials, S3, Storage};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::support::provide;

pub(crate) const KEY: &str = "test-key";
pub(crate) const SECRET: &str = "not-a-real-secret-but-long-enough";

/// The server; its only bucket is `images`.
pub(crate) struct Bucket {
    folder: TempDir,
    port: u16,
    refuses: Arc<AtomicBool>,
    refuses_ends: Arc<AtomicBool>,
    parts: Arc<AtomicUsize>,
    ranges: Arc<AtomicUsize>,
    /// Its own threads: the cloud may wait for it on any other.
    runtime: Option<Runtime>,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Bucket {
    pub(crate) fn start() -> Self {
        provide();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("images")).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut bucket = Self {
            folder,
            port,
            refuses: Arc::default(),
            refuses_ends: Arc::default(),
            parts: Arc::default(),
            ranges: Arc::default(),
            runtime: None,
        };
        let (refuses, parts) = (bucket.refuses.clone(), bucket.parts.clone());
        let ranges = bucket.ranges.clone();
        let refuses_ends = bucket.refuses_ends.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let is_part = request.uri().query().unwrap_or("").contains("partNumber");
            let is_range = request.headers().contains_key("range");
            parts.fetch_add(usize::from(is_part), Ordering::SeqCst);
            ranges.fetch_add(usize::from(is_range), Ordering::SeqCst);
            let is_end = request.uri().query().unwrap_or("").contains("uploadId") && !is_part;
            let is_refused = refuses.load(Ordering::SeqCst) && request.method() == Method::PUT
                || refuses_ends.load(Ordering::SeqCst) && is_end;
            let service = service.clone();
            async move {
                if is_refused {
                    let mut refusal = HttpResponse::new(Body::from("no".to_owned()));
                    *refusal.status_mut() = StatusCode::FORBIDDEN;
                    return Ok(refusal);
                }
                hyper::service::Service::call(&service, request).await
            }
        });
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        bucket.runtime = Some(runtime);
        bucket
    }

    /// Whether nothing can be written.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    /// Whether no upload in parts can be ended, neither way.
    pub(crate) fn refuse_ends(&self, refuses: bool) {
        self.refuses_ends.store(refuses, Ordering::SeqCst);
    }

    /// Parts that lie there and belong to no object yet.
    pub(crate) fn loose_parts(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with(".upload_id-"))
            .count()
    }

    /// How many parts were sent.
    pub(crate) fn parts(&self) -> usize {
        self.parts.load(Ordering::SeqCst)
    }

    /// How many ranges were asked for.
    pub(crate) fn ranges(&self) -> usize {
        self.ranges.load(Ordering::SeqCst)
    }

    pub(crate) fn place(&self) -> S3 {
        let variable = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some(KEY.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
            _ => None,
        };
        S3 {
            endpoint: format!("http://127.0.0.1:{}", self.port),
            region: "us-east-1".into(),
            bucket: "images".into(),
            prefix: "lab/cloud".into(),
            credentials: Credentials::from_variables(variable).unwrap(),
            is_virtual_hosted: false,
            is_plain_http: false,
        }
    }

    pub(crate) fn storage(&self) -> Storage {
        Storage::S3(Box::new(self.place()))
    }

    /// Where the object of a digest lies.
    pub(crate) fn object(&self, digest: &str) -> PathBuf {
        let folder = self.folder.path().join("images/lab/cloud/sha256");
        folder.join(&digest[..2]).join(digest)
    }
}

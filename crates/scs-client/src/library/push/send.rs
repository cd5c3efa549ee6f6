//! Sending the bytes: the protocol by what the library can do and by the length of the file.

use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use scs_types::{
    ApiLevel, Id,
    library::{Completed, UploadStart, UploadUrl},
};
use transfer::{FileDigests, Location, PartDigests, Retry, SentPart, Sink, Upload};

use super::{PUSHING, Push, until};
use crate::{
    base::{needed, step},
    error::{Cause, Error, of_storage, shown, shown_server},
    library::{Library, browse::Place},
    proxy::is_this_machine,
};

/// Longer files go in parts, where the library has them.
pub(crate) const SINGLE: u64 = 64 << 20;
const STARTING: &str = "starting the upload";
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
/// Fresh addresses for one part.
pub(crate) const FRESH_ADDRESSES: u32 = 3;

/// The bytes of one image on their way.
pub(crate) struct Sending<'a> {
    pub(crate) library: &'a Library,
    pub(crate) push: &'a Push<'a>,
    pub(crate) place: &'a Place,
    pub(crate) image: &'a Id,
    pub(crate) digests: &'a FileDigests,
    pub(crate) level: ApiLevel,
}

impl Sending<'_> {
    pub(crate) async fn run(&self) -> Result<Option<Completed>, Error> {
        let sent = match self.level {
            ApiLevel::V1 => self.whole_file().await.map(|()| None),
            _ if self.digests.size <= SINGLE => self.single().await,
            _ => self.in_parts_or_single().await,
        };
        sent.map_err(|error| self.with_numbers(error))
    }

    async fn in_parts_or_single(&self) -> Result<Option<Completed>, Error> {
        match self.in_parts().await? {
            Some(completed) => Ok(completed),
            None => self.single().await,
        }
    }

    /// Protocol of old libraries: the library itself takes the file.
    async fn whole_file(&self) -> Result<(), Error> {
        let sink = ImageFile(self);
        let mut upload = self.upload(&sink);
        upload.method = Method::POST;
        upload.fresh_addresses = 0;
        // A lost answer says nothing of what the server has: it is asked before the file goes once more.
        upload.retry = Retry {
            tries: 1,
            ..self.library.base.client.retry
        };
        let Err(error) = self.sent(&upload).await else {
            return Ok(());
        };
        if !error.is_unclear() {
            return Err(error);
        }
        if self.is_uploaded().await? {
            return Ok(());
        }
        self.pause(&error).await?;
        self.sent(&upload).await.map(|_| ())
    }

    /// One address for the whole file.
    async fn single(&self) -> Result<Option<Completed>, Error> {
        let sink = SingleSink(self);
        self.sent_to_storage(&self.upload(&sink)).await?;
        let path = self.path("_complete")?;
        self.finish(&path, &serde_json::json!({})).await
    }

    /// The whole file as one part; the protocols change what differs.
    pub(crate) fn upload<'b>(&'b self, sink: &'b dyn Sink) -> Upload<'b> {
        let client = &self.library.base.client;
        Upload {
            http: &client.bytes,
            sink,
            method: Method::PUT,
            file: self.push.file,
            size: self.digests.size,
            part_size: self.digests.size.max(1),
            digests: PartDigests::Unwanted,
            sent: Vec::new(),
            needs_tokens: false,
            fresh_addresses: FRESH_ADDRESSES,
            connections: self.push.connections,
            bandwidth: self.push.bandwidth.clone(),
            retry: client.retry,
            progress: self.push.progress.clone(),
            on_sent: &|_| {},
            stop: self.push.stop.clone(),
        }
    }

    pub(crate) async fn sent(&self, upload: &Upload<'_>) -> Result<Vec<SentPart>, Error> {
        let place = shown_server(&self.library.base.url);
        let sent = upload.run().await;
        sent.map_err(|error| self.library.of_transfer(PUSHING, &place, error))
    }

    /// The same to addresses that carry their own permission: what is refused there says nothing of the account.
    pub(crate) async fn sent_to_storage(
        &self,
        upload: &Upload<'_>,
    ) -> Result<Vec<SentPart>, Error> {
        let place = shown_server(&self.library.base.url);
        let sent = upload.run().await;
        sent.map_err(|error| of_storage(PUSHING, &place, error))
    }

    pub(crate) fn path(&self, action: &str) -> Result<String, Error> {
        let image = step(STARTING, self.image)?;
        Ok(match action {
            "" => format!("v2/imagefile/{image}"),
            action => format!("v2/imagefile/{image}/{action}"),
        })
    }

    /// Where the server says that bytes may go. Nothing but the signature in it counts there: no login is sent.
    pub(crate) fn address(&self, text: &str) -> Result<Url, Error> {
        let base = &self.library.base;
        let wrong = || Error::local(STARTING, Cause::Answer("no address for the upload"));
        let url = base.url.join(text).map_err(|_| wrong())?;
        match (base.url.scheme(), url.scheme()) {
            ("http", "http") if base.client.is_plain_http || is_this_machine(&url) => Ok(url),
            ("https", "http") => {
                let why = "the upload would go from https to http".to_owned();
                Err(Error::local(STARTING, Cause::Redirect(why)))
            }
            ("http", "http") => Err(Error::local(STARTING, Cause::PlainHttp)),
            (_, "https") => Ok(url),
            _ => Err(wrong()),
        }
    }

    pub(crate) async fn is_uploaded(&self) -> Result<bool, Error> {
        let hash = format!("sha256.{}", self.sha256());
        let (path, arch) = (&self.push.reference.path, Some(self.push.arch));
        let asked = self.library.find_image(path, &hash, arch);
        let image = until(&self.push.stop, PUSHING, asked).await?;
        Ok(image.is_some_and(|image| image.uploaded))
    }

    pub(crate) fn sha256(&self) -> String {
        hex::encode(self.digests.sha256)
    }

    pub(crate) async fn pause(&self, error: &Error) -> Result<(), Error> {
        let mut tries = self.library.base.client.retry.begin();
        let time = tries.after_failure(error.wait()).unwrap_or(Duration::ZERO);
        let sleep = async {
            tokio::time::sleep(time).await;
            Ok(())
        };
        until(&self.push.stop, PUSHING, sleep).await
    }

    /// A lack of room, with the numbers that the library told before.
    fn with_numbers(&self, error: Error) -> Error {
        let Cause::Quota { said, .. } = error.cause() else {
            return error;
        };
        let entity = &self.place.entity;
        let cause = Cause::Quota {
            said: said.clone(),
            total: u64::try_from(entity.quota).ok().filter(|total| *total > 0),
            used: u64::try_from(entity.size).ok(),
        };
        error.with(cause)
    }
}

/// The image file of an old library.
struct ImageFile<'a>(&'a Sending<'a>);

impl Sink for ImageFile<'_> {
    fn address(
        &self,
        _: u32,
        _: u64,
        _: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async {
            let base = &self.0.library.base;
            let located = step(STARTING, self.0.image).and_then(|image| {
                let url = base.at(&format!("v1/imagefile/{image}"), &[])?;
                if url.scheme() == "http" && !base.client.is_plain_http && !is_this_machine(&url) {
                    return Err(Error::at(STARTING, &shown(&url), None, Cause::PlainHttp));
                }
                let access = base.access.as_ref();
                let headers = access
                    .map(|access| access.headers(&url))
                    .unwrap_or_default();
                Ok(Location { url, headers })
            });
            located.map_err(elsewhere)
        })
    }
}

/// One presigned address.
struct SingleSink<'a>(&'a Sending<'a>);

impl SingleSink<'_> {
    async fn ask(&self) -> Result<Location, Error> {
        let sending = self.0;
        let start = UploadStart {
            filesize: i64::try_from(sending.digests.size).unwrap_or(i64::MAX),
            md5sum: sending.digests.md5.map(hex::encode).unwrap_or_default(),
            sha256sum: sending.sha256(),
        };
        let base = &sending.library.base;
        let ask = base.with_body(STARTING, Method::POST, &sending.path("")?, &start)?;
        let to: UploadUrl = needed(&base.send(&ask).await?)?;
        let url = sending.address(&to.upload_url)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        if signs_digest(&url) {
            insert_digest(&mut headers, sending.digests.sha256);
        }
        Ok(Location { url, headers })
    }
}

impl Sink for SingleSink<'_> {
    fn address(
        &self,
        _: u32,
        _: u64,
        _: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        Box::pin(async { self.ask().await.map_err(elsewhere) })
    }
}

pub(crate) fn elsewhere(error: Error) -> transfer::Error {
    transfer::Error::Elsewhere(Box::new(error))
}

pub(crate) fn insert_digest(headers: &mut HeaderMap, sha256: [u8; 32]) {
    if let Ok(value) = HeaderValue::from_str(&hex::encode(sha256)) {
        headers.insert(CONTENT_SHA256, value);
    }
}

/// Whether the signature of an address covers the digest, so that it must be sent; else it must not.
fn signs_digest(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        name.eq_ignore_ascii_case("X-Amz-SignedHeaders")
            && value
                .split(';')
                .any(|header| header == CONTENT_SHA256.as_str())
    })
}

//! Images at plain addresses, `http://` and `https://`, and on servers of the `shub://` kind.

mod shub;

use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use transfer::{Download, Location, Source};
use url::Url;

use super::{Fetch, Fetched, Found, address::without_secrets, shape};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    network::Way,
    units::Timestamp,
};
use shub::Shub;

/// Where the file of a reference is.
enum Place {
    /// At this address.
    Address(Url),
    /// Where a server says.
    Shub(Shub),
}

/// Asks the server what a reference leads to. On the threads of the network.
///
/// # Errors
/// `reference-invalid`, `transport-unsupported`, `not-sif`, and the codes of the network.
pub(crate) async fn resolve(sifter: &Sifter, reference: &str) -> Result<Found> {
    let place = read(reference)?;
    sifter.contact(&place.server(), "download");
    let client = sifter.client(Way::PlainHttp)?;
    let source = At {
        place: &place,
        client: &client,
    };
    let location = source.locate().await?;
    let look = client.http().look(&location, shape::START).await?;
    let arch = shape::check(&look.start, place.shown(reference))?;
    Ok(Found {
        size: look.size,
        sha256: None,
        architectures: arch.clone().into_iter().collect(),
        arch,
        created: look.modified.map(Timestamp),
    })
}

/// Pulls a file; without an expected hash nothing but its length is proven. On the threads of the network.
///
/// # Errors
/// Those of [`resolve`], `digest-mismatch`, `cancelled`, and those of files.
pub(crate) async fn pull(sifter: &Sifter, fetch: &Fetch<'_>) -> Result<Fetched> {
    let place = read(fetch.reference)?;
    sifter.contact(&place.server(), "download");
    let client = sifter.client(Way::PlainHttp)?;
    let shown = place.shown(fetch.reference);
    let download = Download {
        http: client.http(),
        source: &At {
            place: &place,
            client: &client,
        },
        target: fetch.target,
        name: &place.name(fetch.reference),
        sha256: fetch.sha256,
        size: None,
        check: Some(&|path| shape::check_arrived(path, shown)),
        arriving: fetch.arriving.clone(),
        replace: fetch.replaces,
        part_size: transfer::PART_SIZE,
        connections: fetch.connections,
        bandwidth: fetch.bandwidth.clone(),
        retry: client.retry(),
        progress: fetch.progress.clone(),
        stop: fetch.stop.clone(),
    };
    let file = download.run().await?;
    Ok(Fetched {
        size: file.size,
        sha256: file.sha256,
    })
}

fn read(reference: &str) -> Result<Place> {
    if let Some(rest) = reference.strip_prefix("shub://") {
        return Shub::read(rest).map(Place::Shub);
    }
    let invalid = |why: &str| ApiError::new(ErrorCode::ReferenceInvalid, why);
    let mut url: Url = reference
        .parse()
        .map_err(|_| invalid("the address is none"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("the address is none of the web"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "an address must have no user and no password in it",
        ));
    }
    url.set_fragment(None);
    Ok(Place::Address(url))
}

impl Place {
    /// Host and port.
    fn server(&self) -> String {
        match self {
            Self::Address(url) => crate::network::host_of(url.as_str()).unwrap_or_default(),
            Self::Shub(shub) => shub.host().to_owned(),
        }
    }

    /// What a later try knows the bytes by. Addresses may have signatures in them that are nobody's business, and that
    /// change from day to day.
    fn name(&self, reference: &str) -> String {
        let digest = hex::encode(Sha256::digest(without_secrets(reference)));
        format!("{} {digest}", self.shown(reference))
    }

    /// The reference without what an address may carry beyond its path.
    fn shown<'a>(&self, reference: &'a str) -> &'a str {
        match self {
            Self::Address(_) => reference.split(['?', '#']).next().unwrap_or_default(),
            Self::Shub(_) => reference,
        }
    }
}

/// Asks for the address as often as it is needed: those of servers expire.
struct At<'a> {
    place: &'a Place,
    client: &'a scs_client::Client,
}

impl Source for At<'_> {
    fn locate(&self) -> BoxFuture<'_, std::result::Result<Location, transfer::Error>> {
        Box::pin(async {
            match self.place {
                Place::Address(url) => Ok(url.clone().into()),
                Place::Shub(shub) => shub.locate(self.client.http()).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_their_queries() {
        let place = read("https://h.example:8443/a/b.sif?signature=secret#top").expect("a place");
        assert_eq!(place.server(), "h.example:8443");
        let name = place.name("https://h.example:8443/a/b.sif?signature=secret");
        assert!(
            name.starts_with("https://h.example:8443/a/b.sif "),
            "{name}"
        );
        assert!(!name.contains("secret"));
        for bad in ["ftp://h/x", "https://", "https://me:secret@h/x", "x"] {
            let error = read(bad).map(|_| ()).expect_err("no place");
            assert_eq!(error.code, ErrorCode::ReferenceInvalid, "{bad}");
            assert!(!error.message.contains("secret"));
        }
    }
}

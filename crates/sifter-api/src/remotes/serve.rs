//! Serving the embedded cloud without a window.

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use scs_server::{Cloud, PublicAddress, bind_loopback};
use serde::Serialize;
use tokio::net::TcpListener;

use super::{CloudAt, cloud, cloud_at::opened};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    network::{CloudPlace, listen, on_network, told},
};

/// The port of a cloud in a folder of its own, where nobody names another.
const USUAL_PORT: u16 = 8780;

/// How it is served.
#[derive(Clone, Debug, Default)]
pub struct ServeHow {
    /// 0: a free one. Absent: the one it had before, or the usual one.
    pub port: Option<u16>,
    /// Where it listens; empty: on this machine alone.
    pub addresses: Vec<IpAddr>,
    /// Names other than `localhost` under which it may be asked for.
    pub names: Vec<String>,
    /// Whether other machines may reach it.
    pub is_beyond_this_machine: bool,
    /// By what address others know it.
    pub public: PublicAt,
}

/// By what address others know a cloud that a proxy stands in front of.
#[derive(Clone, Debug, Default)]
pub enum PublicAt {
    /// The one that was said last.
    #[default]
    AsBefore,
    /// This one, from now on: as `https://cloud.example.org`.
    Address(String),
    /// None, from now on: nothing stands in front of it.
    Nothing,
}

/// A cloud that takes connections as soon as [`ServedCloud::run`] is called.
#[derive(Debug)]
pub struct ServedCloud {
    pub view: ServedView,
    public: Option<PublicAddress>,
    cloud: Cloud,
    listeners: Vec<TcpListener>,
}

/// What a served cloud is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServedView {
    /// The first address and port.
    pub address: String,
    pub addresses: Vec<String>,
    /// How command lines reach it from this machine.
    pub url: String,
    /// How others reach it, where a proxy stands in front of it.
    pub public_address: Option<String>,
    pub user: String,
    pub folder: PathBuf,
    /// Whether somebody has a token that is still good.
    pub has_tokens: bool,
    /// Whether other machines reach it unencrypted.
    pub is_beyond_this_machine: bool,
}

impl ServedCloud {
    /// Answers until `stop` ends, and until running requests are answered or ten seconds are over.
    ///
    /// # Errors
    /// None after the start.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Self {
            public,
            cloud,
            listeners,
            ..
        } = self;
        on_network(async move {
            let served = cloud.serve_as(public, listeners, stop).await;
            served.map_err(told)
        })
        .await
    }
}

impl Sifter {
    /// Opens a cloud and listens for its clients.
    ///
    /// # Errors
    /// `cloud-in-use`, `input-invalid`, the codes of files and of storage.
    pub async fn serve_cloud(&self, at: CloudAt, how: ServeHow) -> Result<ServedCloud> {
        let mut settings = self.settings_of(&at)?;
        settings.names.clone_from(&how.names);
        settings.names.extend(how.addresses.iter().map(host_of));
        settings.beyond_this_machine = how.is_beyond_this_machine;
        let kept = self.kept_place(&at)?;
        let user = self.user_of(&at, kept.as_ref());
        let cloud = opened(settings.clone()).await?;
        let public = self.public_of(&cloud, &how).await?;
        let wished = how.port.or(kept.as_ref().map(|place| place.port));
        let is_own_folder = at.folder.is_some();
        let listeners = on_network(async move {
            check_addresses(&how)?;
            match (how.port, how.addresses.is_empty()) {
                (_, false) => bind(&how.addresses, wished.unwrap_or(USUAL_PORT)).await,
                (Some(port), true) => bind_loopback(port).await.map_err(told),
                (None, true) if is_own_folder => bind_loopback(USUAL_PORT).await.map_err(told),
                (None, true) => listen(wished).await,
            }
        })
        .await?;
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let addresses: Vec<SocketAddr> = addresses
            .collect::<std::io::Result<_>>()
            .map_err(|error| ApiError::internal(&error))?;
        let first = addresses
            .first()
            .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
        if at.folder.is_none() {
            // So that the window of this person finds it.
            self.keep_cloud_place(&CloudPlace {
                port: first.port(),
                user: user.clone(),
            })?;
        }
        let tokens = {
            let (cloud, user) = (cloud.clone(), user.clone());
            self.off(move |_| {
                cloud.ensure_user(&user).map_err(told)?;
                cloud.list().map_err(told)
            })
            .await?
        };
        let view = ServedView {
            address: first.to_string(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            url: format!("http://localhost:{}", first.port()),
            public_address: public.as_ref().map(ToString::to_string),
            user,
            folder: settings.folder,
            has_tokens: tokens.iter().any(cloud::is_of_a_person),
            is_beyond_this_machine: addresses.iter().any(|at| !at.ip().is_loopback())
                || public.as_ref().is_some_and(|public| !public.is_encrypted()),
        };
        Ok(ServedCloud {
            view,
            public,
            cloud,
            listeners,
        })
    }

    /// By what address others know it; what is new is kept.
    async fn public_of(&self, cloud: &Cloud, how: &ServeHow) -> Result<Option<PublicAddress>> {
        let (cloud, wished) = (cloud.clone(), how.public.clone());
        let may_be_plain = how.is_beyond_this_machine;
        self.off(move |_| {
            let public = match &wished {
                PublicAt::AsBefore => cloud.public_address().map_err(told)?,
                PublicAt::Address(text) => Some(text.parse().map_err(told)?),
                PublicAt::Nothing => None,
            };
            check_public(public.as_ref(), may_be_plain)?;
            cloud.keep_public_address(public.as_ref()).map_err(told)?;
            Ok(public)
        })
        .await
    }
}

fn check_addresses(how: &ServeHow) -> Result<()> {
    let beyond = how.addresses.iter().find(|address| !address.is_loopback());
    match beyond {
        Some(address) if !how.is_beyond_this_machine => {
            let message =
                format!("other machines would reach `{address}`, which was not asked for");
            Err(ApiError::new(ErrorCode::InputInvalid, message))
        }
        _ => Ok(()),
    }
}

fn check_public(public: Option<&PublicAddress>, may_be_plain: bool) -> Result<()> {
    match public {
        Some(public) if !public.is_encrypted() && !may_be_plain => {
            let message = format!("others would reach `{public}` unencrypted");
            let error = ApiError::new(ErrorCode::InputInvalid, message);
            Err(error.with_hint("begin the address with `https://`, or say that it may be so with `--beyond-this-machine`"))
        }
        _ => Ok(()),
    }
}

/// An address as it stands in a URL.
fn host_of(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

async fn bind(addresses: &[IpAddr], port: u16) -> Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        // A free port that was found for the first is that of all.
        let first = listeners.first().and_then(|first| first.local_addr().ok());
        let port = first.map_or(port, |first| first.port());
        let bound = TcpListener::bind((*address, port)).await;
        listeners.push(bound.map_err(|error| told(scs_server::Error::Listen(error)))?);
    }
    Ok(listeners)
}

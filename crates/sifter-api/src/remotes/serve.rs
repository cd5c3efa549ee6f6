//! The embedded cloud without a window: serving it, its tokens, and what its owner does now and then.
//!
//! It is the cloud of this computer unless a folder is named. Tokens can be made while another process serves it; what
//! touches the bytes needs it to be at rest.

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use scs_server::{
    BadCredentials, Beside, Cloud, Credentials, Depth, Rule, S3, Settings, Storage, bind_loopback,
};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use tokio::net::TcpListener;

use super::{CloudToken, cloud};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, io_error},
    network::{CloudPlace, listen, on_network, told},
};

/// The port of a cloud in a folder of its own, where nobody names another.
const USUAL_PORT: u16 = 8780;

/// Which cloud.
#[derive(Clone, Debug, Default)]
pub struct CloudAt {
    /// Its folder; absent: the one of this computer.
    pub folder: Option<PathBuf>,
    /// The bucket that holds its images; absent: its folder does.
    pub bucket: Option<BucketAt>,
    /// The user of whoever runs it; absent: the name of this person.
    pub user: Option<String>,
}

/// What is set for an owner of images or for a container; what is absent stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloudRules {
    /// How many bytes an owner may have; 0 is no limit.
    pub quota: Option<u64>,
    /// Whether only its owner sees a container; of an owner, whether new collections are so.
    pub private: Option<bool>,
    /// Whether a container refuses new images.
    pub read_only: Option<bool>,
}

/// A place in storage that speaks S3.
#[derive(Clone, Debug, Default)]
pub struct BucketAt {
    /// As `https://s3.example.org`; empty: at Amazon.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    /// What the names of all objects begin with.
    pub prefix: String,
    /// A file with the key; absent: the environment has it.
    pub credentials: Option<PathBuf>,
    /// Whether the name of the bucket is part of the host.
    pub is_virtual_hosted: bool,
    /// Whether plain http is allowed beyond this machine.
    pub is_plain_http: bool,
}

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
}

/// A cloud that takes connections as soon as [`ServedCloud::run`] is called.
#[derive(Debug)]
pub struct ServedCloud {
    pub view: ServedView,
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
    pub user: String,
    pub folder: PathBuf,
    /// Whether somebody has a token that is still good.
    pub has_tokens: bool,
    /// Whether other machines reach it.
    pub is_beyond_this_machine: bool,
}

/// What tidying up removed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectedView {
    pub uploads: usize,
    pub images: usize,
    pub files: usize,
    pub bytes: u64,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckedView {
    /// Files that were looked at.
    pub files: u64,
    /// Empty in a good cloud.
    pub problems: Vec<String>,
    /// Files that nobody knows: harmless, and removed by tidying up.
    pub orphans: Vec<String>,
}

impl ServedCloud {
    /// Answers until `stop` ends, and until running requests are answered or ten seconds are over.
    ///
    /// # Errors
    /// None after the start.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Self {
            cloud, listeners, ..
        } = self;
        on_network(async move { cloud.serve(listeners, stop).await.map_err(told) }).await
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
            user,
            folder: settings.folder,
            has_tokens: tokens.iter().any(cloud::is_of_a_person),
            is_beyond_this_machine: addresses.iter().any(|at| !at.ip().is_loopback()),
        };
        Ok(ServedCloud {
            view,
            cloud,
            listeners,
        })
    }

    /// Makes a token, also while another process serves the cloud. The caller hands it over and forgets it.
    ///
    /// # Errors
    /// `input-invalid`, the codes of files.
    pub async fn issue_cloud_token(
        &self,
        at: CloudAt,
        name: String,
        days: Option<u32>,
    ) -> Result<(CloudToken, Secret)> {
        let name = cloud::checked_name(&name)?;
        self.off(move |sifter| {
            let (now, expires) = cloud::times(sifter, days)?;
            let rows = sifter.cloud_rows(&at)?;
            let user = sifter.user_of(&at, sifter.kept_place(&at)?.as_ref());
            rows.ensure_user(&user).map_err(told)?;
            let token = rows.issue(&user, &name, expires).map_err(told)?;
            let view = cloud::new_token_view(&token, name, now, expires);
            Ok((view, Secret::new(token.secret.expose_secret().to_owned())))
        })
        .await
    }

    /// Returns the tokens that are still good, of all users.
    ///
    /// # Errors
    /// The codes of files.
    pub async fn list_cloud_tokens(&self, at: CloudAt) -> Result<Vec<CloudToken>> {
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            let mut tokens = sifter.cloud_rows(&at)?.list().map_err(told)?;
            tokens.retain(cloud::is_of_a_person);
            Ok(tokens.iter().map(cloud::token_view).collect())
        })
        .await
    }

    /// Makes a token worthless, at once.
    ///
    /// # Errors
    /// `handle-unknown`, the codes of files.
    pub async fn end_cloud_token(&self, at: CloudAt, id: String) -> Result<()> {
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            sifter.cloud_rows(&at)?.revoke(&id).map_err(told)
        })
        .await
    }

    /// Sets rules for an owner, or for a container as `owner/collection/container`; also while the cloud is served.
    ///
    /// # Errors
    /// `file-missing`, `input-invalid` for what is not there or has no such rule, the codes of files.
    pub async fn set_cloud_rules(
        &self,
        at: CloudAt,
        name: String,
        rules: CloudRules,
    ) -> Result<()> {
        let rules = [
            rules.quota.map(Rule::Quota),
            rules.private.map(Rule::Private),
            rules.read_only.map(Rule::ReadOnly),
        ];
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            let rows = sifter.cloud_rows(&at)?;
            for rule in rules.into_iter().flatten() {
                if !rows.set(&name, rule).map_err(told)? {
                    return Err(no_such(&name, rule));
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes what nobody can use any more.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, the codes of files and of storage.
    pub async fn collect_cloud(&self, at: CloudAt) -> Result<CollectedView> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| {
            let collected = cloud.gc().map_err(told)?;
            Ok(CollectedView {
                uploads: collected.uploads,
                images: collected.images,
                files: collected.files,
                bytes: collected.bytes,
            })
        })
        .await
    }

    /// Checks that everything that is shown is there, and whole if `bytes`.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, the codes of files and of storage.
    pub async fn check_cloud(&self, at: CloudAt, bytes: bool) -> Result<CheckedView> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| {
            let depth = if bytes { Depth::Bytes } else { Depth::Lengths };
            let checked = cloud.fsck(depth).map_err(told)?;
            Ok(CheckedView {
                files: checked.files,
                problems: checked.problems.iter().map(ToString::to_string).collect(),
                orphans: checked.orphans,
            })
        })
        .await
    }

    /// Copies a cloud into a new folder, from which it can be served.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, `file-exists` if the folder is not empty, the codes of files and of storage.
    pub async fn back_up_cloud(&self, at: CloudAt, folder: PathBuf) -> Result<()> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| cloud.backup(&folder).map_err(told)).await
    }

    fn settings_of(&self, at: &CloudAt) -> Result<Settings> {
        let mut settings = self.cloud_settings();
        if let Some(folder) = &at.folder {
            settings.folder.clone_from(folder);
        }
        if let Some(bucket) = &at.bucket {
            settings.storage = Storage::S3(Box::new(self.s3(bucket)?));
        }
        Ok(settings)
    }

    /// The settings of a cloud that is there: whoever looks at one by a wrong name is told so, and makes none.
    fn settings_of_existing(&self, at: &CloudAt) -> Result<Settings> {
        let settings = self.settings_of(at)?;
        if Cloud::is_in(&settings.folder) {
            return Ok(settings);
        }
        let message = format!("there is no library in `{}`", settings.folder.display());
        let error = ApiError::new(ErrorCode::FileMissing, message);
        Err(error.with_hint("check the name of the folder"))
    }

    fn s3(&self, bucket: &BucketAt) -> Result<S3> {
        let variable = |name: &str| {
            let value = self.inner.homes.variable(name)?;
            Some(value.to_string_lossy().into_owned())
        };
        let credentials = match &bucket.credentials {
            Some(path) => Credentials::from_file(path),
            None => Credentials::from_variables(variable),
        };
        Ok(S3 {
            endpoint: bucket.endpoint.clone(),
            region: bucket.region.clone(),
            bucket: bucket.bucket.clone(),
            prefix: bucket.prefix.clone(),
            credentials: credentials.map_err(|error| no_key(&error))?,
            is_virtual_hosted: bucket.is_virtual_hosted,
            is_plain_http: bucket.is_plain_http,
        })
    }

    fn kept_place(&self, at: &CloudAt) -> Result<Option<CloudPlace>> {
        match at.folder {
            Some(_) => Ok(None),
            None => self.cloud_place(),
        }
    }

    fn user_of(&self, at: &CloudAt, kept: Option<&CloudPlace>) -> String {
        let kept = kept.map(|place| place.user.clone());
        at.user.clone().or(kept).unwrap_or_else(|| self.person())
    }

    /// The rows of a cloud, which is made if there is none. Whoever serves it need not end.
    fn cloud_rows(&self, at: &CloudAt) -> Result<Beside> {
        let settings = self.settings_of(&CloudAt {
            bucket: None,
            ..at.clone()
        })?;
        match Beside::open(&settings) {
            Ok(rows) => Ok(rows),
            // There is none, or it is of an older version.
            Err(_) => {
                drop(Cloud::open(settings.clone()).map_err(told)?);
                Beside::open(&settings).map_err(told)
            }
        }
    }
}

async fn opened(settings: Settings) -> Result<Cloud> {
    tokio::task::spawn_blocking(move || Cloud::open(settings))
        .await?
        .map_err(told)
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

fn no_key(error: &BadCredentials) -> ApiError {
    match error {
        BadCredentials::Unreadable { path, source } => io_error(Path::new(path), source),
        _ => ApiError::new(ErrorCode::InputInvalid, "the storage needs a key").because(error),
    }
}

fn no_such(name: &str, rule: Rule) -> ApiError {
    let what = match rule {
        Rule::Quota(_) => "owner",
        Rule::ReadOnly(_) => "container",
        Rule::Private(_) => "owner or container",
    };
    let message = format!("there is no {what} `{name}`");
    ApiError::new(ErrorCode::InputInvalid, message)
        .with_hint("name an owner as `anna`, a container as `anna/tools/blast`")
}

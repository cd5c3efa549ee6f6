//! The embedded cloud while it runs: started when something asks for it, ended with Sifter.
//!
//! Its folder belongs to one process. A second Sifter of the same person uses the one that runs, with a token that it
//! puts into the rows itself. Tokens of a session are in memory only.

mod place;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use scs_client::Services;
use scs_server::{Beside, Cloud, NewToken, Settings, TokenEntry, Totals};
use scs_types::{Frontend, Library, Service, library::is_name};
use secrecy::ExposeSecret;
use tokio::sync::oneshot;

use super::on_network;
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, write_error},
    events::ApiEvent,
};

pub(crate) use place::{Place, listen};

/// What tokens of a session are called.
pub(crate) const SESSION: &str = "Sifter itself";
/// Requests that are being answered when Sifter ends may take so long.
const ENDING: Duration = Duration::from_secs(2);
/// A process of this machine takes a connection faster.
const KNOCK: Duration = Duration::from_millis(500);

/// The embedded cloud, whether it runs or not.
#[derive(Debug, Default)]
pub(crate) struct LocalCloud {
    starting: tokio::sync::Mutex<()>,
    running: Mutex<Option<Arc<RunningCloud>>>,
}

/// The embedded cloud while it runs.
#[derive(Debug)]
pub(crate) struct RunningCloud {
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) token: Secret,
    token_id: String,
    rows: Option<Rows>,
    serving: Mutex<Option<Serving>>,
}

/// Whose process it is in.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
enum Rows {
    Own(Cloud),
    OfAnother(Beside),
}

#[derive(Debug)]
struct Serving {
    stop: oneshot::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl LocalCloud {
    /// Returns the running cloud, without starting it.
    pub(crate) fn running(&self) -> Option<Arc<RunningCloud>> {
        crate::lock(&self.running)
            .clone()
            .filter(|running| running.is_there())
    }
}

impl RunningCloud {
    /// Returns host and port.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns where its services are: all here.
    ///
    /// # Errors
    /// None in practice: the address is a good one.
    pub(crate) fn services(&self) -> Result<Services> {
        let base = format!("http://{}", self.address());
        let service = || Some(Service::at(base.clone()));
        Ok(Services {
            frontend: scs_client::frontend_url(&base, true)?,
            document: Frontend {
                library: Some(Library {
                    uri: base.clone(),
                    registry_uri: None,
                }),
                keystore: service(),
                token: service(),
                ..Frontend::default()
            },
        })
    }

    /// Makes a token for a command line.
    pub(crate) fn issue(&self, name: &str, expires: Option<jiff::Timestamp>) -> Result<NewToken> {
        match self.rows()? {
            Rows::Own(cloud) => cloud.issue(&self.user, name, expires),
            Rows::OfAnother(beside) => beside.issue(&self.user, name, expires),
        }
        .map_err(told)
    }

    /// Returns the tokens that a person made and that are still good.
    pub(crate) fn tokens(&self) -> Result<Vec<TokenEntry>> {
        let mut all = self.all_tokens()?;
        all.retain(|token| token.label != SESSION && token.revoked.is_none());
        Ok(all)
    }

    fn all_tokens(&self) -> Result<Vec<TokenEntry>> {
        match self.rows()? {
            Rows::Own(cloud) => cloud.list(),
            Rows::OfAnother(beside) => beside.list(),
        }
        .map_err(told)
    }

    /// Makes a token worthless.
    pub(crate) fn revoke(&self, id: &str) -> Result<()> {
        match self.rows()? {
            Rows::Own(cloud) => cloud.revoke(id),
            Rows::OfAnother(beside) => beside.revoke(id),
        }
        .map_err(told)
    }

    /// Returns how much is there.
    pub(crate) fn totals(&self) -> Result<Totals> {
        match self.rows()? {
            Rows::Own(cloud) => cloud.totals(),
            Rows::OfAnother(beside) => beside.totals(),
        }
        .map_err(told)
    }

    fn rows(&self) -> Result<&Rows> {
        self.rows
            .as_ref()
            .ok_or_else(|| ApiError::plain(ErrorCode::CloudInUse))
    }

    /// Whether it still answers: another process may have ended.
    fn is_there(&self) -> bool {
        !matches!(self.rows, Some(Rows::OfAnother(_))) || answers(self.port)
    }
}

impl Drop for RunningCloud {
    /// Ends it in peace, for a short while, so that the next one finds the folder free.
    fn drop(&mut self) {
        if let Err(error) = self.revoke(&self.token_id.clone()) {
            tracing::debug!(%error, "the token of the session stays until the next start");
        }
        self.rows = None;
        let serving = crate::lock(&self.serving).take();
        if let Some(Serving { stop, ended }) = serving {
            let _ = stop.send(());
            if ended.recv_timeout(ENDING).is_err() {
                tracing::warn!("the embedded cloud is still answering");
            }
        }
    }
}

impl Sifter {
    /// Returns the embedded cloud, started where it does not run.
    ///
    /// # Errors
    /// `cloud-in-use`, the codes of files.
    pub(crate) async fn local_cloud(&self) -> Result<Arc<RunningCloud>> {
        if let Some(running) = self.inner.network.cloud.running() {
            return Ok(running);
        }
        let sifter = self.clone();
        on_network(async move { sifter.start_cloud().await }).await
    }

    async fn start_cloud(&self) -> Result<Arc<RunningCloud>> {
        let _one_at_a_time = self.inner.network.cloud.starting.lock().await;
        if let Some(running) = self.inner.network.cloud.running() {
            return Ok(running);
        }
        // One that another process served and that is gone.
        drop(crate::lock(&self.inner.network.cloud.running).take());
        let settings = self.cloud_settings();
        let kept = self.cloud_place()?;
        let opened = {
            let settings = settings.clone();
            tokio::task::spawn_blocking(move || Cloud::open(settings)).await?
        };
        let running = match opened {
            Ok(cloud) => self.serve(cloud, kept).await?,
            Err(scs_server::Error::InUse(_)) => use_another(&settings, kept)?,
            Err(error) => return Err(told(error)),
        };
        let running = Arc::new(running);
        *crate::lock(&self.inner.network.cloud.running) = Some(Arc::clone(&running));
        tracing::info!(port = running.port, "the embedded cloud runs");
        self.tell(&ApiEvent::RemotesChanged);
        Ok(running)
    }

    async fn serve(&self, cloud: Cloud, kept: Option<Place>) -> Result<RunningCloud> {
        let user = kept
            .as_ref()
            .map(|place| place.user.clone())
            .filter(|user| is_name(user))
            .unwrap_or_else(|| self.person());
        let listeners = listen(kept.as_ref().map(|place| place.port)).await?;
        let port = listeners
            .first()
            .and_then(|listener| listener.local_addr().ok())
            .map(|address| address.port())
            .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
        let place = Place {
            port,
            user: user.clone(),
        };
        if kept.as_ref() != Some(&place) {
            self.keep_cloud_place(&place)?;
        }
        let token = {
            let (cloud, user) = (cloud.clone(), user.clone());
            let first_steps = move || {
                cloud.ensure_user(&user)?;
                for token in cloud.list()? {
                    if token.label == SESSION && token.revoked.is_none() {
                        cloud.revoke(&token.id)?;
                    }
                }
                cloud.issue(&user, SESSION, None)
            };
            tokio::task::spawn_blocking(first_steps)
                .await?
                .map_err(told)?
        };
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let served = cloud.clone();
        tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            if let Err(error) = served.serve(listeners, until).await {
                tracing::error!(%error, "the embedded cloud ended");
            }
            drop(served);
            let _ = end.send(());
        });
        Ok(RunningCloud {
            port,
            user,
            token: Secret::new(token.secret.expose_secret().to_owned()),
            token_id: token.id,
            rows: Some(Rows::Own(cloud)),
            serving: Mutex::new(Some(Serving { stop, ended })),
        })
    }

    /// Returns what the embedded cloud is started with.
    pub(crate) fn cloud_settings(&self) -> Settings {
        let mut settings = Settings::new(self.inner.homes.data.join("cloud"));
        let clock = self.inner.clock.clone();
        settings.clock = Arc::new(move || {
            jiff::Timestamp::try_from(clock.now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        });
        settings
    }
}

fn use_another(settings: &Settings, kept: Option<Place>) -> Result<RunningCloud> {
    let in_use = || ApiError::plain(ErrorCode::CloudInUse);
    let place = kept
        .filter(|place| answers(place.port))
        .ok_or_else(in_use)?;
    let issued = Beside::open(settings).and_then(|beside| {
        let token = beside.issue(&place.user, SESSION, None)?;
        Ok((beside, token))
    });
    let (beside, token) = issued.map_err(|error| in_use().because(&error))?;
    Ok(RunningCloud {
        port: place.port,
        user: place.user,
        token: Secret::new(token.secret.expose_secret().to_owned()),
        token_id: token.id,
        rows: Some(Rows::OfAnother(beside)),
        serving: Mutex::default(),
    })
}

fn answers(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    port != 0 && TcpStream::connect_timeout(&address, KNOCK).is_ok()
}

/// Returns the error for a failure of the embedded cloud.
#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
pub(crate) fn told(error: scs_server::Error) -> ApiError {
    use scs_server::Error as Failure;
    match &error {
        Failure::File { path, source } => write_error(path, source),
        Failure::InUse(_) | Failure::Busy => ApiError::plain(ErrorCode::CloudInUse).because(&error),
        Failure::NoToken(_) => {
            ApiError::new(ErrorCode::HandleUnknown, "this token is not known any more")
        }
        Failure::Full(_) => ApiError::plain(ErrorCode::DiskFull).because(&error),
        Failure::Damaged(_) => {
            let message = "the database of the library of this computer is damaged";
            let hint =
                "use a copy that `cloud backup` made, or move the folder away and begin anew";
            ApiError::new(ErrorCode::Io, message)
                .because(&error)
                .with_hint(hint)
        }
        Failure::BadName(_)
        | Failure::BadAddress
        | Failure::NoUser(_)
        | Failure::BeyondThisMachine(_) => {
            ApiError::new(ErrorCode::InputInvalid, error.to_string())
        }
        Failure::Listen(source) => {
            let message = "no connections can be taken at this address and port";
            ApiError::new(ErrorCode::InputInvalid, message).because(source)
        }
        Failure::Storage { source, .. } => {
            ApiError::new(ErrorCode::ServerFailed, error.to_string()).because(source)
        }
        Failure::OthersStorage(_) | Failure::OtherStorage => {
            ApiError::new(ErrorCode::InputInvalid, error.to_string())
        }
        _ => ApiError::new(
            ErrorCode::Internal,
            "the library of this computer cannot be used",
        )
        .because(&error),
    }
}

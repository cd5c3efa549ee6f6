//! One remote, ready to be talked to: where its services are, and the login that belongs to it.

use std::sync::Arc;

use ::remotes::{Credential, Keyserver as ListedKeyserver, is_same_keyserver, keyserver_url};
use scs_client::{Client, Keyserver, Library, Login, Services, discover, frontend_url};
use scs_types::{Frontend, Service};
use secrecy::ExposeSecret as _;
use url::Url;

use super::{RemoteKind, list::id_of};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    network::{RunningCloud, Way, host_of},
    units::RemoteId,
};

/// What Apptainer's own default remote has instead of a document that says so.
const WITHOUT_DOCUMENT: (&str, &str) = ("cloud.apptainer.org", "https://keys.openpgp.org");

/// One remote. A clone is cheap and means the same.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) id: RemoteId,
    /// As in `remote.yaml`; empty for this computer.
    pub(crate) name: String,
    pub(crate) kind: RemoteKind,
    pub(super) frontend: Url,
    pub(super) is_plain_http: bool,
    pub(super) keyservers: Vec<ListedKeyserver>,
    pub(super) credentials: Vec<Credential>,
    cloud: Option<Arc<RunningCloud>>,
    sifter: Sifter,
}

/// A keyserver of a remote, ready to be asked.
#[derive(Debug)]
pub(crate) struct RemoteKeyserver {
    pub(crate) server: Keyserver,
    /// Whether a login is sent to it.
    pub(crate) has_login: bool,
    /// Not the remote's own.
    pub(crate) is_external: bool,
}

impl Sifter {
    /// Returns a remote by its handle. Starts the embedded cloud if it is that.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-exclusive`, `cloud-in-use`, `input-invalid` for one whose address is none.
    pub(crate) async fn remote(&self, id: &RemoteId) -> Result<Remote> {
        if *id != RemoteId::this_computer() {
            let id = id.clone();
            return self.off(move |sifter| sifter.listed_remote(&id)).await;
        }
        if let Some(only) = self.only_remote().await? {
            return Err(exclusive(&only.name));
        }
        let cloud = self.local_cloud().await?;
        Ok(Remote {
            id: RemoteId::this_computer(),
            name: String::new(),
            kind: RemoteKind::ThisComputer,
            frontend: cloud.services()?.frontend,
            is_plain_http: true,
            keyservers: Vec::new(),
            credentials: Vec::new(),
            cloud: Some(cloud),
            sifter: self.clone(),
        })
    }

    /// Returns the remote that the administrator allows alone, if there is one.
    ///
    /// # Errors
    /// `input-invalid` if its address is none.
    pub(crate) async fn only_remote(&self) -> Result<Option<Remote>> {
        self.off(|sifter| {
            let only = sifter.book().exclusive;
            only.map(|name| sifter.listed_remote(&id_of(&name)))
                .transpose()
        })
        .await
    }

    /// Returns a remote of the files.
    pub(super) fn listed_remote(&self, id: &RemoteId) -> Result<Remote> {
        let book = self.book();
        let unknown = || book.unknown();
        let name = id.0.strip_prefix("remote:").ok_or_else(unknown)?;
        let entry = book.entries.get(name).ok_or_else(unknown)?;
        if let Some(only) = book.exclusive.as_ref().filter(|only| *only != name) {
            return Err(exclusive(only));
        }
        Ok(Remote {
            id: id.clone(),
            name: name.to_owned(),
            kind: if book.is_fixed(name) {
                RemoteKind::System
            } else {
                RemoteKind::Own
            },
            frontend: frontend_url(&entry.uri, entry.insecure)?,
            is_plain_http: entry.insecure,
            keyservers: entry.keyservers.clone(),
            credentials: book.credentials.clone(),
            cloud: None,
            sifter: self.clone(),
        })
    }

    /// Returns the hosts by which the remotes are known, without asking anybody: of the remote itself and of its library.
    /// Blocks.
    pub(crate) fn known_hosts(&self) -> Vec<(RemoteId, String)> {
        let mut hosts = Vec::new();
        if let Some(port) = self.cloud_port() {
            for host in ["127.0.0.1", "localhost"] {
                hosts.push((RemoteId::this_computer(), format!("{host}:{port}")));
            }
        }
        for (name, entry) in self.book().entries {
            let id = RemoteId(format!("remote:{name}"));
            let Ok(frontend) = frontend_url(&entry.uri, entry.insecure) else {
                continue;
            };
            hosts.extend(host_of(frontend.as_str()).map(|host| (id.clone(), host)));
            let services = self.discovered(&frontend);
            let library = services.and_then(|(services, ..)| services.document.library);
            let host = library.and_then(|library| host_of(&library.uri));
            hosts.extend(host.map(|host| (id, host)));
        }
        hosts.dedup();
        hosts
    }
}

pub(crate) fn exclusive(only: &str) -> ApiError {
    let message = format!("the administrator allows only the remote `{only}`");
    ApiError::new(ErrorCode::RemoteExclusive, message)
}

/// The name under which the keychain has the login of a remote. Another address is another login.
pub(super) fn account_of(frontend: &Url) -> String {
    format!("remote:{}", frontend.as_str().trim_end_matches('/'))
}

impl Remote {
    /// Returns the client for everything that goes to this remote.
    ///
    /// # Errors
    /// Those of the settings: a file with certificates that cannot be read.
    pub(crate) fn client(&self) -> Result<Client> {
        self.sifter.client(if self.is_plain_http {
            Way::PlainHttp
        } else {
            Way::Encrypted
        })
    }

    /// Returns host and port.
    pub(crate) fn host(&self) -> String {
        host_of(self.frontend.as_str()).unwrap_or_default()
    }

    /// Returns where the services are: as the remote said within the last minutes, or says now, or said before where it
    /// cannot be reached.
    ///
    /// # Errors
    /// The codes of the network.
    pub(crate) async fn services(&self) -> Result<Services> {
        if let Some(cloud) = &self.cloud {
            return cloud.services();
        }
        let kept = self.sifter.discovered(&self.frontend);
        if let Some((services, _, true)) = kept {
            return Ok(services);
        }
        match self.discover().await {
            Ok(services) => Ok(services),
            Err(error) => match kept {
                Some((services, ..)) if is_out_of_reach(error.code) => Ok(services),
                _ => Err(error),
            },
        }
    }

    /// Asks where the services are.
    ///
    /// # Errors
    /// The codes of the network.
    pub(crate) async fn discover(&self) -> Result<Services> {
        if let Some(cloud) = &self.cloud {
            return cloud.services();
        }
        let found = if self.host() == WITHOUT_DOCUMENT.0 {
            Ok(Services {
                frontend: self.frontend.clone(),
                document: Frontend {
                    keystore: Some(Service::at(WITHOUT_DOCUMENT.1)),
                    ..Frontend::default()
                },
            })
        } else {
            self.sifter.contact(&self.host(), "discovery");
            let asked = discover(&self.client()?.for_a_person(), &self.frontend).await;
            asked.map_err(ApiError::from)
        };
        let problem = found.as_ref().err().cloned();
        self.sifter.inner.remotes.set_problem(&self.id, problem);
        let services = found?;
        let (sifter, kept) = (self.sifter.clone(), services.clone());
        let keep = move || sifter.keep_discovered(&kept);
        tokio::task::spawn_blocking(keep).await?;
        Ok(services)
    }

    /// Returns the library, with the login of this remote.
    ///
    /// # Errors
    /// `service-missing`, the codes of the network and of the keychain.
    pub(crate) async fn library(&self) -> Result<Library> {
        let services = self.services().await?;
        let login = self.login().await?;
        let uri = services.library().map_err(|error| self.missing(error))?;
        self.sifter
            .contact(&host_of(uri).unwrap_or_default(), "library");
        Ok(Library::new(&self.client()?, uri, login)?)
    }

    /// Returns the keyservers that are to be asked, in their order, each with the login that belongs to it.
    ///
    /// # Errors
    /// `service-missing`, the codes of the network and of the keychain.
    pub(crate) async fn keyservers(&self) -> Result<Vec<RemoteKeyserver>> {
        if self.keyservers.is_empty() {
            let services = self.services().await?;
            let uri = services.keystore().map_err(|error| self.missing(error))?;
            let login = self.login().await?;
            return Ok(vec![keyserver(
                uri,
                login,
                &self.client()?.for_a_person(),
                false,
            )?]);
        }
        let mut servers = Vec::new();
        for listed in self.keyservers.iter().filter(|listed| !listed.skip) {
            let login = if listed.external {
                self.credential(&listed.uri)
            } else {
                self.login().await?
            };
            let client = self.sifter.client(self.way_to(listed))?.for_a_person();
            servers.push(keyserver(&listed.uri, login, &client, listed.external)?);
        }
        Ok(servers)
    }

    /// A keyserver that stands in the list with an address of plain http was meant so.
    fn way_to(&self, listed: &ListedKeyserver) -> Way {
        let is_plain = keyserver_url(&listed.uri).is_ok_and(|url| url.scheme() == "http");
        if listed.insecure {
            Way::AnyCertificate
        } else if is_plain && (listed.external || self.is_plain_http) {
            Way::PlainHttp
        } else {
            Way::Encrypted
        }
    }

    /// The login that a command line made at a keyserver.
    fn credential(&self, uri: &str) -> Option<Login> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let found = self
            .credentials
            .iter()
            .find(|credential| is_same_keyserver(&credential.uri, uri))?;
        let header = found.auth.as_ref()?.expose_secret();
        let (scheme, rest) = header.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Login::Token(rest.to_owned().into()));
        }
        let pair = zeroize::Zeroizing::new(STANDARD.decode(rest.trim()).ok()?);
        let (user, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
        Some(Login::Password {
            user: user.to_owned(),
            password: password.to_owned().into(),
        })
    }

    /// Returns the login at this remote; none where one is not signed in.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub(crate) async fn login(&self) -> Result<Option<Login>> {
        let token = match &self.cloud {
            Some(cloud) => Some(cloud.token.clone()),
            None => {
                let account = self.account();
                self.sifter
                    .off(move |sifter| sifter.secret_of(&account))
                    .await?
            }
        };
        Ok(token.map(|token| login_by(&token)))
    }

    pub(super) fn sifter(&self) -> &Sifter {
        &self.sifter
    }

    /// The name of the login in the keychain.
    pub(super) fn account(&self) -> String {
        account_of(&self.frontend)
    }

    /// Returns what a failure at this remote means; remembers it where the login is refused.
    pub(crate) fn fault(&self, error: scs_client::Error) -> ApiError {
        let error = ApiError::from(error);
        self.note_fault(&error);
        error
    }

    /// Remembers a failure at this remote that says that the login is refused, or that its services may have moved.
    pub(crate) fn note_fault(&self, error: &ApiError) {
        if is_out_of_reach(error.code) || error.code == ErrorCode::ServerAnswerInvalid {
            self.sifter.ask_remote_again(&self.frontend);
        }
        if error.code != ErrorCode::TokenExpired || self.cloud.is_some() {
            return;
        }
        let account = self.account();
        self.sifter.ask_keychain_again(&account);
        if let Err(failed) = self
            .sifter
            .change_login(&account, |record| record.is_refused = true)
        {
            tracing::warn!(code = ?failed.code, "that a login is refused is not kept");
        }
    }

    fn missing(&self, error: scs_client::Error) -> ApiError {
        let mut told = ApiError::from(error);
        if told.code == ErrorCode::ServiceMissing && !self.name.is_empty() {
            told.message = format!("{} (`{}`)", told.message, self.name);
        }
        told
    }
}

fn keyserver(
    uri: &str,
    login: Option<Login>,
    client: &Client,
    is_external: bool,
) -> Result<RemoteKeyserver> {
    Ok(RemoteKeyserver {
        has_login: login.is_some(),
        is_external,
        server: Keyserver::new(client, uri, login)?,
    })
}

/// Returns a login by a token.
pub(super) fn login_by(token: &Secret) -> Login {
    Login::Token(token.expose().to_owned().into())
}

/// Whether it says nothing about what is there.
pub(crate) fn is_out_of_reach(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Offline
            | ErrorCode::HostUnknown
            | ErrorCode::ServerUnreachable
            | ErrorCode::ProxyFailed
            | ErrorCode::ServerFailed
            | ErrorCode::RateLimited
    )
}

//! How this program reaches a remote: certificates, proxy, limits. One place for everything that opens a connection.

use reqwest::{Certificate, ClientBuilder, tls::Version};
use scs_types::Failure;
use transfer::{Http, Limits, Retry};

use crate::{
    error::{Cause, Error},
    proxy::{Proxy, Witness},
};

/// How a remote is reached. The same for its library, its keystore and for the bytes themselves.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Certificates in PEM that are trusted beside those of the system.
    pub roots: Vec<Vec<u8>>,
    /// The proxy.
    pub proxy: Proxy,
    /// How long the other side may take.
    pub limits: Limits,
    /// How often something is tried again.
    pub retry: Retry,
    /// What this program calls itself.
    pub user_agent: String,
    /// Whether plain http is allowed beyond this machine.
    pub is_plain_http: bool,
    /// Whether certificates are taken unseen, which a person must have asked for.
    pub any_certificate: bool,
    /// Who is told which servers are contacted.
    pub witness: Option<Witness>,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            proxy: Proxy::System,
            limits: Limits::default(),
            retry: Retry::default(),
            user_agent: concat!("Sifter/", env!("CARGO_PKG_VERSION")).to_owned(),
            is_plain_http: false,
            any_certificate: false,
            witness: None,
        }
    }
}

/// An open way to a remote. Cheap to clone: its connections are shared.
#[derive(Clone)]
pub struct Client {
    pub(crate) json: reqwest::Client,
    pub(crate) bytes: Http,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
    pub(crate) is_plain_http: bool,
}

const OPENING: &str = "setting up the connection";

impl Connection {
    /// The clients for everything that goes to this remote.
    ///
    /// # Errors
    ///
    /// [`Cause::Settings`]: a certificate cannot be read, or the settings do not fit together.
    pub fn open(&self) -> Result<Client, Error> {
        let words =
            |status, kind: Option<&str>, body: &[u8]| Failure::read(status, kind, body).message;
        let settings =
            |error: transfer::Error| Error::local(OPENING, Cause::Settings(error.to_string()));
        let json = self
            .builder()?
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.limits.connect)
            .build()
            .map_err(|error| settings(error.into()))?;
        Ok(Client {
            json,
            bytes: Http::new(self.builder()?, self.limits, words).map_err(settings)?,
            limits: self.limits,
            retry: self.retry,
            is_plain_http: self.is_plain_http,
        })
    }

    /// A builder of clients that go the same way, for services that this room does not know.
    ///
    /// # Errors
    ///
    /// [`Cause::Settings`]: a certificate cannot be read.
    pub fn builder(&self) -> Result<ClientBuilder, Error> {
        let mut roots = Vec::new();
        for pem in &self.roots {
            let read = Certificate::from_pem_bundle(pem).map_err(|_| {
                let why = "a certificate cannot be read".to_owned();
                Error::local(OPENING, Cause::Settings(why))
            })?;
            roots.extend(read);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .referer(false)
            .tls_version_min(Version::TLS_1_2)
            .tls_danger_accept_invalid_certs(self.any_certificate);
        if !roots.is_empty() {
            builder = builder.tls_certs_merge(roots);
        }
        Ok(self.proxy.apply(builder, self.witness.clone()))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}

impl Client {
    /// The client for bytes, for transfers that this room does not know.
    #[must_use]
    pub const fn http(&self) -> &Http {
        &self.bytes
    }

    /// The same for a person who waits for the answer: what fails is tried once more and no oftener.
    #[must_use]
    pub fn for_a_person(mut self) -> Self {
        self.retry.tries = self.retry.tries.min(2);
        self
    }

    /// How often something is tried again.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        self.retry
    }
}

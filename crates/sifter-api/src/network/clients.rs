//! Clients as the settings say. They are kept until a setting or the file with certificates changes.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Mutex, MutexGuard},
};

use scs_client::{Client, Connection, Proxy};
use transfer::Retry;

use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files::{OpenFile, Stamp},
};

/// No file with certificates is larger.
const LARGEST: u64 = 4 << 20;

/// What a client may do beyond asking servers that prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// Nothing more.
    Encrypted,
    /// The person marked the remote for plain http.
    PlainHttp,
    /// The list of remotes says that the certificate of this keyserver is not to be checked.
    AnyCertificate,
}

/// The clients that were made.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    of: Option<Wishes>,
    clients: HashMap<Way, Client>,
    registries: Option<oci::Client>,
}

/// What clients are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wishes {
    proxy: String,
    ca_file: String,
    ca_stamp: Option<Stamp>,
}

impl Sifter {
    /// Returns the client for everything that goes this way.
    ///
    /// # Errors
    /// The codes of files for the file with certificates, `input-invalid` for what is none.
    pub(crate) fn client(&self, way: Way) -> Result<Client> {
        let (wishes, mut kept) = self.wishes_and_clients();
        if let Some(client) = kept.clients.get(&way) {
            return Ok(client.clone());
        }
        let mut connection = connection(&wishes, way)?;
        connection.witness = Some(self.witness());
        let client = connection.open()?;
        kept.clients.insert(way, client.clone());
        Ok(client)
    }

    /// Returns the client for OCI registries.
    ///
    /// # Errors
    /// As those of [`Sifter::client`].
    pub(crate) fn registry_client(&self) -> Result<oci::Client> {
        let (wishes, mut kept) = self.wishes_and_clients();
        if let Some(client) = &kept.registries {
            return Ok(client.clone());
        }
        let mut way = connection(&wishes, Way::Encrypted)?;
        way.witness = Some(self.witness());
        let client = oci::Client::open(way.builder()?, way.builder()?, way.limits, way.retry)?;
        kept.registries = Some(client.clone());
        Ok(client)
    }

    /// What clients are to be like now, and those that are.
    fn wishes_and_clients(&self) -> (Wishes, MutexGuard<'_, Kept>) {
        let settings = self.settings_now().settings;
        let stamp = fs::metadata(&settings.ca_file).ok();
        let wishes = Wishes {
            ca_stamp: stamp.as_ref().map(Stamp::of),
            proxy: settings.proxy,
            ca_file: settings.ca_file,
        };
        let mut kept = crate::lock(&self.inner.network.clients.0);
        if kept.of.as_ref() != Some(&wishes) {
            *kept = Kept {
                of: Some(wishes.clone()),
                ..Kept::default()
            };
        }
        (wishes, kept)
    }
}

fn connection(wishes: &Wishes, way: Way) -> Result<Connection> {
    // Programs choose it at their start; a test that did not gets the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut connection = Connection {
        is_plain_http: way != Way::Encrypted,
        any_certificate: way == Way::AnyCertificate,
        // What takes longer is tried again by tasks, where a person sees it.
        retry: Retry::unseen(),
        ..Connection::default()
    };
    if !wishes.proxy.is_empty() {
        connection.proxy = Proxy::At(wishes.proxy.clone().into());
    }
    if !wishes.ca_file.is_empty() {
        connection
            .roots
            .push(read_authorities(Path::new(&wishes.ca_file))?);
    }
    Ok(connection)
}

/// Returns the text of a file that has at least one certificate that can be used.
fn read_authorities(path: &Path) -> Result<Vec<u8>> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    let bytes = OpenFile::open(path)?.read(LARGEST)?.ok_or_else(|| {
        let message = format!("`{}` is too large for certificates", name_of(path));
        ApiError::new(ErrorCode::InputInvalid, message)
    })?;
    if bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Ok(bytes);
    }
    let message = format!("`{}` has no certificate in PEM", name_of(path));
    Err(ApiError::new(ErrorCode::InputInvalid, message)
        .with_hint("choose the file with the certificate of your site's authority"))
}

/// Returns whether clients can be made with the authorities of the file.
///
/// # Errors
/// The codes of files; `input-invalid` for what is no certificate.
pub(crate) fn check_authorities(path: &Path) -> Result<()> {
    let wishes = Wishes {
        proxy: String::new(),
        ca_file: path.to_string_lossy().into_owned(),
        ca_stamp: None,
    };
    connection(&wishes, Way::Encrypted)?.open()?;
    Ok(())
}

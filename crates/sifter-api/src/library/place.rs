//! Which library a reference or a screen means, with the login that belongs to it.

use scs_client::Library;
use scs_types::library::{BadReference, ContainerPath, Host};

use super::reference::{self, KnownRemote, Reading};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    network::{Way, host_of},
    remotes::{Remote, exclusive},
    units::RemoteId,
};

/// A library, ready to be asked.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) library: Library,
    /// None: a host that a reference names and no remote has.
    remote: Option<Remote>,
    /// Host and port, as references name it.
    pub(super) host: String,
    pub(super) is_plain_http: bool,
}

impl Place {
    /// Returns the same for a person who waits for the answer.
    fn impatient(mut self) -> Self {
        self.library = self.library.impatient();
        self
    }

    /// Returns what a failure there means.
    pub(super) fn fault(&self, error: scs_client::Error) -> ApiError {
        match &self.remote {
            Some(remote) => remote.fault(error),
            None => error.into(),
        }
    }

    /// Whether this account may change things there, as far as is known.
    pub(super) fn may_write(&self) -> bool {
        !self.library.is_anonymous()
    }
}

impl Sifter {
    /// Returns the library of a remote, for a person who waits for its answer. On the threads of the network.
    pub(super) async fn library_of(&self, id: &RemoteId) -> Result<Place> {
        Ok(self.patient_library_of(id).await?.impatient())
    }

    /// Returns the library of a remote, for a transfer. On the threads of the network.
    pub(super) async fn patient_library_of(&self, id: &RemoteId) -> Result<Place> {
        let remote = self.remote(id).await?;
        let library = remote.library().await?;
        let services = remote.services().await?;
        let uri = services.library().map_err(ApiError::from)?;
        Ok(Place {
            library,
            host: host_of(uri).unwrap_or_else(|| remote.host()),
            is_plain_http: uri.starts_with("http://"),
            remote: Some(remote),
        })
    }

    /// Returns the library at a host that no remote has. This machine is asked without encryption, as nobody can listen.
    /// Where the administrator allows one remote alone, it must be the library of that one.
    async fn library_at(&self, host: &str) -> Result<Place> {
        if let Some(only) = self.only_remote().await? {
            return match self.patient_library_of(&only.id).await {
                Ok(place) if place.host.eq_ignore_ascii_case(host) => Ok(place),
                _ => Err(exclusive(&only.name)),
            };
        }
        let parsed: Host = host.parse().map_err(|error| bad_reference(&error))?;
        let is_plain_http = is_this_machine(host);
        let client = self.client(if is_plain_http {
            Way::PlainHttp
        } else {
            Way::Encrypted
        })?;
        self.contact(host, "library");
        Ok(Place {
            library: Library::at_host(&client, &parsed, is_plain_http)?,
            remote: None,
            host: host.to_owned(),
            is_plain_http,
        })
    }

    /// Returns the library that a reference means, for a person who waits for its answer.
    pub(super) async fn library_for(&self, remote: Option<&RemoteId>, host: &str) -> Result<Place> {
        Ok(self.patient_library_for(remote, host).await?.impatient())
    }

    /// Returns the library that a reference means, for a transfer.
    pub(super) async fn patient_library_for(
        &self,
        remote: Option<&RemoteId>,
        host: &str,
    ) -> Result<Place> {
        match remote {
            Some(id) => self.patient_library_of(id).await,
            None => self.library_at(host).await,
        }
    }

    /// Reads a reference with the remotes that are known now. Blocks.
    pub(crate) fn reading_of(&self, text: &str, remote: Option<&RemoteId>) -> Option<Reading> {
        let current = self.current_remote();
        reference::read(
            text,
            &self.remotes_by_host(),
            Some(remote.unwrap_or(&current)),
        )
    }

    fn remotes_by_host(&self) -> Vec<KnownRemote> {
        let mut remotes: Vec<KnownRemote> = Vec::new();
        for (id, host) in self.known_hosts() {
            match remotes.iter_mut().find(|remote| remote.id == id) {
                Some(remote) => remote.hosts.push(host),
                None => remotes.push(KnownRemote {
                    id,
                    hosts: vec![host],
                }),
            }
        }
        remotes
    }
}

/// Whether a host with its port is this machine, by its name or address alone.
pub(super) fn is_this_machine(host: &str) -> bool {
    host.parse::<oci::Host>()
        .is_ok_and(|host| host.is_this_machine())
}

/// Returns the error for a text that is no reference.
pub(super) fn bad_reference(error: &BadReference) -> ApiError {
    let code = match error {
        BadReference::Name(_) | BadReference::Tag(_) => ErrorCode::NameNotAllowed,
        _ => ErrorCode::ReferenceInvalid,
    };
    ApiError::new(code, error.to_string())
}

/// Reads `entity/collection/container`.
pub(super) fn container_path(path: &str) -> Result<ContainerPath> {
    let parsed: ContainerPath = path.parse().map_err(|error| bad_reference(&error))?;
    if parsed.whole().is_none() {
        return Err(bad_reference(&BadReference::NotWhole));
    }
    Ok(parsed)
}

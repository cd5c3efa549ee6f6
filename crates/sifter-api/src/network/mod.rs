//! The one way to the network: its threads, its clients as the settings say, what it said when it failed, whom it
//! talked to, and the embedded cloud.
//!
//! Nothing here is started before something asks for it.

mod clients;
mod cloud;
mod contacts;
mod fault;
mod registries;
mod threads;

pub(crate) use clients::{Clients, Way, check_authorities};
pub(crate) use cloud::{LocalCloud, Place as CloudPlace, RunningCloud, SESSION, listen, told};
pub(crate) use contacts::Contacts;
pub(crate) use fault::host_of;
pub(crate) use threads::{on_network, wait_for};

/// What is remembered of the network while the program runs.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) clients: Clients,
    pub(crate) contacts: Contacts,
    pub(crate) cloud: LocalCloud,
}

//! What Sifter tells on its own: one stream, any number of listeners.

use std::sync::Mutex;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    keys::LockState,
    settings::SettingsView,
    tasks::TaskEvent,
    units::{ImageId, RemoteId},
};

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiEvent {
    /// Of one task.
    Task(TaskEvent),
    /// Rows of Images changed, came or went.
    ImagesChanged(Vec<ImageId>),
    /// The list of watched folders, or the state of one, changed.
    FoldersChanged,
    /// A keyring file or trust in a key changed.
    KeysChanged,
    /// Keys were locked or unlocked.
    LockChanged(LockState),
    /// A setting changed.
    SettingsChanged(SettingsView),
    /// Files that were opened from outside wait to be taken.
    FilesOpened,
    /// A remote, a login, the current remote or the embedded cloud changed.
    RemotesChanged,
    /// What a library holds was changed by this program: the remote, and the path of the container.
    LibraryChanged(RemoteId, String),
    /// Links that came from outside wait to be taken.
    LinkOpened,
}

/// The receiving end of one listener. Nothing is lost between two calls of [`EventStream::next`].
#[derive(Debug)]
pub struct EventStream(UnboundedReceiver<ApiEvent>);

impl EventStream {
    /// Returns the next event; nothing once Sifter is gone.
    pub async fn next(&mut self) -> Option<ApiEvent> {
        self.0.recv().await
    }

    /// Returns an event that is there already.
    pub fn try_next(&mut self) -> Option<ApiEvent> {
        self.0.try_recv().ok()
    }
}

/// All listeners.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<UnboundedSender<ApiEvent>>>);

impl Listeners {
    pub(crate) fn subscribe(&self) -> EventStream {
        let (sender, receiver) = unbounded_channel();
        crate::lock(&self.0).push(sender);
        EventStream(receiver)
    }

    pub(crate) fn send(&self, event: &ApiEvent) {
        crate::lock(&self.0).retain(|listener| listener.send(event.clone()).is_ok());
    }
}

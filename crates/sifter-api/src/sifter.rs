//! The one object that a front end holds.

use std::sync::Arc;

use crate::{
    Result,
    events::{ApiEvent, EventStream, Listeners},
    homes::{Clock, Homes},
    keychain::Keychain,
};

/// Everything that a user can ask for. A clone is cheap and means the same.
#[derive(Clone, Debug)]
pub struct Sifter {
    pub(crate) inner: Arc<Inner>,
}

/// What all functions share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) homes: Homes,
    pub(crate) keychain: Arc<dyn Keychain>,
    pub(crate) clock: Clock,
    pub(crate) listeners: Listeners,
}

impl Sifter {
    /// Returns Sifter at work in `homes`. Reads settings and the database, starts no program and opens no connection.
    ///
    /// # Errors
    /// The data folder cannot be written.
    pub fn start(homes: Homes, keychain: Arc<dyn Keychain>, clock: Clock) -> Result<Self> {
        Ok(Self { inner: Arc::new(Inner { homes, keychain, clock, listeners: Listeners::default() }) })
    }

    /// Returns a stream of everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> EventStream {
        self.inner.listeners.subscribe()
    }

    pub(crate) fn tell(&self, event: &ApiEvent) {
        self.inner.listeners.send(event);
    }

    /// Runs blocking `work` off the async threads.
    pub(crate) async fn off<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let sifter = self.clone();
        tokio::task::spawn_blocking(move || work(&sifter)).await?
    }
}

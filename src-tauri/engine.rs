//! Sifter itself as the commands see it: running, or the reason why it could not start.

use std::sync::Arc;

use sifter_api::{
    ApiError, Clock, Homes, Sifter,
    keychain::{Keychain, system_keychain},
};

/// What every command asks for first. Managed by Tauri from before the page loads.
///
/// A failed start is kept and answered to each command, so that the window opens and says why in the person's words
/// instead of vanishing.
#[derive(Debug)]
pub struct Engine(Result<Sifter, ApiError>);

impl Engine {
    /// Starts Sifter for the person who runs the program, with the keychain of the system.
    #[must_use]
    pub fn of_this_user() -> Self {
        Self(Homes::of_this_user().and_then(|homes| start(homes, system_keychain())))
    }

    /// Starts Sifter in `homes`, for tests.
    #[must_use]
    pub fn start(homes: Homes, keychain: Arc<dyn Keychain>) -> Self {
        Self(start(homes, keychain))
    }

    /// An engine that failed to start, for tests.
    #[must_use]
    pub fn failed(error: ApiError) -> Self {
        Self(Err(error))
    }

    /// Returns Sifter.
    ///
    /// # Errors
    /// What kept it from starting.
    pub fn sifter(&self) -> Result<&Sifter, ApiError> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

/// Sifter spawns its workers on the runtime that is current, which is Tauri's.
fn start(homes: Homes, keychain: Arc<dyn Keychain>) -> Result<Sifter, ApiError> {
    let started =
        tauri::async_runtime::block_on(async { Sifter::start(homes, keychain, Clock::system()) });
    match &started {
        Ok(sifter) => sifter.warm_up(),
        Err(error) => tracing::error!(code = ?error.code, "sifter did not start: {error}"),
    }
    started
}

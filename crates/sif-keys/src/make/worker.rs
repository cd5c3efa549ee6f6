//! Makes a key on another thread, so that the caller can stop waiting at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::NewKey;
use crate::error::Error;
use crate::secret::SecretCertificate;

/// How often a waiting caller looks whether it was cancelled.
const STEP: Duration = Duration::from_millis(50);

/// Says to stop. Clones say it together.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Says to stop; it stays said.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns whether somebody said to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A key that is being made.
#[derive(Debug)]
pub struct Making {
    result: Receiver<Result<SecretCertificate, Error>>,
    cancel: Cancel,
}

impl Making {
    /// Starts to make a key.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(key: NewKey) -> Result<Self, Error> {
        let (sender, result) = channel();
        let cancel = Cancel::default();
        let flag = cancel.clone();
        let work = move || {
            let made = key.find_numbers().and_then(|numbers| {
                if flag.is_cancelled() {
                    Err(Error::Cancelled)
                } else {
                    key.assemble(numbers)
                }
            });
            // Nobody may be waiting any more; then the key is wiped where it is.
            let _ = sender.send(made);
        };
        std::thread::Builder::new()
            .name("make-key".to_owned())
            .spawn(work)
            .map_err(|error| Error::OpenPgp {
                what: "making a key",
                reason: error.to_string(),
            })?;
        Ok(Self { result, cancel })
    }

    /// Returns the handle that stops the wait.
    pub fn cancel_handle(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Waits for the key.
    ///
    /// # Errors
    /// `Cancelled` within a fraction of a second after the handle was used; the search goes on for some seconds on
    /// its own thread and its result is wiped. Otherwise what [`NewKey::make`] says.
    pub fn wait(self) -> Result<SecretCertificate, Error> {
        loop {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            match self.result.recv_timeout(STEP) {
                Ok(made) => return made,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::OpenPgp {
                        what: "making a key",
                        reason: "the search ended early".to_owned(),
                    });
                }
            }
        }
    }
}

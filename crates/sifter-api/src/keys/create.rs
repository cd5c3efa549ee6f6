//! Making a key pair.

use std::time::Duration;

use sif_keys::{Making, NewAlgorithm, UserName};

use super::{
    KeepPassphrase, NewKey, NewKeyKind, failure::identity_error, key_error, keyring_error,
    unlock::passphrase_of,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    tasks::{Answer, Job, TaskContext, TaskOutcome, TaskPhase},
    units::TaskId,
};

/// How often the person's wish to cancel is looked for.
const LOOK: Duration = Duration::from_millis(100);

impl Sifter {
    /// Starts to make a key pair and to put it into the keyrings. It is trusted: it is the person's own.
    ///
    /// # Errors
    /// `key-name-not-allowed`, `input-invalid`.
    pub async fn create_key(
        &self,
        key: NewKey,
        passphrase: Secret,
        keep: KeepPassphrase,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            let name = UserName::new(&key.name, &key.comment, &key.mail)
                .map_err(|error| identity_error(&error))?;
            if key.expires.is_some_and(|end| end <= sifter.now()) {
                return Err(ApiError::new(
                    ErrorCode::InputInvalid,
                    "the key would have expired already",
                ));
            }
            let answer = Answer { passphrase, keep };
            sifter
                .inner
                .tasks
                .start(Job::CreateKey { key }, name.to_string(), Some(answer))
        })
        .await
    }
}

/// The work of the task.
pub(crate) fn make(sifter: &Sifter, task: &TaskContext, wanted: &NewKey) -> Result<TaskOutcome> {
    let answer = task.ask_passphrase("", false)?;
    task.begin(TaskPhase::MakeKey, None);
    let key = sif_keys::NewKey {
        algorithm: match wanted.kind {
            NewKeyKind::Rsa4096 => NewAlgorithm::Rsa4096,
            NewKeyKind::Ed25519 => NewAlgorithm::Ed25519,
        },
        name: UserName::new(&wanted.name, &wanted.comment, &wanted.mail)
            .map_err(|error| identity_error(&error))?,
        passphrase: passphrase_of(&answer.passphrase),
        now: sifter.now().0,
        expires: wanted.expires.map(|end| end.0),
    };
    let made = wait_for(task, key)?;
    task.begin(TaskPhase::Write, None);
    let keyrings = sifter.keyrings_to_write()?;
    let pause = &mut |pause| sifter.wait(pause) && !task.is_cancelled();
    keyrings
        .add_secret(&made, pause)
        .map_err(|error| keyring_error(&error))?;
    sifter.keys_changed();
    let fingerprint = made.fingerprint();
    if !answer.passphrase.is_empty()
        && let Err(error) = sifter.keep_passphrase(fingerprint, &answer.passphrase, answer.keep)
    {
        // The key is made; it only has to be unlocked again.
        task.log(error.message);
    }
    Ok(TaskOutcome::KeyCreated {
        fingerprint: fingerprint.to_string(),
    })
}

fn wait_for(task: &TaskContext, key: sif_keys::NewKey) -> Result<sif_keys::SecretCertificate> {
    let making = Making::start(key).map_err(|error| key_error(&error))?;
    let cancel = making.cancel_handle();
    let (ended, end) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(LOOK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if task.is_cancelled() {
                    cancel.cancel();
                    return;
                }
            }
        });
        let made = making.wait().map_err(|error| key_error(&error));
        drop(ended);
        made
    })
}

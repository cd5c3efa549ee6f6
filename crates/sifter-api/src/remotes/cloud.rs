//! The embedded cloud as a person sees it: where it is, how much is in it, and the tokens of command lines.

use scs_server::{NewToken, TokenEntry};
use secrecy::ExposeSecret as _;

use super::{CloudToken, CloudView};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    events::ApiEvent,
    network::SESSION,
    units::{ByteCount, Timestamp},
};

/// No name of a token is longer.
const LONGEST_NAME: usize = 100;

impl Sifter {
    /// Starts the embedded cloud where it does not run yet, and describes it.
    ///
    /// # Errors
    /// The codes of files; `cloud-in-use` when another Sifter has it.
    pub async fn cloud(&self) -> Result<CloudView> {
        let cloud = self.local_cloud().await?;
        self.off(move |sifter| {
            let totals = cloud.totals()?;
            Ok(CloudView {
                is_running: true,
                address: Some(cloud.address()),
                images: u32::try_from(totals.images).unwrap_or(u32::MAX),
                used: ByteCount(totals.bytes),
                quota: None,
                tokens: cloud.tokens()?.iter().map(token_view).collect(),
                commands: commands(sifter.profile().is_apptainer(), cloud.port),
            })
        })
        .await
    }

    /// Makes a token for a command line at the embedded cloud. The caller hands it over and forgets it.
    ///
    /// # Errors
    /// As for starting it.
    pub async fn new_cloud_token(
        &self,
        name: String,
        days: Option<u32>,
    ) -> Result<(CloudToken, Secret)> {
        let name = checked_name(&name)?;
        let cloud = self.local_cloud().await?;
        self.off(move |sifter| {
            let (now, expires) = times(sifter, days)?;
            let token = cloud.issue(&name, expires)?;
            sifter.tell(&ApiEvent::RemotesChanged);
            let view = new_token_view(&token, name, now, expires);
            Ok((view, Secret::new(token.secret.expose_secret().to_owned())))
        })
        .await
    }

    /// Makes a token of the embedded cloud worthless.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn revoke_cloud_token(&self, id: String) -> Result<()> {
        let cloud = self.local_cloud().await?;
        self.off(move |sifter| {
            if !cloud.tokens()?.iter().any(|token| token.id == id) {
                let message = "this token is not known any more";
                return Err(ApiError::new(ErrorCode::HandleUnknown, message));
            }
            cloud.revoke(&id)?;
            sifter.tell(&ApiEvent::RemotesChanged);
            Ok(())
        })
        .await
    }
}

/// The name of a token as it is kept.
pub(super) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    let is_good = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    if is_good {
        return Ok(name.to_owned());
    }
    let message = "a token needs a name of one line";
    Err(ApiError::new(ErrorCode::InputInvalid, message))
}

/// Now, and when so many days are over.
pub(super) fn times(
    sifter: &Sifter,
    days: Option<u32>,
) -> Result<(jiff::Timestamp, Option<jiff::Timestamp>)> {
    let now = jiff::Timestamp::try_from(sifter.inner.clock.now())
        .map_err(|error| ApiError::internal(&error))?;
    let after = |days: u32| {
        let too_many = |_| ApiError::new(ErrorCode::InputInvalid, "so many days are too many");
        let time = jiff::SignedDuration::from_secs(i64::from(days) * 24 * 3600);
        now.checked_add(time).map_err(too_many)
    };
    Ok((now, days.map(after).transpose()?))
}

pub(super) fn new_token_view(
    token: &NewToken,
    name: String,
    now: jiff::Timestamp,
    expires: Option<jiff::Timestamp>,
) -> CloudToken {
    CloudToken {
        id: token.id.clone(),
        name,
        created: Timestamp(now.as_second()),
        expires: expires.map(|time| Timestamp(time.as_second())),
        last_used: None,
    }
}

/// Whether a person made this token, and it was not taken back.
pub(super) fn is_of_a_person(token: &TokenEntry) -> bool {
    token.label != SESSION && token.revoked.is_none()
}

pub(super) fn token_view(token: &TokenEntry) -> CloudToken {
    let time = |time: jiff::Timestamp| Timestamp(time.as_second());
    CloudToken {
        id: token.id.clone(),
        name: token.label.clone(),
        created: time(token.created),
        expires: token.expires.map(time),
        last_used: token.used.map(time),
    }
}

/// `remote add` cannot keep a port, so the list of remotes is written, in a folder of its own. The name `localhost` is
/// the one that the command lines trust without encryption.
fn commands(is_apptainer: bool, port: u16) -> Vec<String> {
    let (program, variable) = if is_apptainer {
        ("apptainer", "APPTAINER_CONFIGDIR")
    } else {
        ("singularity", "SINGULARITY_CONFIGDIR")
    };
    let file = [
        "Active: ThisComputer".to_owned(),
        "Remotes:".to_owned(),
        "    ThisComputer:".to_owned(),
        format!("        URI: http://localhost:{port}"),
        "        System: false".to_owned(),
        "        Exclusive: false".to_owned(),
        "        Insecure: true".to_owned(),
    ]
    .join("\\n");
    vec![
        format!("export {variable}=\"$HOME/.sifter-cloud\""),
        format!("mkdir -p -m 700 \"${variable}\""),
        format!("printf '{file}\\n' > \"${variable}/remote.yaml\""),
        format!("{program} remote login ThisComputer"),
        format!("{program} push -U image.sif library://NAME/COLLECTION/IMAGE:latest"),
    ]
}

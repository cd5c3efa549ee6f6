//! OCI registries: the way to them with the login that is kept, and what they say when something fails.

use oci::{Cause, Host, Login, Registry};

use super::fault::code_of_way;
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
};

impl Sifter {
    /// Returns a registry with the login that is kept for it.
    ///
    /// # Errors
    /// The codes of the keychain and of the file with certificates.
    pub(crate) async fn registry(&self, host: &Host) -> Result<Registry> {
        let kept = self.registry_login(host.as_str()).await?;
        let login = kept.map(|(user, password)| Login::Password {
            user,
            password: password.expose().to_owned().into(),
        });
        let is_plain_http = self.registry_is_plain(host.as_str());
        let client = self.registry_client()?;
        self.contact(host.as_str(), "registry");
        Ok(Registry::new(&client, host.clone(), login, is_plain_http))
    }
}

impl From<oci::Error> for ApiError {
    fn from(error: oci::Error) -> Self {
        if matches!(error.cause(), Cause::Transfer(_)) {
            let operation = error.operation;
            return match error.into_cause() {
                Cause::Transfer(inner) => Self::from(inner),
                other => Self::new(ErrorCode::Internal, format!("{operation}: {other}")),
            };
        }
        let code = code_of(&error);
        let message = match error.server.as_str() {
            "" => format!("{}: {}", error.operation, error.cause()),
            server => format!("{} at `{server}`: {}", error.operation, error.cause()),
        };
        let told = Self::new(code, message).because(&error).after(error.wait());
        with_hint(told, error.cause())
    }
}

fn code_of(error: &oci::Error) -> ErrorCode {
    match error.cause() {
        Cause::SignIn {
            was_anonymous: true,
            ..
        } => ErrorCode::TokenMissing,
        Cause::SignIn { .. } | Cause::Login | Cause::UnknownSignIn(_) => ErrorCode::LoginRefused,
        Cause::Forbidden { .. } => ErrorCode::Forbidden,
        Cause::Missing { .. } => ErrorCode::NotFoundOrPrivate,
        Cause::TooLarge { .. } | Cause::Settings(_) => ErrorCode::InputInvalid,
        Cause::Busy { .. } => ErrorCode::RateLimited,
        Cause::Server { .. } => ErrorCode::ServerFailed,
        Cause::Refused { .. } if error.may_pass() => ErrorCode::ServerFailed,
        Cause::Refused { .. } => ErrorCode::InputInvalid,
        Cause::OciImage => ErrorCode::TransportUnsupported,
        Cause::NotSif { .. } => ErrorCode::NotSif,
        Cause::NoArchitecture { .. } => ErrorCode::ArchMissing,
        Cause::Digest { .. } => ErrorCode::DigestMismatch,
        Cause::Answer(_) | Cause::Redirect(_) => ErrorCode::ServerAnswerInvalid,
        Cause::NotARegistry => ErrorCode::ServiceMissing,
        Cause::Network(way) => code_of_way(*way),
        Cause::Stopped => ErrorCode::Cancelled,
        _ => ErrorCode::Internal,
    }
}

fn with_hint(error: ApiError, cause: &Cause) -> ApiError {
    match cause {
        Cause::TooLarge { .. } => {
            error.with_hint("ask the registry's administrator for a higher limit")
        }
        Cause::SignIn { .. } => error.with_hint("sign in to the registry in Settings, Remotes"),
        Cause::UnknownSignIn(_) => error.with_hint("ask the registry's administrator for a password or token"),
        Cause::OciImage => error.with_hint(
            "an OCI image would have to be turned into a SIF image first: `apptainer pull` with `docker://` does that",
        ),
        Cause::NotARegistry => error.with_hint("check the registry's name"),
        _ => error,
    }
}

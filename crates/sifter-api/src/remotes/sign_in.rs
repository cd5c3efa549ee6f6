//! Signing in and out by a token.

use scs_client::{Library, TokenState, Tokens};

use super::{
    AccountView, KeepLogin, LoginView, RemoteKind,
    logins::{expiry_of, trimmed},
    lookup::{Remote, login_by},
    records::LoginRecord,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    network::{host_of, on_network},
    tasks::TaskNeed,
    units::RemoteId,
};

impl Sifter {
    /// Checks a token and keeps it instead of the one before. A token that is refused changes nothing.
    ///
    /// # Errors
    /// `token-wrong`, `token-expired`, the codes of the network and of the keychain.
    pub async fn sign_in(&self, id: RemoteId, token: Secret, keep: KeepLogin) -> Result<LoginView> {
        let sifter = self.clone();
        on_network(async move {
            let token = trimmed(&token)?;
            let remote = sifter.remote_with_logins(&id).await?;
            let record = remote.check(&token).await?;
            let account = remote.account();
            sifter
                .off(move |sifter| {
                    let before = sifter.login_record(&account);
                    let shared = before.and_then(|(record, _)| record.shared);
                    sifter.keep_login(&account, &token, record, keep)?;
                    sifter.inner.remotes.set_problem(&remote.id, None);
                    // Transfers that waited for this go on.
                    let need = TaskNeed::SignIn {
                        remote: remote.id.clone(),
                    };
                    sifter.inner.tasks.signed_in(&need);
                    if let Some(shared) = shared {
                        sifter.share_again(&remote, &account, &token, &shared);
                    }
                    Ok(sifter.login_view(&account))
                })
                .await
        })
        .await
    }

    /// Checks a token and uses it until Sifter ends. A login that is kept, here or shared with the command line, stays as
    /// it is.
    ///
    /// # Errors
    /// `token-wrong`, `token-expired`, the codes of the network.
    pub async fn use_token(&self, id: RemoteId, token: Secret) -> Result<()> {
        let sifter = self.clone();
        on_network(async move {
            let token = trimmed(&token)?;
            let remote = sifter.remote_with_logins(&id).await?;
            let record = remote.check(&token).await?;
            sifter.use_login(&remote.account(), &token, record);
            Ok(())
        })
        .await
    }

    /// Forgets the login of a remote, also where it was shared.
    ///
    /// # Errors
    /// `remote-unknown`, and the codes of the keychain.
    pub async fn sign_out(&self, id: RemoteId) -> Result<()> {
        let remote = self.remote_with_logins(&id).await?;
        self.off(move |sifter| {
            let account = remote.account();
            sifter.take_back(&remote, &account)?;
            sifter.forget_login(&account)
        })
        .await
    }

    /// Returns a remote that has logins: any but this computer.
    pub(super) async fn remote_with_logins(&self, id: &RemoteId) -> Result<Remote> {
        if *id == RemoteId::this_computer() {
            let message = "this computer knows its person without a login";
            return Err(ApiError::new(ErrorCode::RemoteFixed, message));
        }
        let id = id.clone();
        self.off(move |sifter| sifter.listed_remote(&id)).await
    }
}

impl Remote {
    /// Returns what the remote says of a token.
    ///
    /// # Errors
    /// `token-wrong`, `token-expired`, `service-missing`, the codes of the network.
    async fn check(&self, token: &Secret) -> Result<LoginRecord> {
        let services = self.services().await?;
        let client = self.client()?.for_a_person();
        let uri = services.token()?;
        let contact = |uri: &str| {
            let host = host_of(uri).unwrap_or_default();
            self.sifter().contact(&host, "token");
        };
        contact(uri);
        let now = self.sifter().now();
        let expires = expiry_of(token);
        match Tokens::new(&client, uri, Some(login_by(token)))?
            .state()
            .await
        {
            TokenState::Valid => {}
            TokenState::Unknown(error) => return Err(error.into()),
            TokenState::Invalid(error) => {
                let is_old = expires.is_some_and(|end| end <= now);
                let (code, words) = if is_old {
                    (ErrorCode::TokenExpired, "this token has expired")
                } else {
                    (ErrorCode::TokenWrong, "this token is not accepted")
                };
                let message = format!("checking the token at `{}`: {words}", self.host());
                return Err(ApiError::new(code, message).because(&error));
            }
        }
        let mut account = None;
        if let Ok(uri) = services.library() {
            contact(uri);
            let library = Library::new(&client, uri, Some(login_by(token)))?;
            // Not every service says it, and the token is good without.
            account = library.current_user().await.ok().flatten();
        }
        Ok(LoginRecord {
            account: account
                .filter(|user| !user.username.is_empty())
                .map(|user| AccountView {
                    name: user.username,
                    mail: Some(user.email).filter(|mail| !mail.is_empty()),
                }),
            expires,
            checked: Some(now),
            ..LoginRecord::default()
        })
    }

    /// Asks whether the login that is kept holds, and remembers the answer. Without one there is nothing to ask.
    ///
    /// # Errors
    /// As for a new token.
    pub(super) async fn check_login(&self) -> Result<()> {
        if self.kind == RemoteKind::ThisComputer {
            return Ok(());
        }
        let account = self.account();
        let asked = account.clone();
        let token = self
            .sifter()
            .off(move |sifter| {
                sifter.ask_keychain_again(&asked);
                sifter.secret_of(&asked)
            })
            .await?;
        let Some(token) = token else {
            return Ok(());
        };
        let checked = self.check(&token).await;
        let refused = checked.as_ref().err().is_some_and(|error| {
            matches!(error.code, ErrorCode::TokenWrong | ErrorCode::TokenExpired)
        });
        let fresh = checked.as_ref().ok().cloned();
        self.sifter()
            .off(move |sifter| {
                sifter.change_login(&account, |record| {
                    if let Some(fresh) = fresh {
                        let (shared, serial) = (record.shared.take(), record.serial);
                        *record = LoginRecord {
                            shared,
                            serial,
                            ..fresh
                        };
                    }
                    record.is_refused = refused;
                })
            })
            .await?;
        checked.map(drop)
    }
}

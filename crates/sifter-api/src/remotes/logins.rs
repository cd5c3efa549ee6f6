//! Tokens and passwords: in the keychain, or in memory until Sifter ends. A login belongs to an address and goes
//! nowhere else.

use std::{collections::HashMap, sync::Mutex};

use sha2::{Digest as _, Sha256};

use super::{KeepLogin, KeptWhere, LoginView, records::LoginRecord};
use crate::{
    ApiEvent, Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
};

/// Logins in memory.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    known: Mutex<HashMap<String, Known>>,
    /// Why the keychain did not answer when it was asked last.
    keychain: Mutex<Option<ApiError>>,
}

#[derive(Clone, Debug)]
struct Known {
    secret: Secret,
    /// Only here, not in the keychain.
    only_here: Option<LoginRecord>,
    /// Which login of this account it is; another Sifter may have kept another one since.
    serial: u64,
}

impl Sifter {
    /// Returns the token or password of `account`. May ask the keychain, which may ask the person.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub(super) fn secret_of(&self, account: &str) -> Result<Option<Secret>> {
        let logins = &self.inner.remotes.logins;
        let known = crate::lock(&logins.known).get(account).cloned();
        let here = known.as_ref().filter(|known| known.only_here.is_some());
        if let Some(known) = here {
            return Ok(Some(known.secret.clone()));
        }
        let Some(record) = self.login_records()?.logins.remove(account) else {
            crate::lock(&logins.known).remove(account);
            return Ok(None);
        };
        if let Some(known) = known.filter(|known| known.serial == record.serial) {
            return Ok(Some(known.secret));
        }
        let read = self.inner.keychain.read(account);
        let secret = self.keychain_said(read)?;
        match &secret {
            Some(secret) => self.know(account, secret, None, record.serial),
            // Somebody removed it there.
            None => {
                self.change_records(|records| {
                    records.logins.remove(account);
                })?;
                self.tell(&ApiEvent::RemotesChanged);
            }
        }
        Ok(secret)
    }

    /// Keeps a login instead of the one before.
    ///
    /// # Errors
    /// The codes of the keychain; then nothing is changed.
    pub(super) fn keep_login(
        &self,
        account: &str,
        secret: &Secret,
        mut record: LoginRecord,
        keep: KeepLogin,
    ) -> Result<()> {
        record.serial = rand::random();
        let serial = record.serial;
        match keep {
            KeepLogin::Keychain => {
                let written = self.inner.keychain.write(account, secret);
                self.keychain_said(written)?;
                self.know(account, secret, None, serial);
                self.change_records(|records| {
                    records.logins.insert(account.to_owned(), record);
                })?;
            }
            KeepLogin::UntilQuit => {
                let was_kept = self.login_records()?.logins.contains_key(account);
                if was_kept && let Err(error) = self.inner.keychain.delete(account) {
                    tracing::warn!(%error, "an older login stays in the keychain");
                }
                self.know(account, secret, Some(record), 0);
                self.change_records(|records| {
                    records.logins.remove(account);
                })?;
            }
        }
        self.tell(&ApiEvent::RemotesChanged);
        Ok(())
    }

    /// Uses a login until Sifter ends; one that is kept stays.
    pub(super) fn use_login(&self, account: &str, secret: &Secret, record: LoginRecord) {
        self.know(account, secret, Some(record), 0);
        self.tell(&ApiEvent::RemotesChanged);
    }

    /// Forgets a login everywhere.
    ///
    /// # Errors
    /// The codes of the keychain; then it stays.
    pub(super) fn forget_login(&self, account: &str) -> Result<()> {
        if self.login_records()?.logins.contains_key(account) {
            let deleted = self.inner.keychain.delete(account);
            self.keychain_said(deleted)?;
        }
        self.forget_set_aside(account);
        crate::lock(&self.inner.remotes.logins.known).remove(account);
        self.change_records(|records| {
            records.logins.remove(account);
        })?;
        self.tell(&ApiEvent::RemotesChanged);
        Ok(())
    }

    /// Returns what is known of a login, and where it is. Asks no keychain.
    pub(super) fn login_record(&self, account: &str) -> Option<(LoginRecord, KeptWhere)> {
        let known = crate::lock(&self.inner.remotes.logins.known);
        if let Some(record) = known.get(account).and_then(|known| known.only_here.clone()) {
            return Some((record, KeptWhere::Memory));
        }
        drop(known);
        let mut records = self.login_records().unwrap_or_default();
        let record = records.logins.remove(account)?;
        Some((record, KeptWhere::Keychain))
    }

    /// Returns all accounts with a login that begin with `start`. Asks no keychain.
    pub(super) fn login_accounts(&self, start: &str) -> Vec<String> {
        let mut accounts: Vec<String> = self
            .login_records()
            .unwrap_or_default()
            .logins
            .into_keys()
            .collect();
        let known = crate::lock(&self.inner.remotes.logins.known);
        let here = known.iter().filter(|(_, known)| known.only_here.is_some());
        accounts.extend(here.map(|(account, _)| account.clone()));
        accounts.retain(|account| account.starts_with(start));
        accounts.sort();
        accounts.dedup();
        accounts
    }

    /// Changes what is known of a login that there is. It is told only where something changed: whoever hears of it looks
    /// again, and a login that is refused once more would be refused for ever.
    pub(super) fn change_login(
        &self,
        account: &str,
        change: impl FnOnce(&mut LoginRecord),
    ) -> Result<()> {
        let mut known = crate::lock(&self.inner.remotes.logins.known);
        let here = known
            .get_mut(account)
            .and_then(|known| known.only_here.as_mut());
        let has_changed = if let Some(record) = here {
            let before = record.clone();
            change(record);
            let has_changed = *record != before;
            drop(known);
            has_changed
        } else {
            drop(known);
            self.change_records(|records| {
                if let Some(record) = records.logins.get_mut(account) {
                    change(record);
                }
            })?
        };
        if has_changed {
            self.tell(&ApiEvent::RemotesChanged);
        }
        Ok(())
    }

    /// Forgets what memory knows of the keychain, so that it is asked again.
    pub(super) fn ask_keychain_again(&self, account: &str) {
        crate::lock(&self.inner.remotes.logins.known)
            .retain(|name, known| name != account || known.only_here.is_some());
    }

    /// Returns what a screen shows of a login.
    pub(super) fn login_view(&self, account: &str) -> LoginView {
        let Some((record, kept)) = self.login_record(account) else {
            return LoginView::SignedOut;
        };
        if record.is_refused {
            return LoginView::Expired {
                account: record.account,
            };
        }
        let is_known = crate::lock(&self.inner.remotes.logins.known).contains_key(account);
        if kept == KeptWhere::Keychain && !is_known && self.keychain_problem().is_some() {
            return LoginView::Locked;
        }
        LoginView::SignedIn {
            account: record.account,
            kept,
            expires: record.expires,
            checked: record.checked,
        }
    }

    pub(super) fn keychain_problem(&self) -> Option<ApiError> {
        crate::lock(&self.inner.remotes.logins.keychain).clone()
    }

    /// Remembers whether the keychain answered.
    pub(super) fn keychain_said<T>(
        &self,
        answer: std::result::Result<T, crate::keychain::KeychainError>,
    ) -> Result<T> {
        let answer = answer.map_err(ApiError::from);
        let problem = answer.as_ref().err().cloned();
        let before = std::mem::replace(
            &mut *crate::lock(&self.inner.remotes.logins.keychain),
            problem.clone(),
        );
        if before != problem {
            self.tell(&ApiEvent::RemotesChanged);
        }
        answer
    }

    fn know(&self, account: &str, secret: &Secret, only_here: Option<LoginRecord>, serial: u64) {
        let known = Known {
            secret: secret.clone(),
            only_here,
            serial,
        };
        crate::lock(&self.inner.remotes.logins.known).insert(account.to_owned(), known);
    }
}

/// A token without the blanks and line ends that come with copying.
///
/// # Errors
/// `input-invalid` if nothing is left, or if it is longer than any token.
pub(super) fn trimmed(token: &Secret) -> Result<Secret> {
    const LONGEST: usize = 64 << 10;
    let text = token.expose().trim();
    if text.is_empty() {
        return Err(ApiError::new(ErrorCode::InputInvalid, "the token is empty"));
    }
    if text.len() > LONGEST {
        return Err(ApiError::new(
            ErrorCode::TokenWrong,
            "this is longer than any token",
        ));
    }
    Ok(Secret::new(text.to_owned()))
}

pub(super) fn digest_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Returns until when a token is good, where it is one that says so.
pub(super) fn expiry_of(token: &Secret) -> Option<crate::units::Timestamp> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: i64,
    }
    let mut parts = token.expose().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims =
        zeroize::Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(crate::units::Timestamp(claims.exp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_read_where_it_has_one() {
        let end = |token: &str| expiry_of(&Secret::new(token.into())).map(|time| time.0);
        // {"sub":"a","exp":1735732800}
        assert_eq!(
            end("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjoxNzM1NzMyODAwfQ.c2ln"),
            Some(1_735_732_800)
        );
        for none in ["", "sifter.id.secret", "a.b", "a.!.c", "a.e30.c"] {
            assert_eq!(end(none), None, "{none}");
        }
    }

    #[test]
    fn blanks_around_a_token_go() {
        let text = |token: &str| trimmed(&Secret::new(token.into()));
        assert_eq!(text(" abc\r\n").expect("a token").expose(), "abc");
        assert_eq!(text(" \n").expect_err("none").code, ErrorCode::InputInvalid);
        let long = "x".repeat((64 << 10) + 1);
        assert_eq!(text(&long).expect_err("none").code, ErrorCode::TokenWrong);
    }
}

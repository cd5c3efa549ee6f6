//! Sharing a login with the command line: the one way in which a secret is written to a file, and back.

use ::remotes::Remote as Entry;
use secrecy::ExposeSecret as _;

use super::{book::keep_default, logins::digest_of, lookup::Remote, records::Shared};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    units::RemoteId,
};

impl Sifter {
    /// Writes the login of a remote to `remote.yaml`, so that the command line has it.
    ///
    /// # Errors
    /// `remote-unknown`, `token-missing`, `remote-file-damaged`, and the codes of the keychain.
    pub async fn share_login(&self, id: RemoteId) -> Result<()> {
        let remote = self.remote_with_logins(&id).await?;
        self.off(move |sifter| {
            let account = remote.account();
            let token = sifter.secret_of(&account)?;
            let token = token.ok_or_else(|| ApiError::plain(ErrorCode::TokenMissing))?;
            let before = sifter
                .login_record(&account)
                .and_then(|(record, _)| record.shared);
            let shared = sifter.write_token(&remote, &token, before.as_ref())?;
            sifter.change_login(&account, |record| record.shared = Some(shared))
        })
        .await
    }

    /// Takes a shared login out of `remote.yaml` again; Sifter keeps it.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-file-damaged`.
    pub async fn unshare_login(&self, id: RemoteId) -> Result<()> {
        let remote = self.remote_with_logins(&id).await?;
        self.off(move |sifter| sifter.take_back(&remote, &remote.account()))
            .await
    }

    /// Whether the login stands in the file as it was shared.
    pub(super) fn is_shared(&self, account: &str, entry: &Entry) -> bool {
        let shared = self
            .login_record(account)
            .and_then(|(record, _)| record.shared);
        shared.is_some_and(|shared| has_token(entry, &shared))
    }

    /// Writes a new login where the one before was shared. It is kept already, so a failure is only told.
    pub(super) fn share_again(
        &self,
        remote: &Remote,
        account: &str,
        token: &Secret,
        before: &Shared,
    ) {
        let shared = self
            .write_token(remote, token, Some(before))
            .and_then(|shared| self.change_login(account, |record| record.shared = Some(shared)));
        if let Err(error) = shared {
            tracing::warn!(code = ?error.code, "the command line keeps the login before");
        }
    }

    fn write_token(
        &self,
        remote: &Remote,
        token: &Secret,
        before: Option<&Shared>,
    ) -> Result<Shared> {
        let book = self.book();
        book.writable()?;
        let entry = book.entries.get(&remote.name);
        let entry = entry.ok_or_else(|| ApiError::plain(ErrorCode::RemoteUnknown))?;
        let is_in_file = |file: &::remotes::RemotesFile| file.remotes.contains_key(&remote.name);
        let shared = Shared {
            digest: digest_of(token.expose()),
            made_entry: match before {
                Some(before) => before.made_entry,
                None => !book.user.as_ref().is_some_and(is_in_file),
            },
            made_file: match before {
                Some(before) => before.made_file,
                None => book.user.is_none(),
            },
        };
        self.change_remotes(|file| {
            keep_default(file, &book);
            let entry = file
                .remotes
                .entry(remote.name.clone())
                .or_insert_with(|| entry.clone());
            entry.token = Some(token.expose().to_owned().into());
        })?;
        Ok(shared)
    }

    /// Takes exactly that out of the file which sharing put there. What somebody else wrote since stays.
    pub(super) fn take_back(&self, remote: &Remote, account: &str) -> Result<()> {
        let shared = self
            .login_record(account)
            .and_then(|(record, _)| record.shared);
        let Some(shared) = shared else {
            return Ok(());
        };
        self.book().writable()?;
        self.change_remotes(|file| {
            let is_active = file.active == remote.name;
            let Some(entry) = file.remotes.get_mut(&remote.name) else {
                return;
            };
            if !has_token(entry, &shared) {
                return;
            }
            entry.token = None;
            if shared.made_entry && (shared.made_file || !is_active) {
                file.remotes.remove(&remote.name);
                if is_active {
                    file.active.clear();
                }
            }
        })?;
        if shared.made_file {
            self.remove_empty_file();
        }
        self.change_login(account, |record| record.shared = None)
    }

    /// A file that was made for a login goes with it, unless there is more in it now.
    pub(super) fn remove_empty_file(&self) {
        let path = self.remotes_path();
        let is_only_default = |file: &::remotes::RemotesFile| {
            let mut rest = file.remotes.iter();
            file.credentials.is_empty()
                && rest.all(|(name, entry)| {
                    entry.token.is_none()
                        && ::remotes::BUILT_IN
                            .iter()
                            .any(|(_, built_in, uri)| name == built_in && entry.uri == *uri)
                })
        };
        let is_empty = ::remotes::read(&path)
            .ok()
            .flatten()
            .is_some_and(|file| is_only_default(&file));
        if is_empty && let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, "an empty list of remotes stays");
        }
    }
}

fn has_token(entry: &Entry, shared: &Shared) -> bool {
    let token = entry.token.as_ref();
    token.is_some_and(|token| digest_of(token.expose_secret()) == shared.digest)
}

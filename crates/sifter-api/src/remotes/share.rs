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
    /// Writes the login of a remote to `remote.yaml`, so that the command line has it. One that it had of its own is put back
    /// when the shared one is taken back.
    ///
    /// # Errors
    /// `remote-unknown`, `token-missing`, `remote-file-damaged`, `file-changed`, and the codes of the keychain.
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

    /// Whether the file has a login that is not a shared one.
    pub(super) fn has_other_login(&self, account: &str, entry: &Entry) -> bool {
        entry.token.is_some() && !self.is_shared(account, entry)
    }

    /// Whether the login stands in the file as it was shared.
    pub(super) fn is_shared(&self, account: &str, entry: &Entry) -> bool {
        let shared = self
            .login_record(account)
            .and_then(|(record, _)| record.shared);
        shared.is_some_and(|shared| has_token(entry, &shared))
    }

    /// Writes a new login where the one before is shared still. It is kept already, so a failure is only told.
    pub(super) fn share_again(
        &self,
        remote: &Remote,
        account: &str,
        token: &Secret,
        before: &Shared,
    ) {
        let book = self.book();
        let entry = book.entries.get(&remote.name);
        let is_shared = entry.is_some_and(|entry| has_token(entry, before));
        let shared = if is_shared {
            self.write_token(remote, token, Some(before))
        } else {
            // The command line has another one by now, which is not ours to replace.
            Ok(before.clone())
        };
        let kept = shared
            .and_then(|shared| self.change_login(account, |record| record.shared = Some(shared)));
        if let Err(error) = kept {
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
        let before = before.filter(|before| has_token(entry, before));
        let theirs = match (&entry.token, before) {
            (Some(theirs), None) => Some(theirs.expose_secret().to_owned()),
            _ => None,
        };
        if let Some(theirs) = &theirs {
            self.set_aside(&remote.account(), &Secret::new(theirs.clone()))?;
        }
        let shared = Shared {
            set_aside: theirs.is_some() || before.is_some_and(|before| before.set_aside),
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
            // Only what was looked at is replaced.
            let now = entry.token.as_ref().map(|token| token.expose_secret());
            let is_known = now.is_none()
                || now == theirs.as_deref()
                || before.is_some_and(|before| has_token(entry, before));
            if is_known {
                entry.token = Some(token.expose().to_owned().into());
            }
        })?;
        let book = self.book();
        let entry = book.entries.get(&remote.name);
        if entry.is_some_and(|entry| has_token(entry, &shared)) {
            return Ok(shared);
        }
        let message = "the command line signed in by itself meanwhile";
        Err(ApiError::new(ErrorCode::FileChanged, message))
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
        let theirs = if shared.set_aside {
            self.was_set_aside(account)?
        } else {
            None
        };
        self.change_remotes(|file| {
            let is_active = file.active == remote.name;
            let Some(entry) = file.remotes.get_mut(&remote.name) else {
                return;
            };
            if !has_token(entry, &shared) {
                return;
            }
            entry.token = theirs
                .as_ref()
                .map(|theirs| theirs.expose().to_owned().into());
            if entry.token.is_none() && shared.made_entry && (shared.made_file || !is_active) {
                file.remotes.remove(&remote.name);
                if is_active {
                    file.active.clear();
                }
            }
        })?;
        if shared.made_file {
            self.remove_empty_file();
        }
        self.forget_set_aside(account);
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

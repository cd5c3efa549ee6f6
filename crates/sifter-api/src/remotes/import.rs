//! Taking logins of the command lines' files over. The files stay as they are.

use scs_client::frontend_url;
use secrecy::ExposeSecret as _;

use super::{
    ImportedLogins, KeepLogin,
    logins::{expiry_of, trimmed},
    lookup::account_of,
    records::LoginRecord,
};
use crate::{Result, Secret, Sifter, error::ApiError};

impl Sifter {
    /// Takes logins of the command lines' files into the keychain. The files stay as they are.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn import_logins(&self) -> Result<ImportedLogins> {
        let mut imported = self.off(Self::import_tokens).await?;
        self.import_registry_logins(&mut imported).await?;
        Ok(imported)
    }

    /// A keychain that does not answer ends it: the next login would fare no better.
    fn import_tokens(&self) -> Result<ImportedLogins> {
        let book = self.book();
        let mut imported = ImportedLogins {
            taken: 0,
            problems: Vec::new(),
        };
        for (name, entry) in &book.entries {
            let Some(token) = &entry.token else {
                continue;
            };
            let token = trimmed(&Secret::new(token.expose_secret().to_owned()));
            let account = frontend_url(&entry.uri, entry.insecure)
                .map(|frontend| account_of(&frontend))
                .map_err(ApiError::from);
            let (token, account) = match (token, account) {
                (Ok(token), Ok(account)) => (token, account),
                (Err(error), _) | (_, Err(error)) => {
                    imported.problems.push((name.clone(), error));
                    continue;
                }
            };
            if self.login_record(&account).is_some() {
                continue;
            }
            let record = LoginRecord {
                expires: expiry_of(&token),
                ..LoginRecord::default()
            };
            self.keep_login(&account, &token, record, KeepLogin::Keychain)?;
            imported.taken += 1;
        }
        Ok(imported)
    }
}

//! Taking logins of the command lines' files over. The files stay as they are.

use oci::{Host, KeptLoginPlace, LoginFile};
use scs_client::frontend_url;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    ImportedLogins, KeepLogin,
    logins::{expiry_of, trimmed},
    lookup::account_of,
    records::LoginRecord,
    registries::{self, account_of as registry_account},
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    network::on_network,
};

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

    /// Takes logins of registries over; those that a program keeps are asked for there.
    async fn import_registry_logins(&self, imported: &mut ImportedLogins) -> Result<()> {
        let sifter = self.clone();
        let (taken, problems) = on_network(async move {
            let path = sifter
                .off(|sifter| Ok(sifter.registry_logins_path()))
                .await?;
            let mut problems = Vec::new();
            let file = match LoginFile::read(&path) {
                Ok(file) => file,
                Err(error) => {
                    problems.push((name_of(&path), registries::file_error(&error)));
                    return Ok((0, problems));
                }
            };
            let mut taken = 0;
            for kept in file.logins() {
                let Some(host) = kept.host else {
                    continue;
                };
                if sifter.login_record(&registry_account(&host)).is_some() {
                    continue;
                }
                match file.find_host(&host, &sifter.helpers()).await {
                    Ok(Some(oci::Login::Password { user, password })) => {
                        sifter.take_registry_login(&host, user, &password).await?;
                        taken += 1;
                    }
                    // A program that knows nothing of it any more.
                    Ok(None) if kept.place != KeptLoginPlace::File => {}
                    Ok(_) => problems.push((
                        host.as_str().to_owned(),
                        ApiError::new(
                            ErrorCode::InputInvalid,
                            "this kind of login cannot be taken over",
                        )
                        .with_hint("sign in to the registry with user and password"),
                    )),
                    Err(error) => {
                        problems.push((host.as_str().to_owned(), registries::file_error(&error)));
                    }
                }
            }
            Ok((taken, problems))
        })
        .await?;
        imported.taken += taken;
        imported.problems.extend(problems);
        Ok(())
    }

    async fn take_registry_login(
        &self,
        host: &Host,
        user: String,
        password: &SecretString,
    ) -> Result<()> {
        let account = registry_account(host);
        let password = Secret::new(password.expose_secret().to_owned());
        self.off(move |sifter| {
            let record = LoginRecord {
                user: Some(user),
                ..LoginRecord::default()
            };
            sifter.keep_login(&account, &password, record, KeepLogin::Keychain)
        })
        .await
    }
}

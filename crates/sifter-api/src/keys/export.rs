//! Writing keys to files.

use std::path::{Path, PathBuf};

use sif_keys::Passphrase;

use super::{
    ExportedFile, KeepPassphrase, KeyFileKind, change::plain, key_error, rings::parse,
    rows::label_of,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files,
    units::ByteCount,
};

impl Sifter {
    /// Returns the armored text of a key's public part.
    ///
    /// # Errors
    /// `key-missing`.
    pub async fn public_key_text(&self, fingerprint: String) -> Result<String> {
        self.off(move |sifter| {
            let keys = sifter.key_set()?;
            let certificate = keys.certificate(parse(&fingerprint)?);
            Ok(certificate
                .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?
                .to_armored())
        })
        .await
    }

    /// Returns a file name to offer.
    ///
    /// # Errors
    /// `key-missing`.
    pub async fn key_file_name(
        &self,
        fingerprint: String,
        what: KeyFileKind,
        armored: bool,
    ) -> Result<String> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let keys = sifter.key_set()?;
            let certificate = keys
                .certificate(fingerprint)
                .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            let name: String = label_of(certificate)
                .chars()
                .map(|c| {
                    if c.is_alphanumeric() || matches!(c, '-' | '.') {
                        c
                    } else {
                        '-'
                    }
                })
                .take(40)
                .collect();
            let middle = match what {
                KeyFileKind::Public => "",
                KeyFileKind::Secret => "-secret",
                KeyFileKind::Revocation => "-revocation",
            };
            let ending = if armored || what == KeyFileKind::Revocation {
                "asc"
            } else {
                "gpg"
            };
            Ok(format!(
                "{}{middle}.{ending}",
                name.trim_matches(['-', '.'])
            ))
        })
        .await
    }

    /// Writes a key to a file that this user alone can read. The secret part stays under its passphrase.
    ///
    /// # Errors
    /// `key-missing`, `no-secret-key`, and the codes of files.
    pub async fn export_key(
        &self,
        fingerprint: String,
        secret: bool,
        armored: bool,
        to: PathBuf,
    ) -> Result<ExportedFile> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let keys = sifter.key_set()?;
            if secret {
                let key = keys.secret(fingerprint)?;
                // Of a locked key only its passphrase could mend the order, and an export asks for none.
                let mended = key
                    .with_primes_in_order(&Passphrase::from(""))
                    .map_err(|error| key_error(&error))?;
                let key = mended.as_ref().unwrap_or(key);
                return if armored {
                    write_for_person(&to, key.to_armored().as_bytes())
                } else {
                    write_for_person(&to, key.to_bytes())
                };
            }
            let key = keys
                .certificate(fingerprint)
                .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            if armored {
                write_for_person(&to, key.to_armored().as_bytes())
            } else {
                write_for_person(&to, key.to_bytes())
            }
        })
        .await
    }

    /// Writes a revocation certificate, to be kept in a safe place.
    ///
    /// # Errors
    /// `passphrase-needed`, `wrong-passphrase`, `no-secret-key`, and the codes of files.
    pub async fn save_revocation(
        &self,
        fingerprint: String,
        passphrase: Option<Secret>,
        to: PathBuf,
    ) -> Result<ExportedFile> {
        self.off(move |sifter| {
            let key = sifter.open_key(
                parse(&fingerprint)?,
                passphrase.as_ref(),
                KeepPassphrase::ThisAction,
            )?;
            let text = key
                .revocation_certificate(
                    plain(super::RevocationReason::NoReason),
                    "",
                    sifter.now().0,
                )
                .map_err(|error| key_error(&error))?;
            write_for_person(&to, text.as_bytes())
        })
        .await
    }
}

/// The dialog has asked whether a file may be replaced.
pub(crate) fn write_for_person(to: &Path, bytes: &[u8]) -> Result<ExportedFile> {
    files::write_atomic(to, bytes)?;
    Ok(ExportedFile {
        name: name_of(to),
        size: ByteCount(bytes.len() as u64),
    })
}

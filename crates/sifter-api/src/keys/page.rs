//! The list of keys and the page of one.

use qrcodegen::{QrCode, QrCodeEcc};
use sif_keys::{Fingerprint, KeyFault, KeyUse};

use super::{
    FingerprintComparison, KeySet, KeyUsage, KeyView, KeysView, RevocationReason, SubkeyView,
    UserIdView, rings::parse,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    images::ImageRow,
    units::Timestamp,
};

impl Sifter {
    /// Returns all keys: own first, then others, in file order; and what is wrong with the files.
    ///
    /// # Errors
    /// `keyring-damaged` for a file that is no keyring file at all.
    pub async fn list_keys(&self) -> Result<KeysView> {
        self.off(|sifter| {
            let keys = sifter.key_set()?;
            let now = sifter.now();
            let rows = keys.fingerprints().into_iter();
            let mut rows: Vec<_> = rows
                .filter_map(|one| keys.row(one, now, sifter.is_unlocked(one)))
                .collect();
            rows.sort_by_key(|row| !row.own);
            Ok(KeysView {
                keyring_folder: sifter
                    .profile()
                    .keyring_folder
                    .to_string_lossy()
                    .into_owned(),
                keys: rows,
                problems: keys.problems(),
            })
        })
        .await
    }

    /// Returns everything about one key.
    ///
    /// # Errors
    /// `key-missing`.
    pub async fn get_key(&self, fingerprint: String) -> Result<KeyView> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let keys = sifter.key_set()?;
            sifter.page(&keys, fingerprint)
        })
        .await
    }

    fn page(&self, keys: &KeySet, fingerprint: Fingerprint) -> Result<KeyView> {
        let missing = || ApiError::plain(ErrorCode::KeyMissing);
        let now = self.now();
        let row = keys
            .row(fingerprint, now, self.is_unlocked(fingerprint))
            .ok_or_else(missing)?;
        let certificate = keys.certificate(fingerprint).ok_or_else(missing)?;
        let summary = certificate.summary(now.0);
        let (revoked_at, revocation_reason) = match &summary.revoked {
            Some(KeyFault::Revoked { time, reason, .. }) => {
                (Some(Timestamp(*time)), Some(reason_word(*reason)))
            }
            _ => (None, None),
        };
        Ok(KeyView {
            user_ids: summary.user_ids.iter().map(user_id_view).collect(),
            subkeys: summary.subkeys.iter().map(subkey_view).collect(),
            groups: groups_of(fingerprint),
            words: fingerprint
                .to_words()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            qr: qr_of(fingerprint),
            revoked_at,
            revocation_reason,
            keyring: keys.file_of(fingerprint),
            images_signed: self.images_signed_by(fingerprint)?,
            row,
        })
    }

    /// Returns the images whose last verdict names a signature of this key.
    fn images_signed_by(&self, fingerprint: Fingerprint) -> Result<Vec<ImageRow>> {
        let text = fingerprint.to_string();
        let signed = self.inner.store.images()?.into_iter().filter(|record| {
            let checked = record.checked.as_ref();
            checked.is_some_and(|checked| {
                checked
                    .verdict
                    .signatures
                    .iter()
                    .any(|one| one.key_known && one.fingerprint.as_ref() == Some(&text))
            })
        });
        Ok(self.rows_of(&signed.collect::<Vec<_>>()))
    }

    /// Compares pasted text with a fingerprint.
    ///
    /// # Errors
    /// `input-invalid` for a `fingerprint` that is none.
    pub async fn compare_fingerprint(
        &self,
        fingerprint: String,
        text: String,
    ) -> Result<FingerprintComparison> {
        let fingerprint = parse(&fingerprint)?;
        Ok(compared(fingerprint, &text))
    }
}

fn compared(fingerprint: Fingerprint, text: &str) -> FingerprintComparison {
    let text = text.trim();
    if text.is_empty() {
        return FingerprintComparison::Empty;
    }
    // Words are as good as digits.
    if let Ok(spelled) = Fingerprint::from_words(text) {
        return compared_to(fingerprint, &spelled.to_string());
    }
    compared_to(fingerprint, text)
}

fn compared_to(fingerprint: Fingerprint, text: &str) -> FingerprintComparison {
    let groups = groups_of(fingerprint).len();
    match sif_keys::compare_fingerprint(fingerprint, text) {
        sif_keys::Comparison::Equal => FingerprintComparison::Match,
        sif_keys::Comparison::Differs(wrong) => FingerprintComparison::Differs {
            groups: (0..groups).map(|group| !wrong.contains(&group)).collect(),
        },
        sif_keys::Comparison::TooShort { digits }
        | sif_keys::Comparison::WrongLength { digits, .. }
            if digits < groups * 4 =>
        {
            FingerprintComparison::TooShort {
                digits: u32::try_from(digits).unwrap_or(u32::MAX),
            }
        }
        sif_keys::Comparison::NotHex(_) => FingerprintComparison::NotHex,
        _ => FingerprintComparison::Differs {
            groups: vec![false; groups],
        },
    }
}

pub(crate) fn reason_word(reason: sif_keys::RevocationReason) -> String {
    let view = match reason {
        sif_keys::RevocationReason::Superseded => RevocationReason::Superseded,
        sif_keys::RevocationReason::Compromised => RevocationReason::Compromised,
        sif_keys::RevocationReason::Retired => RevocationReason::Retired,
        _ => RevocationReason::NoReason,
    };
    match view {
        RevocationReason::NoReason => "noReason",
        RevocationReason::Superseded => "superseded",
        RevocationReason::Compromised => "compromised",
        RevocationReason::Retired => "retired",
    }
    .to_owned()
}

fn groups_of(fingerprint: Fingerprint) -> Vec<String> {
    let digits = fingerprint.to_string();
    digits
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect()
}

fn user_id_view(user_id: &sif_keys::UserIdSummary) -> UserIdView {
    UserIdView {
        text: user_id.text.clone(),
        primary: user_id.primary,
        revoked: user_id.revoked,
    }
}

fn subkey_view(subkey: &sif_keys::SubkeySummary) -> SubkeyView {
    SubkeyView {
        fingerprint: subkey.fingerprint.to_string(),
        algorithm: subkey.algorithm.label(),
        created: Timestamp(subkey.created),
        expires: subkey.expires.map(Timestamp),
        usage: subkey.key_use.map(usage_of).unwrap_or_default(),
        revoked: subkey.revoked,
    }
}

fn usage_of(key_use: KeyUse) -> Vec<KeyUsage> {
    [
        (key_use.certify, KeyUsage::Certify),
        (key_use.sign, KeyUsage::Sign),
        (key_use.encrypt, KeyUsage::Encrypt),
        (key_use.authenticate, KeyUsage::Authenticate),
    ]
    .into_iter()
    .filter_map(|(may, usage)| may.then_some(usage))
    .collect()
}

fn qr_of(fingerprint: Fingerprint) -> Vec<Vec<bool>> {
    let Ok(code) = QrCode::encode_text(&format!("OPENPGP4FPR:{fingerprint}"), QrCodeEcc::Medium)
    else {
        return Vec::new();
    };
    let side = code.size();
    (0..side)
        .map(|y| (0..side).map(|x| code.get_module(x, y)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparing_pasted_text() {
        let bytes: Vec<u8> = (0..20).map(|number| number * 11).collect();
        let fingerprint = Fingerprint::from_slice(&bytes).expect("twenty bytes");
        let digits = fingerprint.to_string();
        let mut one_wrong = digits.clone();
        one_wrong.replace_range(39..40, if digits.ends_with('0') { "1" } else { "0" });
        let mut groups = vec![true; 10];
        groups[9] = false;
        let cases = [
            (digits.clone(), FingerprintComparison::Match),
            (
                fingerprint.grouped().to_lowercase(),
                FingerprintComparison::Match,
            ),
            (format!("0x{digits}"), FingerprintComparison::Match),
            (
                fingerprint.to_words().join(" "),
                FingerprintComparison::Match,
            ),
            (String::new(), FingerprintComparison::Empty),
            (
                digits[32..].to_owned(),
                FingerprintComparison::TooShort { digits: 8 },
            ),
            (
                digits[24..].to_owned(),
                FingerprintComparison::TooShort { digits: 16 },
            ),
            ("not a fingerprint".into(), FingerprintComparison::NotHex),
            (one_wrong, FingerprintComparison::Differs { groups }),
        ];
        for (text, expected) in cases {
            assert_eq!(compared(fingerprint, &text), expected, "{text}");
        }
    }

    #[test]
    fn the_picture_has_its_three_corners() {
        let code = qr_of(Fingerprint::from_v4([0xAB; 20]));
        let last = code.len() - 1;
        assert!(code.len() >= 25 && code.iter().all(|row| row.len() == code.len()));
        assert!(code[0][0] && code[0][last] && code[last][0] && !code[7][7]);
    }
}

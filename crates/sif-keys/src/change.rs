//! Changes of a key by its owner: another end, revocation.
//!
//! A change gives a new whole key, with every packet that it does not mean to change as it was. Nothing is written
//! here; the keyrings take the result.

use pgp::packet::{PublicSubkey, SecretKey, SignatureType};
use pgp::ser::Serialize;
use pgp::types::KeyDetails;
use zeroize::Zeroizing;

use crate::armor;
use crate::cert::{self, About, Certificate, RevocationReason, SelfSignature, read_signature};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::framing::{self, tag};
use crate::make::signatures::Author;
use crate::make::{lifetime, timestamp};
use crate::merge::{Addition, Place, with_additions};
use crate::secret::SigningKey;

/// Largest text of a revocation.
const MAX_REASON: usize = 1024;

/// New self-signatures of a key, to be put into every copy of it.
#[derive(Debug, Clone)]
pub struct KeyUpdate {
    fingerprint: Fingerprint,
    additions: Vec<Addition>,
}

impl KeyUpdate {
    /// Returns which key is updated.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the packets of a key, public or secret, with the update put in; all other packets are unchanged.
    ///
    /// # Errors
    /// When `block` is another key or lacks the part that the update is about.
    pub fn apply_to(&self, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let known = Certificate::from_block(block)?;
        if known.fingerprint() != self.fingerprint {
            return Err(Error::NotFound(self.fingerprint));
        }
        with_additions(block, &self.additions)
    }
}

impl SigningKey {
    /// Returns new self-signatures that set another end for the key, its user ids and those subkeys that end;
    /// `None` removes the end.
    ///
    /// # Errors
    /// When the key is revoked, when the time cannot be held, or when the clock is behind the newest self-signature.
    pub fn extend(&self, expires: Option<i64>, now: i64) -> Result<KeyUpdate, Error> {
        let certificate = self.certificate();
        if let Some(fault) = certificate.revocation(now) {
            return Err(Error::Fault {
                fingerprint: self.fingerprint(),
                fault,
            });
        }
        let author = self.author(now)?;
        let end = lifetime(certificate.created(), expires)?;
        let mut additions = Vec::new();
        for identity in certificate
            .identities()
            .iter()
            .filter(|identity| identity.revocations.is_empty())
        {
            let Some(old) = &identity.signature else {
                continue;
            };
            additions.push(Addition {
                place: Place::UserId(identity.name.clone()),
                signature: author.renewed_certification(&identity.name, &old.packet, end)?,
                replaces: same_second(old, now)?,
            });
        }
        for subkey in certificate.subkeys() {
            let created = i64::from(subkey.key.created_at().as_secs());
            let never_ends = subkey.binding.key_expires(created).is_none();
            if never_ends || subkey.is_revoked(now) {
                continue;
            }
            let end = lifetime(created, expires)?;
            additions.push(Addition {
                place: Place::Subkey(body(&subkey.key)?),
                signature: author.renewed_binding(&subkey.key, &subkey.binding.packet, end)?,
                replaces: same_second(&subkey.binding, now)?,
            });
        }
        Ok(KeyUpdate {
            fingerprint: self.fingerprint(),
            additions,
        })
    }

    /// Returns a revocation of the whole key.
    ///
    /// # Errors
    /// When the text is too long or the time cannot be held.
    pub fn revoke(
        &self,
        reason: RevocationReason,
        text: &str,
        now: i64,
    ) -> Result<KeyUpdate, Error> {
        let signature = self.revocation_body(reason, text, now)?;
        let addition = Addition {
            place: Place::Primary,
            signature,
            replaces: None,
        };
        Ok(KeyUpdate {
            fingerprint: self.fingerprint(),
            additions: vec![addition],
        })
    }

    /// Returns the armored text of a revocation certificate, to be kept in a safe place until it is needed.
    ///
    /// # Errors
    /// As [`SigningKey::revoke`].
    pub fn revocation_certificate(
        &self,
        reason: RevocationReason,
        text: &str,
        now: i64,
    ) -> Result<String, Error> {
        let mut packet = Vec::new();
        framing::write(
            &mut packet,
            tag::SIGNATURE,
            &self.revocation_body(reason, text, now)?,
        );
        Ok(armor::encode(armor::Kind::Public, &packet).to_string())
    }

    fn revocation_body(
        &self,
        reason: RevocationReason,
        text: &str,
        now: i64,
    ) -> Result<Vec<u8>, Error> {
        if text.len() > MAX_REASON {
            return Err(Error::TooLarge { limit: MAX_REASON });
        }
        self.author(now)?.revocation(reason, text)
    }

    fn author(&self, now: i64) -> Result<Author<'_>, Error> {
        let key: &SecretKey = self.secret_key();
        if self.fingerprint().as_v4().is_none() {
            return Err(Error::Fault {
                fingerprint: self.fingerprint(),
                fault: cert::KeyFault::Version6,
            });
        }
        Ok(Author {
            key,
            password: self.password(),
            now: timestamp(now)?,
        })
    }
}

/// A signature of the same second would hide the new one, so it is taken out; a later one means a wrong clock.
fn same_second(old: &SelfSignature, now: i64) -> Result<Option<Vec<u8>>, Error> {
    match old.created.cmp(&now) {
        std::cmp::Ordering::Less => Ok(None),
        std::cmp::Ordering::Equal => Ok(Some(old.packet.body().to_vec())),
        std::cmp::Ordering::Greater => Err(Error::ClockBehind {
            newest: old.created,
        }),
    }
}

fn body(key: &PublicSubkey) -> Result<Vec<u8>, Error> {
    key.to_bytes().map_err(Error::pgp("signing the key"))
}

impl Certificate {
    /// Returns the update that a revocation certificate makes to this key.
    ///
    /// GnuPG keeps its own certificates with a colon before the first line, against accidents; that is read too.
    ///
    /// # Errors
    /// When the text holds no revocation, or none that this key made.
    pub fn read_revocation(&self, text: &[u8]) -> Result<KeyUpdate, Error> {
        cert::check_size(text)?;
        let text = armor::without_mark(text);
        let bytes = if text.first().is_some_and(|first| first & 0x80 != 0) {
            Zeroizing::new(text.to_vec())
        } else {
            let text = String::from_utf8_lossy(text).replace("\n:-----BEGIN", "\n-----BEGIN");
            armor::decode(text.as_bytes())?
        };
        for frame in framing::split(&bytes)?
            .into_iter()
            .filter(|frame| frame.tag == tag::SIGNATURE)
        {
            let Ok(signature) = read_signature(frame) else {
                continue;
            };
            let about = About::key(self.primary_key());
            let good = signature.kind() == SignatureType::KeyRevocation
                && signature.names(self.fingerprint())
                && signature.packet.is_proof_of(self.primary_key(), &about);
            if good {
                let addition = Addition {
                    place: Place::Primary,
                    signature: frame.body.to_vec(),
                    replaces: None,
                };
                return Ok(KeyUpdate {
                    fingerprint: self.fingerprint(),
                    additions: vec![addition],
                });
            }
        }
        Err(Error::NotARevocation(self.fingerprint()))
    }
}

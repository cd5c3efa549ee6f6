//! Changes of a key by its owner: another end, revocation, another passphrase.
//!
//! A change gives a new whole key, with every packet that it does not mean to change as it was. Nothing is written
//! here; the keyrings take the result.

use pgp::packet::{PublicSubkey, SecretKey, Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, PublicParams};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::armor;
use crate::cert::{self, Certificate, RevocationReason, SelfSignature, read_signature};
use crate::ecdsa::Lenient;
use crate::error::{BadKey, Error};
use crate::fingerprint::Fingerprint;
use crate::framing::{self, Frame, tag};
use crate::make::signatures::Author;
use crate::make::{lifetime, timestamp};
use crate::merge::{Addition, Place, with_additions};
use crate::secret::{
    Passphrase, SecretCertificate, SecretPart, SigningKey, open_error, rsa_numbers,
};

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
    pub fn apply_to(&self, block: &[u8]) -> Result<Vec<u8>, Error> {
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
        Ok(armor::encode(armor::Kind::Public, &packet))
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
        std::cmp::Ordering::Equal => signature_body(&old.packet).map(Some),
        std::cmp::Ordering::Greater => Err(Error::ClockBehind {
            newest: old.created,
        }),
    }
}

fn signature_body(signature: &Signature) -> Result<Vec<u8>, Error> {
    signature.to_bytes().map_err(Error::pgp("signing the key"))
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
        let bytes = if text.first().is_some_and(|first| first & 0x80 != 0) {
            text.to_vec()
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
            let good = signature.kind() == Some(SignatureType::KeyRevocation)
                && signature.names(self.fingerprint())
                && signature
                    .packet
                    .verify_key(&Lenient(self.primary_key()))
                    .is_ok();
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

impl SecretCertificate {
    /// Returns the same key with every secret packet locked by `new`; open subkeys are locked too. All other
    /// packets are unchanged. An empty new passphrase leaves them open, which the caller has asked about. The primes
    /// of RSA keys are put in the order that the format demands.
    ///
    /// # Errors
    /// `WrongPassphrase` when `old` does not open every locked packet, `DamagedSecret` for packets that no
    /// passphrase opens.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<Self, Error> {
        // Opening it as a key proves that the numbers belong to it.
        self.unlock(old)?;
        let mut out = Zeroizing::new(Vec::new());
        for frame in framing::split(self.to_bytes())? {
            match frame.tag {
                tag::SECRET_KEY | tag::SECRET_SUBKEY => self.relock(&mut out, frame, old, new)?,
                _ => out.extend_from_slice(frame.raw),
            }
        }
        Ok(Self::from_block(&out)?)
    }

    fn relock(
        &self,
        out: &mut Vec<u8>,
        frame: Frame<'_>,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Result<(), Error> {
        let public = match cert::public_body(frame) {
            Ok(public) => public,
            // A subkey of an unknown kind cannot be opened; it stays as it is.
            Err(BadKey::Unsupported(_)) => {
                out.extend_from_slice(frame.raw);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let part = SecretPart::new(&frame.body[public.len()..]);
        if part.lock() == crate::secret::Lock::Absent {
            out.extend_from_slice(frame.raw);
            return Ok(());
        }
        let params = public_params(frame)?;
        let mut plain = part
            .open_plain(old, &params)
            .map_err(|error| open_error(self.fingerprint(), error))?;
        if matches!(params, PublicParams::RSA(_)) {
            plain = rsa_numbers::in_order(plain);
        }
        let locked =
            SecretPart::close(&plain, new, &mut OsRng).map_err(Error::pgp("locking the key"))?;
        let body = Zeroizing::new([public, locked.bytes()].concat());
        framing::write(out, frame.tag, &body);
        Ok(())
    }
}

fn public_params(frame: Frame<'_>) -> Result<PublicParams, Error> {
    let length = u32::try_from(frame.body.len()).unwrap_or(u32::MAX);
    let header = pgp::packet::PacketHeader::new_fixed(pgp::types::Tag::PublicSubkey, length);
    let mut body = frame.body;
    let key =
        PublicSubkey::try_from_reader(header, &mut body).map_err(Error::pgp("reading the key"))?;
    Ok(key.public_params().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make::{NewAlgorithm, NewKey, UserName};
    use crate::secret::rsa_numbers::tests::{assert_in_order, disorder};

    /// The plain numbers of all secret packets.
    fn numbers(key: &SecretCertificate, passphrase: &Passphrase) -> Vec<Zeroizing<Vec<u8>>> {
        let frames = framing::split(key.to_bytes()).unwrap().into_iter();
        frames
            .filter(|frame| matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY))
            .map(|frame| {
                let public = cert::public_body(frame).unwrap();
                SecretPart::new(&frame.body[public.len()..])
                    .open_plain(passphrase, &public_params(frame).unwrap())
                    .unwrap()
            })
            .collect()
    }

    /// The same key with p above q in all secret packets.
    fn disordered(key: &SecretCertificate, passphrase: &Passphrase) -> SecretCertificate {
        let mut numbers = numbers(key, passphrase).into_iter();
        let mut block = Vec::new();
        for frame in framing::split(key.to_bytes()).unwrap() {
            if !matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY) {
                block.extend_from_slice(frame.raw);
                continue;
            }
            let plain = disorder(&numbers.next().unwrap());
            let part = SecretPart::close(&plain, passphrase, &mut OsRng).unwrap();
            let public = cert::public_body(frame).unwrap();
            framing::write(&mut block, frame.tag, &[public, part.bytes()].concat());
        }
        SecretCertificate::from_block(&block).unwrap()
    }

    #[test]
    fn another_passphrase_puts_the_primes_in_order() {
        let [old, new] = ["one", "two"].map(Passphrase::from);
        let key = NewKey {
            algorithm: NewAlgorithm::Rsa2048,
            name: UserName::new("A", "", "").unwrap(),
            passphrase: old.clone(),
            now: 1_700_000_000,
            expires: None,
        };
        let key = key.make().unwrap();
        let made = numbers(&key, &old);
        assert_eq!(made.len(), 2);
        made.iter().for_each(|plain| assert_in_order(plain));

        let disordered = disordered(&key, &old);
        assert_ne!(numbers(&disordered, &old), made);
        let changed = disordered.change_passphrase(&old, &new).unwrap();
        assert_eq!(numbers(&changed, &new), made);
        // Nothing else in the key is another.
        assert_eq!(
            changed.certificate().to_bytes(),
            key.certificate().to_bytes()
        );
        changed.unlock(&new).unwrap();
    }
}

//! Other locks for the secret packets of a key, and the order of the numbers in them.

use pgp::packet::PublicSubkey;
use pgp::types::{KeyDetails, PublicParams};
use rand::rngs::OsRng;

use crate::cert;
use crate::error::{BadKey, Error};
use crate::framing::{self, Frame, tag};
use crate::secret::{Lock, Passphrase, SecretCertificate, SecretPart, open_error, rsa_numbers};
use crate::wiped;

/// More bytes than a secret packet grows by when it gets another lock.
const MOST_GROWTH: usize = 128;

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
        let frames = framing::split(self.to_bytes())?;
        let mut out = wiped::room(self.to_bytes().len() + frames.len() * MOST_GROWTH);
        for frame in frames {
            match frame.tag {
                tag::SECRET_KEY | tag::SECRET_SUBKEY => self.relock(&mut out, frame, old, new)?,
                _ => out.extend_from_slice(frame.raw),
            }
        }
        Ok(Self::from_block(&out)?)
    }

    /// Returns the same key with the primes of its RSA packets in the order that the format demands, each packet
    /// locked as it was; `None` when they are. Older versions and other old tools wrote them in any order, with which
    /// GnuPG makes wrong signatures. Packets that the passphrase does not open are left as they are.
    ///
    /// # Errors
    /// When a packet cannot be locked again.
    pub fn with_primes_in_order(&self, passphrase: &Passphrase) -> Result<Option<Self>, Error> {
        let frames = framing::split(self.to_bytes())?;
        let mut out = wiped::room(self.to_bytes().len() + frames.len() * MOST_GROWTH);
        let mut is_changed = false;
        for frame in frames {
            match reordered(frame, passphrase)? {
                Some((public, part)) => {
                    let body = wiped::concat([public, part.bytes()].into_iter());
                    framing::write(&mut out, frame.tag, &body);
                    is_changed = true;
                }
                None => out.extend_from_slice(frame.raw),
            }
        }
        Ok(match is_changed {
            true => Some(Self::from_block(&out)?),
            false => None,
        })
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
        if part.lock() == Lock::Absent {
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
        let body = wiped::concat([public, locked.bytes()].into_iter());
        framing::write(out, frame.tag, &body);
        Ok(())
    }
}

/// The public part of an RSA packet whose primes are out of order, and its secret part with them in order.
fn reordered<'a>(
    frame: Frame<'a>,
    passphrase: &Passphrase,
) -> Result<Option<(&'a [u8], SecretPart)>, Error> {
    if !matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY) {
        return Ok(None);
    }
    let (Ok(public), Ok(params)) = (cert::public_body(frame), public_params(frame)) else {
        return Ok(None);
    };
    if !matches!(params, PublicParams::RSA(_)) {
        return Ok(None);
    }
    let part = SecretPart::new(&frame.body[public.len()..]);
    let Ok(plain) = part.open_plain(passphrase, &params) else {
        return Ok(None);
    };
    let Some(plain) = rsa_numbers::swapped(&plain) else {
        return Ok(None);
    };
    let open = Passphrase::from("");
    let lock = match part.lock() {
        Lock::None => &open,
        _ => passphrase,
    };
    let part =
        SecretPart::close(&plain, lock, &mut OsRng).map_err(Error::pgp("locking the key"))?;
    Ok(Some((public, part)))
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
    use zeroize::Zeroizing;

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

    #[test]
    fn the_primes_are_put_in_order_under_the_same_locks() {
        for (lock, given) in [("one", "one"), ("", "")] {
            let key = NewKey {
                algorithm: NewAlgorithm::Rsa2048,
                name: UserName::new("A", "", "").unwrap(),
                passphrase: lock.into(),
                now: 1_700_000_000,
                expires: None,
            };
            let key = key.make().unwrap();
            assert!(key.with_primes_in_order(&given.into()).unwrap().is_none());
            let old = disordered(&key, &lock.into());
            let new = old.with_primes_in_order(&given.into()).unwrap().unwrap();
            assert_eq!(numbers(&new, &lock.into()), numbers(&key, &lock.into()));
            assert_eq!(new.protection(), key.protection());
            let locked = old.with_primes_in_order(&"two".into()).unwrap();
            assert_eq!(locked.is_none(), lock == "one", "no passphrase, no change");
        }
    }
}

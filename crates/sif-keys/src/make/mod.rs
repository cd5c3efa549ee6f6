//! Makes key pairs.
//!
//! The shape is that of `key newpair`, so that every reader of images takes the keys, with two differences: all
//! secret packets are locked with the passphrase, and an expiry is possible.

mod identity;
pub(crate) mod signatures;
mod worker;

use pgp::composed::KeyType;
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::packet::{PubKeyInner, PublicKey, PublicSubkey, SecretKey};
use pgp::ser::Serialize;
use pgp::types::{KeyVersion, Password, PlainSecretParams, PublicParams, SecretParams, Timestamp};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use identity::{IdentityError, UserName};
pub use worker::{Cancel, Making};

use crate::error::Error;
use crate::framing::{self, tag};
use crate::secret::{Passphrase, SecretCertificate, SecretPart, rsa_numbers};
use signatures::Author;

/// Which kind of key to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewAlgorithm {
    /// RSA with 4096 bits: what every reader of images takes.
    #[default]
    Rsa4096,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 2048 bits.
    Rsa2048,
    /// Ed25519 in its version 4 form, with a Curve25519 subkey.
    Ed25519,
}

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The kind of key.
    pub algorithm: NewAlgorithm,
    /// Whose key it is.
    pub name: UserName,
    /// Locks all secret packets. An empty one leaves them open, which the caller has asked about.
    pub passphrase: Passphrase,
    /// Seconds since 1970: when the key is made.
    pub now: i64,
    /// Seconds since 1970 when it stops counting; `None` for never.
    pub expires: Option<i64>,
}

impl NewAlgorithm {
    fn primary(self) -> KeyType {
        match self {
            Self::Rsa4096 => KeyType::Rsa(4096),
            Self::Rsa3072 => KeyType::Rsa(3072),
            Self::Rsa2048 => KeyType::Rsa(2048),
            Self::Ed25519 => KeyType::Ed25519Legacy,
        }
    }

    fn subkey(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::ECDH(ECCCurve::Curve25519Legacy),
            rsa => rsa.primary(),
        }
    }
}

/// The two key pairs of a new key, before anything is signed.
pub(crate) struct Numbers {
    primary: (PublicParams, SecretParams),
    subkey: (PublicParams, SecretParams),
}

impl NewKey {
    /// Returns the finished key. This takes seconds for RSA; [`Making`] does it on another thread.
    ///
    /// # Errors
    /// When a time does not fit the format or the library fails.
    pub fn make(&self) -> Result<SecretCertificate, Error> {
        let numbers = self.find_numbers()?;
        self.assemble(numbers)
    }

    fn find_numbers(&self) -> Result<Numbers, Error> {
        let find = |kind: KeyType| kind.generate(OsRng).map_err(Error::pgp("making a key"));
        // The two searches take most of the time and do not depend on each other.
        std::thread::scope(|scope| {
            let subkey = scope.spawn(|| find(self.algorithm.subkey()));
            let primary = find(self.algorithm.primary());
            let subkey = subkey
                .join()
                .map_err(|_| failed("the search for a key ended early"))?;
            Ok(Numbers {
                primary: primary?,
                subkey: subkey?,
            })
        })
    }

    fn assemble(&self, numbers: Numbers) -> Result<SecretCertificate, Error> {
        let pgp = || Error::pgp("making a key");
        let created = timestamp(self.now)?;
        let lifetime = lifetime(self.now, self.expires)?;
        let (primary_params, primary_secret) = numbers.primary;
        let (subkey_params, subkey_secret) = numbers.subkey;
        let inner = |kind: KeyType, params| {
            PubKeyInner::new(KeyVersion::V4, kind.to_alg(), created, None, params)
        };
        let primary_inner = inner(self.algorithm.primary(), primary_params).map_err(pgp())?;
        let primary = PublicKey::from_inner(primary_inner).map_err(pgp())?;
        let subkey_inner = inner(self.algorithm.subkey(), subkey_params).map_err(pgp())?;
        let subkey = PublicSubkey::from_inner(subkey_inner).map_err(pgp())?;

        let secret = SecretKey::new(primary.clone(), primary_secret).map_err(pgp())?;
        let author = Author {
            key: &secret,
            password: Password::empty(),
            now: created,
        };
        let user_id = self.name.to_string();
        let certification = author.certification(&user_id, lifetime)?;
        let binding = author.encryption_binding(&subkey, lifetime)?;

        let mut block = Zeroizing::new(Vec::new());
        let primary_body = primary.to_bytes().map_err(pgp())?;
        self.write_secret(
            &mut block,
            tag::SECRET_KEY,
            &primary_body,
            secret.secret_params(),
        )?;
        framing::write(&mut block, tag::USER_ID, user_id.as_bytes());
        framing::write(&mut block, tag::SIGNATURE, &certification);
        let subkey_body = subkey.to_bytes().map_err(pgp())?;
        self.write_secret(&mut block, tag::SECRET_SUBKEY, &subkey_body, &subkey_secret)?;
        framing::write(&mut block, tag::SIGNATURE, &binding);
        // Reading it back proves every signature in it.
        Ok(SecretCertificate::from_block(&block)?)
    }

    fn write_secret(
        &self,
        block: &mut Vec<u8>,
        tag: u8,
        public: &[u8],
        secret: &SecretParams,
    ) -> Result<(), Error> {
        let plain = plain_numbers(secret)?;
        let locked = SecretPart::close(&plain, &self.passphrase, &mut OsRng)
            .map_err(Error::pgp("locking the key"))?;
        let body = Zeroizing::new([public, locked.bytes()].concat());
        framing::write(block, tag, &body);
        Ok(())
    }
}

/// The numbers of a new key as the format wants them.
fn plain_numbers(secret: &SecretParams) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut open = Zeroizing::new(Vec::new());
    secret
        .to_writer(&mut *open, KeyVersion::V4)
        .map_err(Error::pgp("making a key"))?;
    let nothing = PublicParams::Unknown {
        data: Vec::new().into(),
    };
    let plain = SecretPart::new(&open)
        .open_plain(&Passphrase::from(""), &nothing)
        .map_err(|_| failed("the new key cannot be read"))?;
    Ok(match secret {
        SecretParams::Plain(PlainSecretParams::RSA(_)) => rsa_numbers::in_order(plain),
        _ => plain,
    })
}

fn failed(reason: &str) -> Error {
    Error::OpenPgp {
        what: "making a key",
        reason: reason.to_owned(),
    }
}

/// A time as the format holds it: 32 bits.
pub(crate) fn timestamp(seconds: i64) -> Result<Timestamp, Error> {
    u32::try_from(seconds)
        .map(Timestamp::from_secs)
        .map_err(|_| Error::TimeOutOfRange(seconds))
}

/// The seconds from the making of a key to its expiry; `None` for never.
pub(crate) fn lifetime(created: i64, expires: Option<i64>) -> Result<Option<u32>, Error> {
    let Some(expires) = expires else {
        return Ok(None);
    };
    let seconds = expires.checked_sub(created).filter(|seconds| *seconds > 0);
    let seconds = seconds.ok_or(Error::TimeOutOfRange(expires))?;
    u32::try_from(seconds)
        .map(Some)
        .map_err(|_| Error::TimeOutOfRange(expires))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::rsa_numbers::tests::assert_in_order;

    #[test]
    fn the_primes_of_rsa_keys_are_in_order() {
        for _ in 0..20 {
            let (_, secret) = KeyType::Rsa(1024).generate(OsRng).unwrap();
            assert_in_order(&plain_numbers(&secret).unwrap());
        }
    }
}

//! Key files of a corpus: OpenPGP keys of either half, and PEM of every kind.

use sif_integrity::{
    KeyMaterial, PrivateKey, PublicKey, Ring, RingName, X509Certificate, first_block,
};
use sif_keys::{Certificate, Passphrase, SecretCertificate, SigningKey};

use crate::Corpus;
use crate::expected::Keys;

impl Corpus {
    /// Returns the material that a case names; a missing list is not an empty ring.
    pub(crate) fn material(&self, keys: &Keys) -> Result<KeyMaterial, String> {
        let ring = keys
            .pgp
            .as_ref()
            .map(|paths| self.ring(RingName::Local, paths))
            .transpose()?;
        let pem = keys.pem.iter().flatten().map(|path| self.public_key(path));
        Ok(KeyMaterial {
            rings: ring.into_iter().collect(),
            pem: pem.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the reference's key loader would take the material: public keys only.
    pub(crate) fn is_loadable(&self, keys: &Keys) -> bool {
        let public = |path: &String| {
            self.read(path)
                .is_ok_and(|bytes| PublicKey::from_pem(&bytes).is_ok())
        };
        self.material(keys).is_ok() && keys.pem.iter().flatten().all(public)
    }

    pub(crate) fn ring(&self, name: RingName, paths: &[String]) -> Result<Ring, String> {
        let mut certificates = Vec::new();
        for path in paths {
            let bytes = self.read(path)?;
            let keys =
                Certificate::parse_all(&bytes).map_err(|error| format!("`{path}`: {error}"))?;
            certificates.extend(keys);
        }
        Ok(Ring { name, certificates })
    }

    /// Returns the public key in a PEM file; of a private key or a certificate, its public part.
    fn public_key(&self, path: &str) -> Result<PublicKey, String> {
        let bytes = self.read(path)?;
        let fault = |error: &dyn std::error::Error| format!("`{path}`: {error}");
        let label = first_block(&bytes)
            .map(|block| block.label)
            .unwrap_or_default();
        match label.as_str() {
            "CERTIFICATE" => X509Certificate::from_pem(&bytes)
                .and_then(|certificate| certificate.public_key())
                .map_err(|error| fault(&error)),
            label if label.ends_with("PRIVATE KEY") => {
                let key = PrivateKey::from_pem(&bytes, Some(b"")).map_err(|error| fault(&error))?;
                Ok(key.public_key())
            }
            _ => PublicKey::from_pem(&bytes).map_err(|error| fault(&error)),
        }
    }

    pub(crate) fn private_keys(
        &self,
        paths: &[String],
        passphrase: Option<&str>,
    ) -> Result<Vec<PrivateKey>, String> {
        let key = |path: &String| {
            // A locked key without a word about it is locked with nothing.
            PrivateKey::from_pem(
                &self.read(path)?,
                Some(passphrase.unwrap_or_default().as_bytes()),
            )
            .map_err(|error| format!("`{path}`: {error}"))
        };
        paths.iter().map(key).collect()
    }

    pub(crate) fn signing_key(
        &self,
        path: &str,
        passphrase: Option<&str>,
    ) -> Result<SigningKey, String> {
        let keys = SecretCertificate::parse_all(&self.read(path)?)
            .map_err(|error| format!("`{path}`: {error}"))?;
        let key = keys.first().ok_or("no key")?;
        key.unlock(&Passphrase::from(passphrase.unwrap_or_default()))
            .map_err(|error| error.to_string())
    }
}

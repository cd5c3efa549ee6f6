//! X.509 certificates for code signing: a leaf, its chain to a given root, judged at a given time.
//!
//! Built on `x509-cert` with the checks written out here, not on a TLS verifier: those refuse an authority
//! as the leaf, which the command lines accept (a root given as the leaf passes if it is among the roots;
//! so does an intermediate), and they know only TLS's names and purposes. Revocation is not asked for:
//! that would need the network.

mod algorithm;
mod chain;
mod names;

use der::asn1::ObjectIdentifier;
use der::referenced::OwnedToRef;
use der::{AnyRef, Decode, Encode, Reader};
use thiserror::Error;
use x509_cert::certificate::{Certificate as X509, Version};
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
    NameConstraints, SubjectAltName,
};

pub use chain::{CertificatePools, VerifiedLeaf, verify_leaf};

use crate::pem;
use crate::public_key::{PublicKey, PublicKeyError};

const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Why a certificate cannot be used to verify signatures.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The text has no PEM block.
    #[error("no PEM block found")]
    NoPem,
    /// A block is something else.
    #[error("the PEM block is `{0}`, not a certificate")]
    NotACertificate(String),
    /// A certificate cannot be read.
    #[error("the certificate is malformed")]
    Malformed,
    /// The leaf's key is not usable.
    #[error("the certificate's public key cannot be used")]
    Key(#[from] PublicKeyError),
    /// The leaf's time is over.
    #[error("the certificate expired at {not_after}")]
    Expired {
        /// Last second of validity, Unix time.
        not_after: i64,
    },
    /// The leaf's time has not begun.
    #[error("the certificate is not valid before {not_before}")]
    NotYetValid {
        /// First second of validity, Unix time.
        not_before: i64,
    },
    /// A critical extension is not understood.
    #[error("the certificate has a critical extension that is not supported")]
    CriticalExtension,
    /// An authority limits the names that it may vouch for, in a way that is not evaluated here.
    #[error("an authority limits the names in certificates, which is not supported")]
    NameConstraints,
    /// No chain leads to one of the roots.
    #[error("the certificate is not signed by a known authority")]
    UnknownAuthority,
    /// The chain is for other purposes than code signing.
    #[error("the certificate may not be used for code signing")]
    WrongPurpose,
    /// Revocation by OCSP was asked for.
    #[error("checking revocation over the network (OCSP) is not supported")]
    OcspNotSupported,
}

/// A certificate.
#[derive(Debug, Clone)]
pub struct X509Certificate {
    der: Vec<u8>,
    signed: Vec<u8>,
    parsed: X509,
}

impl X509Certificate {
    /// Returns the certificate in the first PEM block of a text.
    ///
    /// # Errors
    /// When that block is not a certificate.
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        Self::from_block(&pem::first_block(text).ok_or(CertificateError::NoPem)?)
    }

    /// Returns all certificates of a PEM text.
    ///
    /// # Errors
    /// When there is no block, or one is not a certificate.
    pub fn pool_from_pem(text: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::all_blocks(text);
        if blocks.is_empty() {
            return Err(CertificateError::NoPem);
        }
        blocks.iter().map(Self::from_block).collect()
    }

    fn from_block(block: &pem::PemBlock) -> Result<Self, CertificateError> {
        if block.label != "CERTIFICATE" {
            return Err(CertificateError::NotACertificate(block.label.clone()));
        }
        Self::from_der(&block.contents)
    }

    /// Returns the certificate in these bytes.
    ///
    /// # Errors
    /// When they are not one certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |_| CertificateError::Malformed;
        let parsed = X509::from_der(der).map_err(malformed)?;
        // Only the inner one is signed.
        if parsed.signature_algorithm != parsed.tbs_certificate.signature {
            return Err(CertificateError::Malformed);
        }
        // The signature covers the bytes as they stand, not as they would be written again.
        let signed = AnyRef::from_der(der)
            .and_then(|outer| {
                outer.sequence(|reader| {
                    let signed = reader.tlv_bytes()?.to_vec();
                    reader.tlv_bytes()?;
                    reader.tlv_bytes()?;
                    Ok(signed)
                })
            })
            .map_err(malformed)?;
        Ok(Self {
            der: der.to_vec(),
            signed,
            parsed,
        })
    }

    /// Returns the subject's name.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    /// Returns the issuer's name.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    /// Returns the first and the last second of validity, Unix time.
    #[must_use]
    pub fn validity(&self) -> (i64, i64) {
        let validity = &self.parsed.tbs_certificate.validity;
        let seconds = |time: &x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        (seconds(&validity.not_before), seconds(&validity.not_after))
    }

    /// Returns the certificate's key.
    ///
    /// # Errors
    /// When it is of a kind that is not supported.
    pub fn public_key(&self) -> Result<PublicKey, CertificateError> {
        let info = &self.parsed.tbs_certificate.subject_public_key_info;
        let der = info
            .owned_to_ref()
            .to_der()
            .map_err(|_| CertificateError::Malformed)?;
        Ok(PublicKey::from_spki_der(&der)?)
    }

    fn check_time(&self, now: i64) -> Result<(), CertificateError> {
        let (not_before, not_after) = self.validity();
        if now < not_before {
            return Err(CertificateError::NotYetValid { not_before });
        }
        if now > not_after {
            return Err(CertificateError::Expired { not_after });
        }
        Ok(())
    }

    /// Refuses critical extensions that are not looked at here.
    fn check_extensions(&self) -> Result<(), CertificateError> {
        use der::oid::AssociatedOid;
        let understood = [
            BasicConstraints::OID,
            KeyUsage::OID,
            ExtendedKeyUsage::OID,
            SubjectAltName::OID,
            // Looked at for the certificates below.
            NameConstraints::OID,
            // Any policy will do, and revocation is not asked for: the reference takes both in this way.
            CertificatePolicies::OID,
            CrlDistributionPoints::OID,
        ];
        let extensions = self
            .parsed
            .tbs_certificate
            .extensions
            .as_deref()
            .unwrap_or_default();
        let strange = |id: &ObjectIdentifier| !understood.contains(id);
        if extensions
            .iter()
            .any(|extension| extension.critical && strange(&extension.extn_id))
        {
            return Err(CertificateError::CriticalExtension);
        }
        Ok(())
    }

    fn extension<T: for<'a> Decode<'a> + der::oid::AssociatedOid>(
        &self,
    ) -> Result<Option<T>, CertificateError> {
        self.parsed
            .tbs_certificate
            .get::<T>()
            .map(|found| found.map(|(_, value)| value))
            .map_err(|_| CertificateError::Malformed)
    }

    /// Tells whether this certificate may sign others, with `below` intermediates under it.
    fn may_sign_certificates(&self, below: usize) -> bool {
        let Ok(constraints) = self.extension::<BasicConstraints>() else {
            return false;
        };
        let Ok(usage) = self.extension::<KeyUsage>() else {
            return false;
        };
        let authority = match constraints {
            Some(constraints) => {
                let room = constraints
                    .path_len_constraint
                    .map_or(usize::MAX, usize::from);
                constraints.ca && below <= room
            }
            None => self.parsed.tbs_certificate.version != Version::V3,
        };
        authority && usage.is_none_or(|usage| usage.key_cert_sign())
    }

    fn allows_code_signing(&self) -> bool {
        match self.extension::<ExtendedKeyUsage>() {
            Ok(None) => true,
            Ok(Some(usage)) => usage
                .0
                .iter()
                .any(|purpose| [CODE_SIGNING, ANY_PURPOSE].contains(purpose)),
            Err(_) => false,
        }
    }

    fn is_signed_by(&self, issuer: &Self) -> bool {
        let names_match =
            self.parsed.tbs_certificate.issuer == issuer.parsed.tbs_certificate.subject;
        let Some(signature) = self.parsed.signature.as_bytes() else {
            return false;
        };
        let Ok(key) = issuer.public_key() else {
            return false;
        };
        let algorithm = &self.parsed.signature_algorithm;
        names_match && algorithm::fits(algorithm, &key, &self.signed, signature)
    }
}

//! The search for a chain of certificates from a leaf to a trusted root.

use super::{CertificateError, X509Certificate, names};
use crate::public_key::PublicKey;

/// Signature checks in one search; hostile pools could ask for any number.
const MAX_CHECKS: usize = 100;
/// Certificates in one chain.
const MAX_CHAIN: usize = 10;

/// A leaf that was found good, and the chain that shows it.
#[derive(Debug, Clone)]
pub struct VerifiedLeaf {
    /// The leaf's key.
    pub public_key: PublicKey,
    /// The shortest chain found, leaf first, root last.
    pub chain: Vec<X509Certificate>,
}

impl VerifiedLeaf {
    /// Refuses to say whether the chain was revoked, for callers that are asked to find out.
    ///
    /// # Errors
    /// [`CertificateError::OcspNotSupported`], always: asking would need the network.
    pub fn check_revocation(&self) -> Result<(), CertificateError> {
        Err(CertificateError::OcspNotSupported)
    }
}

/// The certificates that a chain may be built from.
#[derive(Debug, Clone, Default)]
pub struct CertificatePools {
    /// Certificates between leaf and root.
    pub intermediates: Vec<X509Certificate>,
    /// Trusted roots; the caller adds the system's if the user gave none.
    pub roots: Vec<X509Certificate>,
}

/// Returns the leaf's key if a chain for code signing leads from it to a root at time `now`.
///
/// # Errors
/// When there is none, or the leaf itself is not acceptable.
pub fn verify_leaf(
    leaf: &X509Certificate,
    pools: &CertificatePools,
    now: i64,
) -> Result<VerifiedLeaf, CertificateError> {
    leaf.check_extensions()?;
    leaf.check_time(now)?;
    let public_key = leaf.public_key()?;
    let mut search = Search {
        pools,
        now,
        checks: 0,
        wrong_purpose: false,
        limited_names: false,
        best: None,
    };
    if pools.roots.iter().any(|root| root.der == leaf.der) {
        search.found(&[leaf]);
    } else {
        search.extend(&mut vec![leaf]);
    }
    match search.best {
        Some(chain) => Ok(VerifiedLeaf { public_key, chain }),
        None if search.wrong_purpose => Err(CertificateError::WrongPurpose),
        None if search.limited_names => Err(CertificateError::NameConstraints),
        None => Err(CertificateError::UnknownAuthority),
    }
}

struct Search<'a> {
    pools: &'a CertificatePools,
    now: i64,
    checks: usize,
    wrong_purpose: bool,
    limited_names: bool,
    best: Option<Vec<X509Certificate>>,
}

impl<'a> Search<'a> {
    fn found(&mut self, chain: &[&X509Certificate]) {
        if !chain
            .iter()
            .all(|certificate| certificate.allows_code_signing())
        {
            self.wrong_purpose = true;
        } else if self
            .best
            .as_ref()
            .is_none_or(|best| chain.len() < best.len())
        {
            self.best = Some(
                chain
                    .iter()
                    .map(|certificate| (*certificate).clone())
                    .collect(),
            );
        }
    }

    fn extend(&mut self, chain: &mut Vec<&'a X509Certificate>) {
        if chain.len() >= MAX_CHAIN {
            return;
        }
        let pools = self.pools;
        for root in &pools.roots {
            if self.accepts(chain, root) {
                chain.push(root);
                self.found(chain);
                chain.pop();
            }
        }
        for intermediate in &pools.intermediates {
            if self.accepts(chain, intermediate) {
                chain.push(intermediate);
                self.extend(chain);
                chain.pop();
            }
        }
    }

    fn accepts(&mut self, chain: &[&X509Certificate], issuer: &X509Certificate) -> bool {
        let Some(last) = chain.last() else {
            return false;
        };
        if self.checks >= MAX_CHECKS || chain.iter().any(|member| member.der == issuer.der) {
            return false;
        }
        let below = chain.len().saturating_sub(1);
        let acceptable = issuer.check_extensions().is_ok()
            && issuer.check_time(self.now).is_ok()
            && issuer.may_sign_certificates(below);
        if !acceptable {
            return false;
        }
        if !names::may_vouch(issuer, chain) {
            self.limited_names = true;
            return false;
        }
        self.checks += 1;
        last.is_signed_by(issuer)
    }
}

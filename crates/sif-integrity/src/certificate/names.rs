//! Name constraints: an authority that may vouch for some names only.
//!
//! They apply to names in the extension for alternative names, whether marked critical or not. Certificates for code
//! signing mostly have none, and then there is nothing to compare. Comparing is not done here: where it would be
//! needed the chain is refused, and the reason told.

use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{NameConstraints, SubjectAltName};

use super::X509Certificate;

/// Whether nothing in this authority's constraints speaks against the chain below it.
pub(super) fn may_vouch(authority: &X509Certificate, chain: &[&X509Certificate]) -> bool {
    let constraints = match authority.parsed.tbs_certificate.get::<NameConstraints>() {
        Ok(None) => return true,
        Ok(Some((critical, constraints))) if !critical || are_known(&constraints) => constraints,
        _ => return false,
    };
    if constraints.permitted_subtrees.is_none() && constraints.excluded_subtrees.is_none() {
        // The reference does not read an authority whose constraints are empty.
        return false;
    }
    let has_names = |one: &X509Certificate| !matches!(one.extension::<SubjectAltName>(), Ok(None));
    !chain.iter().any(|one| has_names(one))
}

/// Whether the constraints are over those kinds of names only that the reference knows.
fn are_known(constraints: &NameConstraints) -> bool {
    let subtrees = [
        &constraints.permitted_subtrees,
        &constraints.excluded_subtrees,
    ];
    subtrees.into_iter().flatten().flatten().all(|subtree| {
        matches!(
            subtree.base,
            GeneralName::DnsName(_)
                | GeneralName::IpAddress(_)
                | GeneralName::Rfc822Name(_)
                | GeneralName::UniformResourceIdentifier(_)
        )
    })
}

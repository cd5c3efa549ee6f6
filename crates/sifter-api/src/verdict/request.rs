//! What a verification is asked for beyond "this image": for the command line.

use std::path::PathBuf;

/// Which parts, which form of signature, which keys. The default is everything, by the person's keyrings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyRequest {
    /// Groups; with no parts either, all.
    pub groups: Vec<u32>,
    /// Parts.
    pub parts: Vec<u32>,
    /// Look for signatures of the old form only.
    pub legacy: bool,
    /// With [`Self::legacy`]: one signature for each part.
    pub legacy_all: bool,
    /// Where keys come from.
    pub keys: KeySource,
}

/// Where the keys of a verification come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeySource {
    /// The person's and the administrator's keyrings.
    #[default]
    Keyrings,
    /// Only the keys in these files, all of them trusted: the person chose them.
    Files(Vec<PathBuf>),
    /// Public keys in PEM files, for envelopes.
    Pem(Vec<PathBuf>),
    /// An X.509 certificate and what its chain may be built from.
    Certificate {
        /// The certificate of the signer.
        leaf: PathBuf,
        /// Files with intermediate certificates.
        intermediates: Vec<PathBuf>,
        /// Files with roots; none means the system's.
        roots: Vec<PathBuf>,
    },
}

impl VerifyRequest {
    /// Returns whether only a part of the image is asked for.
    #[must_use]
    pub fn is_selection(&self) -> bool {
        !self.groups.is_empty() || !self.parts.is_empty()
    }

    pub(crate) fn selection(&self) -> sif_integrity::Selection {
        use sif_integrity::Mode;
        let mode = match (self.legacy || self.legacy_all, self.legacy_all) {
            (false, _) => Mode::Current,
            (true, true) => Mode::LegacyAll,
            (true, false) => Mode::LegacyPrimary,
        };
        sif_integrity::Selection {
            groups: self.groups.clone(),
            objects: self.parts.clone(),
            mode,
        }
    }
}

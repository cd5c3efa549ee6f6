//! Where the keys of a verification come from.

use std::path::{Path, PathBuf};

use sif_integrity::{CertificatePools, KeyMaterial, PublicKey, Ring, RingName, X509Certificate};
use sif_keys::Certificate;

use super::KeySource;
use crate::{
    Result,
    error::{ApiError, ErrorCode, name_of},
    files::OpenFile,
    keys::{KeySet, key_error},
};

/// Key and certificate files are small; a larger one is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Returns the keys that `from` names.
pub(super) fn material(keys: &KeySet, from: &KeySource, now: i64) -> Result<KeyMaterial> {
    let ring = |name, certificates: Vec<Certificate>| Ring { name, certificates };
    match from {
        KeySource::Keyrings => {
            let global = ring(
                RingName::Global,
                keys.global.certificates().cloned().collect(),
            );
            let local = ring(
                RingName::Local,
                keys.public.certificates().cloned().collect(),
            );
            Ok(KeyMaterial {
                rings: vec![global, local],
                pem: Vec::new(),
            })
        }
        KeySource::Files(files) => {
            let mut certificates = Vec::new();
            for file in files {
                certificates.extend(
                    Certificate::parse_all(&read_key_file(file)?)
                        .map_err(|error| key_error(&error))?,
                );
            }
            Ok(KeyMaterial {
                rings: vec![ring(RingName::Given, certificates)],
                pem: Vec::new(),
            })
        }
        KeySource::Pem(files) => {
            let mut pem = Vec::new();
            for file in files {
                pem.push(PublicKey::from_pem(&read_key_file(file)?).map_err(|error| {
                    ApiError::new(
                        ErrorCode::PemMalformed,
                        format!("`{}`: {error}", name_of(file)),
                    )
                })?);
            }
            Ok(KeyMaterial {
                rings: Vec::new(),
                pem,
            })
        }
        KeySource::Certificate {
            leaf,
            intermediates,
            roots,
        } => {
            let leaf = certificates_in(std::slice::from_ref(leaf))?;
            let leaf = leaf
                .first()
                .ok_or_else(|| ApiError::plain(ErrorCode::CertificateRefused))?;
            let roots = if roots.is_empty() {
                system_roots()?
            } else {
                certificates_in(roots)?
            };
            let pools = CertificatePools {
                intermediates: certificates_in(intermediates)?,
                roots,
            };
            let verified = sif_integrity::verify_leaf(leaf, &pools, now).map_err(|error| {
                ApiError::new(ErrorCode::CertificateRefused, error.to_string()).because(&error)
            })?;
            Ok(KeyMaterial {
                rings: Vec::new(),
                pem: vec![verified.public_key],
            })
        }
    }
}

fn certificates_in(files: &[PathBuf]) -> Result<Vec<X509Certificate>> {
    let mut found = Vec::new();
    for file in files {
        let some = X509Certificate::pool_from_pem(&read_key_file(file)?);
        found.extend(some.map_err(|error| {
            ApiError::new(
                ErrorCode::PemMalformed,
                format!("`{}`: {error}", name_of(file)),
            )
        })?);
    }
    Ok(found)
}

/// The roots that the system's own tools use, where they lie in one file.
fn system_roots() -> Result<Vec<X509Certificate>> {
    let places = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ];
    let bundle = places
        .iter()
        .map(PathBuf::from)
        .find(|place| place.is_file());
    match bundle {
        Some(bundle) => certificates_in(&[bundle]),
        None => Err(ApiError::new(
            ErrorCode::CertificateRefused,
            "no root certificates were found on this system",
        )
        .with_hint("name the roots with `--certificate-roots`")),
    }
}

/// Returns the bytes of a file with keys.
pub(crate) fn read_key_file(path: &Path) -> Result<Vec<u8>> {
    OpenFile::open(path)?.read(LARGEST)?.ok_or_else(|| {
        let why = format!("`{}` is too large for keys", name_of(path));
        ApiError::new(ErrorCode::InputInvalid, why)
    })
}

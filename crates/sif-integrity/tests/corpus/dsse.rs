//! Section `dsse`: envelopes made anew.

use sif_integrity::{PAYLOAD_TYPE, PrivateKey, RsaDigest, sign_envelope};

use crate::expected::DsseCase;
use crate::{Corpus, Tally, same, same_bytes};

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("dsse");
    for case in &corpus.expected.dsse {
        tally.case(&case.golden, || check(corpus, case));
    }
    tally
}

fn check(corpus: &Corpus, case: &DsseCase) -> Result<(), String> {
    let keys = corpus.private_keys(&case.signers, case.passphrase.as_deref())?;
    let digest = match case.hash.as_str() {
        "sha384" => RsaDigest::Sha384,
        "sha512" => RsaDigest::Sha512,
        "sha256" | "none" | "" => RsaDigest::Sha256,
        other => return Err(format!("unknown hash `{other}`")),
    };
    let payload_type = case.payload_type.as_deref().unwrap_or(PAYLOAD_TYPE);
    let envelope = sign_envelope(payload_type, case.message.as_bytes(), &keys, digest)
        .map_err(|error| error.to_string())?;
    let golden = corpus.read(&case.golden)?;
    let golden = golden.strip_suffix(b"\n").unwrap_or(&golden);
    if keys.iter().all(repeats) {
        return same_bytes(envelope.as_bytes(), golden);
    }
    // ECDSA differs each time; all but the signatures must be the same.
    same(
        "envelope",
        &without_signatures(envelope.as_bytes())?,
        &without_signatures(golden)?,
    )
}

fn repeats(key: &PrivateKey) -> bool {
    matches!(key.public_key().kind(), "RSA" | "Ed25519")
}

fn without_signatures(envelope: &[u8]) -> Result<serde_json::Value, String> {
    let mut value: serde_json::Value =
        serde_json::from_slice(envelope).map_err(|error| error.to_string())?;
    let signatures = value["signatures"].as_array_mut().into_iter().flatten();
    signatures.for_each(|signature| signature["sig"] = serde_json::Value::Null);
    Ok(value)
}

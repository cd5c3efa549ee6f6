//! Taking a key. What is known of it already is kept: news are merged into it. Only what a key says about itself is
//! taken, so nobody can fill the keys of others with names or signatures.

use axum::http::StatusCode;
use rusqlite::{OptionalExtension, Transaction, params};
use scs_types::keystore::folded;
use sif_keys::{Algorithm, Certificate};

use crate::{
    Limits,
    answer::{Answer, Refusal},
    audit,
    caller::Caller,
};

const PUBLIC: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const SECRET: &str = "PRIVATE KEY BLOCK-----";
/// More keys at once are no publishing.
const MOST_KEYS: usize = 100;
/// More names of a key are not looked at.
const MOST_NAMES: usize = 100;

/// The keys in a text, as far as they may be published.
///
/// # Errors
///
/// 413 for more than the limits, 422 for anything but public keys.
pub(crate) fn read(text: &str, limits: &Limits) -> Answer<Vec<Certificate>> {
    let unprocessable =
        |message: &str| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message.to_owned());
    let too_large = |message: &str| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message.to_owned());
    if text.len() > limits.key {
        return Err(too_large("the key is too large"));
    }
    if text.contains(SECRET) {
        return Err(unprocessable(
            "that is a secret key: it is not stored, and should never be sent",
        ));
    }
    if !text.contains(PUBLIC) {
        return Err(unprocessable("that is no public key"));
    }
    let mut keys = Vec::new();
    for block in blocks(text) {
        let read = Certificate::parse_all(block.as_bytes());
        keys.extend(
            read.map_err(|error| unprocessable(&format!("that is no public key: {error}")))?,
        );
    }
    if keys.is_empty() {
        return Err(unprocessable("there is no key in the text"));
    }
    if keys.len() > MOST_KEYS {
        return Err(too_large("too many keys at once"));
    }
    let mut own = Vec::with_capacity(keys.len());
    for key in keys {
        let key = key
            .own_statements()
            .map_err(|error| unprocessable(&error.to_string()))?;
        let longest = key
            .longest_packet()
            .map_err(|error| unprocessable(&error.to_string()))?;
        if longest > limits.key_packet {
            return Err(too_large("a part of the key is too large"));
        }
        own.push(key);
    }
    Ok(own)
}

/// Takes keys, all or none.
pub(crate) fn add(
    rows: &Transaction<'_>,
    caller: &Caller,
    text: &str,
    limits: &Limits,
    now: i64,
) -> Answer<()> {
    for key in read(text, limits)? {
        let fingerprint = key.fingerprint().to_string();
        let known: Option<Vec<u8>> = rows
            .prepare_cached("SELECT block FROM keys WHERE fingerprint = ?1")?
            .query_row([&fingerprint], |row| row.get(0))
            .optional()?;
        let merged = match known.as_deref().map(Certificate::from_block) {
            Some(Ok(known)) => match known.merged_with(&key) {
                Ok((_, news)) if news.is_empty() => continue,
                Ok((merged, _)) => merged,
                Err(error) => {
                    return Err(Refusal::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        error.to_string(),
                    ));
                }
            },
            _ => key,
        };
        if merged.to_bytes().len() > limits.key {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the key has grown too large",
            ));
        }
        store(rows, &merged, now)?;
        audit::note(rows, now, caller.name(), "key.add", &fingerprint)?;
    }
    Ok(())
}

fn store(rows: &Transaction<'_>, key: &Certificate, now: i64) -> Answer<()> {
    let summary = key.summary(now / 1000);
    let fingerprint = key.fingerprint().to_string();
    rows.execute(
        "INSERT INTO keys (fingerprint, block, algorithm, bits, created, expires, revoked, added)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (fingerprint) DO UPDATE SET
         block = excluded.block, expires = excluded.expires, revoked = excluded.revoked",
        params![
            fingerprint,
            key.to_bytes(),
            key.algorithm_number(),
            bits(summary.algorithm),
            summary.created,
            summary.expires,
            summary.revoked.is_some(),
            now
        ],
    )?;
    let subkeys = summary.subkeys.iter().map(|subkey| subkey.fingerprint);
    for part in std::iter::once(summary.fingerprint).chain(subkeys) {
        let whole = part.to_string().to_ascii_lowercase();
        let id = hex::encode(part.key_id().0);
        let short = id.get(8..).unwrap_or_default();
        for id in [whole.as_str(), &id, short] {
            rows.prepare_cached(
                "INSERT INTO key_ids (id, fingerprint) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute([id, &fingerprint])?;
        }
    }
    for name in summary.user_ids.iter().take(MOST_NAMES) {
        rows.prepare_cached(
            "INSERT INTO key_names (fingerprint, name, folded) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute([&fingerprint, &name.text, &folded(&name.text)])?;
    }
    Ok(())
}

fn bits(algorithm: Algorithm) -> Option<u32> {
    match algorithm {
        Algorithm::Rsa(bits) | Algorithm::Dsa(bits) | Algorithm::Elgamal(bits) => {
            u32::try_from(bits).ok()
        }
        Algorithm::Ed25519 | Algorithm::X25519 | Algorithm::Ecdh("Curve25519") => Some(256),
        Algorithm::Ed448 | Algorithm::X448 => Some(448),
        Algorithm::Ecdsa(curve) | Algorithm::Ecdh(curve) => match curve {
            "P-256" | "secp256k1" => Some(256),
            "P-384" => Some(384),
            "P-521" => Some(521),
            _ => None,
        },
        Algorithm::Other => None,
    }
}

/// The armored blocks of a text, each with what follows it. A reader of keyrings looks at the first alone.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let starts = || text.match_indices(PUBLIC).map(|(start, _)| start);
    let ends = starts().skip(1).chain([text.len()]);
    starts()
        .zip(ends)
        .filter_map(|(start, end)| text.get(start..end))
}

//! The signature form for PEM keys: a DSSE envelope in JSON around the signed metadata.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::pem::BASE64;
use crate::private_key::{PrivateKey, PrivateKeyError};
use crate::progress::Progress;
use crate::public_key::{PublicKey, RsaDigest};

/// The type that makes an envelope a signature on an image.
pub const PAYLOAD_TYPE: &str = "application/vnd.sylabs.sif-metadata+json";

/// Bytes of an envelope that is looked at; one over 10 000 objects has less.
const MAX_ENVELOPE: usize = 4 << 20;

/// Signatures of an envelope that are checked. One with more fails: each may have to be tried with each key.
const MAX_SIGNATURES: usize = 256;

/// An envelope that is a signature on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    #[serde(default)]
    payload: String,
    #[serde(default)]
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EnvelopeSignature {
    #[serde(default)]
    keyid: String,
    #[serde(default)]
    sig: String,
}

/// What checking an envelope gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Positions, among the given keys, of those whose signature was accepted, in envelope order.
    pub(crate) accepted: Vec<usize>,
    /// Positions of given keys that the envelope names but whose signature is wrong.
    pub(crate) refused: Vec<usize>,
}

/// Why an envelope fails as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvelopeFault {
    /// There is no signature in it, or more than anybody makes.
    SignatureCount,
    /// Payload or a signature is not base64.
    NotBase64,
}

/// Given keys with their names, which are digests and made once.
#[derive(Debug)]
pub(crate) struct NamedKeys<'a>(Vec<(String, &'a PublicKey)>);

impl<'a> NamedKeys<'a> {
    pub(crate) fn of(keys: &'a [PublicKey]) -> Self {
        Self(keys.iter().map(|key| (key.key_id(), key)).collect())
    }

    /// Returns the name of the key at this position.
    pub(crate) fn name(&self, position: usize) -> Option<&str> {
        self.0.get(position).map(|(name, _)| name.as_str())
    }
}

impl Envelope {
    /// Returns the envelope in `data`, `None` if it is something else.
    ///
    /// Only the beginning decides: `Trailing` says whether something follows it.
    pub(crate) fn recognise(data: &[u8]) -> Option<(Self, Trailing)> {
        if data.len() > MAX_ENVELOPE {
            return None;
        }
        let mut values = serde_json::Deserializer::from_slice(data).into_iter::<Self>();
        let envelope = values.next()?.ok()?;
        let rest = data.get(values.byte_offset()..).unwrap_or_default();
        let blank = rest.iter().all(|byte| b" \t\r\n".contains(byte));
        let trailing = if blank {
            Trailing::Nothing
        } else {
            Trailing::Bytes
        };
        (envelope.payload_type == PAYLOAD_TYPE).then_some((envelope, trailing))
    }

    /// Returns the signed metadata's text, `None` if it is not base64.
    pub(crate) fn payload(&self) -> Option<Vec<u8>> {
        decode(&self.payload)
    }

    /// Returns the key names in the envelope, in order.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.signatures
            .iter()
            .map(|signature| signature.keyid.as_str())
    }

    /// Tells which of `keys` made an acceptable signature.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `progress` asks to stop; in the inner result when the envelope fails whatever the keys
    /// are.
    pub(crate) fn check(
        &self,
        keys: &NamedKeys<'_>,
        progress: &dyn Progress,
    ) -> Result<Result<Checked, EnvelopeFault>, Error> {
        let message = match self.message() {
            Ok(message) => message,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut checked = Checked {
            accepted: Vec::new(),
            refused: Vec::new(),
        };
        for entry in &self.signatures {
            if progress.step(0, 0).is_break() {
                return Err(Error::Cancelled);
            }
            let Some(signature) = decode(&entry.sig) else {
                return Ok(Err(EnvelopeFault::NotBase64));
            };
            self.check_one(entry, &signature, &message, keys, &mut checked);
        }
        Ok(Ok(checked))
    }

    /// Returns what the signatures are over.
    fn message(&self) -> Result<Vec<u8>, EnvelopeFault> {
        if !(1..=MAX_SIGNATURES).contains(&self.signatures.len()) {
            return Err(EnvelopeFault::SignatureCount);
        }
        let payload = self.payload().ok_or(EnvelopeFault::NotBase64)?;
        Ok(encoding_to_sign(&self.payload_type, &payload))
    }

    fn check_one(
        &self,
        entry: &EnvelopeSignature,
        signature: &[u8],
        message: &[u8],
        keys: &NamedKeys<'_>,
        checked: &mut Checked,
    ) {
        for (position, (name, key)) in keys.0.iter().enumerate() {
            let named = entry.keyid.is_empty() || *name == entry.keyid;
            if !named || checked.accepted.contains(&position) {
                continue;
            }
            if key.verifies(message, signature) {
                checked.accepted.push(position);
                return;
            }
            if !entry.keyid.is_empty() {
                checked.refused.push(position);
            }
        }
    }
}

/// What follows an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trailing {
    /// At most white space.
    Nothing,
    /// Something, which makes verification fail.
    Bytes,
}

/// Returns the envelope over `payload` signed by `keys`, in order: compact, without a final line feed.
///
/// # Errors
/// When a key cannot sign.
pub fn sign_envelope(
    payload_type: &str,
    payload: &[u8],
    keys: &[PrivateKey],
    rsa_digest: RsaDigest,
) -> Result<String, PrivateKeyError> {
    let message = encoding_to_sign(payload_type, payload);
    let signatures = keys
        .iter()
        .map(|key| {
            let sig = BASE64.encode(key.sign_with(rsa_digest, &message)?);
            Ok(EnvelopeSignature {
                keyid: key.public_key().key_id(),
                sig,
            })
        })
        .collect::<Result<_, PrivateKeyError>>()?;
    let envelope = Envelope {
        payload_type: payload_type.to_owned(),
        payload: BASE64.encode(payload),
        signatures,
    };
    Ok(serde_json::to_string(&envelope).expect("strings always serialise"))
}

/// Returns what is signed: type and payload, each behind its length.
fn encoding_to_sign(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Decodes base64, standard or URL-safe; line ends inside do not matter, as in Go.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.replace(['\r', '\n'], "");
    BASE64
        .decode(&text)
        .or_else(|_| URL_SAFE.decode(&text))
        .ok()
}

//! The signature form for PEM keys: a DSSE envelope in JSON around the signed metadata.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;
use serde::de::MapAccess;

use crate::error::Error;
use crate::json::{self, Fields, List, Text, Trailing, Update};
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: List<EnvelopeSignature>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

impl Fields for Envelope {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "payloadtype" => map.next_value_seed(Text(&mut self.payload_type)),
            "payload" => map.next_value_seed(Text(&mut self.payload)),
            "signatures" => map.next_value_seed(Update(&mut self.signatures)),
            _ => json::skip(map),
        }
    }
}

impl Fields for EnvelopeSignature {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "keyid" => map.next_value_seed(Text(&mut self.keyid)),
            "sig" => map.next_value_seed(Text(&mut self.sig)),
            _ => json::skip(map),
        }
    }
}

/// What checking an envelope gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Positions, among the given keys, of those whose signature was accepted, in envelope order.
    pub(crate) accepted: Vec<usize>,
    /// Positions of given keys that the envelope names but whose signature is wrong.
    pub(crate) refused: Vec<usize>,
    /// Whether something in the envelope makes it fail, whatever was accepted before.
    pub(crate) is_broken: bool,
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
        let mut envelope = Self::default();
        let trailing = json::read(&json::text_of(data), &mut envelope)?;
        (envelope.payload_type == PAYLOAD_TYPE).then_some((envelope, trailing))
    }

    /// Returns the signed metadata's text, `None` if it is not base64.
    pub(crate) fn payload(&self) -> Option<Vec<u8>> {
        decode(&self.payload)
    }

    /// Returns the key names in the envelope, in order.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.signatures
            .0
            .iter()
            .map(|signature| signature.keyid.as_str())
    }

    /// Tells which of `keys` made an acceptable signature.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `progress` asks to stop.
    pub(crate) fn check(
        &self,
        keys: &NamedKeys<'_>,
        progress: &dyn Progress,
    ) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        let is_sane = (1..=MAX_SIGNATURES).contains(&self.signatures.0.len());
        let Some(payload) = self.payload().filter(|_| is_sane) else {
            checked.is_broken = true;
            return Ok(checked);
        };
        let message = encoding_to_sign(&self.payload_type, &payload);
        for entry in &self.signatures.0 {
            if progress.step(0, 0).is_break() {
                return Err(Error::Cancelled);
            }
            let Some(signature) = decode(&entry.sig) else {
                checked.is_broken = true;
                break;
            };
            check_one(entry, &signature, &message, keys, &mut checked);
        }
        Ok(checked)
    }
}

fn check_one(
    entry: &EnvelopeSignature,
    signature: &[u8],
    message: &[u8],
    keys: &NamedKeys<'_>,
    checked: &mut Checked,
) {
    for (position, (name, key)) in keys.0.iter().enumerate() {
        // A key without a name of its own is tried whatever the entry says.
        let may_fit = entry.keyid.is_empty() || name.is_empty() || *name == entry.keyid;
        if !may_fit || checked.accepted.contains(&position) {
            continue;
        }
        if key.verifies(message, signature) {
            checked.accepted.push(position);
            return;
        }
        if !entry.keyid.is_empty() && *name == entry.keyid {
            checked.refused.push(position);
        }
    }
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
        signatures: List(signatures),
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

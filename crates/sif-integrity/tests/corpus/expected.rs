//! `expected.json`. Unknown fields are fine, missing ones are empty.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Expected {
    pub(crate) reference: Reference,
    pub(crate) images: BTreeMap<String, ImageCase>,
    pub(crate) mutations: Vec<Mutation>,
    pub(crate) writer: Vec<Recipe>,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) integrity_streams: Vec<StreamCase>,
    pub(crate) dsse: Vec<DsseCase>,
    pub(crate) siftool: Vec<Printed>,
    pub(crate) cli: Vec<CliCase>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Reference {
    pub(crate) recorded: String,
}

impl Reference {
    /// The last second of the day of recording, in Unix seconds, as what was made for a recording is made
    /// on its day; without a day, one when all known keys are good.
    pub(crate) fn seconds(&self) -> i64 {
        let day = self.recorded.split(['T', ' ']).next().unwrap_or_default();
        let mut numbers = day.splitn(3, '-').map(|part| part.trim().parse::<i64>());
        let mut next = || numbers.next().and_then(Result::ok);
        let (year, month, day) = match (next(), next(), next()) {
            (Some(year), Some(month), Some(day)) => (year, month, day),
            _ => (2026, 11, 22),
        };
        let (year, month) = if month <= 2 {
            (year - 1, month + 9)
        } else {
            (year, month - 3)
        };
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
        (days - 719_468) * 86_400 - 1
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ImageCase {
    pub sha256: Option<String>,
    pub(crate) bytes: Option<u64>,
    pub(crate) load: Load,
    pub(crate) groups: Option<Vec<u32>>,
    pub(crate) verify: Vec<VerifyCase>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Load {
    pub(crate) outcome: String,
    pub(crate) error: Option<Failed>,
    pub(crate) launch_script: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) arch: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) created: Option<i64>,
    pub(crate) modified: Option<i64>,
    pub(crate) descriptors_free: Option<i64>,
    pub(crate) descriptors_total: Option<u32>,
    pub(crate) descriptors_offset: Option<u64>,
    pub(crate) descriptors_size: Option<u64>,
    pub(crate) data_offset: Option<i64>,
    pub(crate) data_size: Option<i64>,
    pub integrity_sha256: Option<String>,
    pub(crate) descriptors: Option<Vec<Object>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Object {
    pub(crate) id: Option<u32>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) type_code: Option<i32>,
    pub(crate) group: Option<u32>,
    pub(crate) link: Option<u32>,
    pub(crate) link_is_group: Option<bool>,
    pub(crate) offset: Option<u64>,
    pub(crate) size: Option<u64>,
    pub(crate) created: Option<i64>,
    pub(crate) modified: Option<i64>,
    pub(crate) name: Option<String>,
    pub data_sha256: Option<String>,
    pub integrity_sha256: Option<String>,
    pub(crate) fs: Option<String>,
    pub(crate) part: Option<String>,
    pub(crate) arch: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) entity: Option<String>,
    pub(crate) sbom: Option<String>,
    pub(crate) message_format: Option<String>,
    pub(crate) message_type: Option<String>,
    pub(crate) digest: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Keys {
    pub(crate) pgp: Option<Vec<String>>,
    pub(crate) pem: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VerifyCase {
    pub(crate) case: String,
    pub(crate) keys: Option<Keys>,
    pub(crate) select: Select,
    pub(crate) expect: Expect,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Select {
    pub(crate) groups: Vec<u32>,
    pub(crate) objects: Vec<u32>,
    pub(crate) legacy: bool,
    pub(crate) legacy_cli: bool,
    pub(crate) legacy_all: bool,
    pub(crate) ignore_errors: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Expect {
    pub(crate) outcome: String,
    pub(crate) stage: Option<String>,
    pub(crate) error: Option<Failed>,
    pub(crate) signatures: Option<Vec<Signature>>,
    pub(crate) any_signed_by: Option<Vec<String>>,
    pub(crate) all_signed_by: Option<Vec<String>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Failed {
    pub(crate) class: String,
    pub(crate) id: Option<u32>,
    pub(crate) is_group: bool,
    pub(crate) cause: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Signature {
    pub(crate) signature: u32,
    pub(crate) verified: Vec<u32>,
    pub(crate) entity: Option<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) error: Option<Failed>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Mutation {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) edits: Vec<Edit>,
    pub(crate) truncate_to: Option<usize>,
    pub(crate) policy: String,
    pub(crate) keys: Keys,
    pub(crate) load: Load,
    pub(crate) verify: Vec<VerifyCase>,
}

#[derive(Deserialize)]
pub(crate) struct Edit {
    pub(crate) offset: usize,
    pub(crate) hex: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Recipe {
    pub(crate) golden: String,
    pub(crate) create: Create,
    pub(crate) objects: Vec<NewObject>,
    pub(crate) ops: Vec<Operation>,
    pub(crate) error: Option<String>,
    pub(crate) byte_exact: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Create {
    pub(crate) deterministic: bool,
    pub(crate) capacity: Option<u32>,
    pub(crate) launch: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) time: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewObject {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) text: Option<String>,
    pub(crate) hex: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) group: Option<u32>,
    pub(crate) link: Option<u32>,
    pub(crate) link_group: Option<u32>,
    pub(crate) align: Option<i64>,
    pub(crate) fs: Option<i32>,
    pub(crate) part: Option<i32>,
    pub(crate) arch: Option<String>,
    pub(crate) sbom: Option<i32>,
    pub(crate) format: Option<i32>,
    pub(crate) message: Option<i32>,
    pub(crate) time: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Operation {
    pub(crate) op: String,
    pub(crate) id: Option<u32>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) object: Option<NewObject>,
    pub(crate) digest: Option<String>,
    pub(crate) zero: bool,
    pub(crate) compact: bool,
    pub(crate) deterministic: bool,
    pub(crate) time: Option<i64>,
    pub(crate) pgp: Option<OneOrMore<String>>,
    pub(crate) pem: Option<OneOrMore<String>>,
    pub(crate) no_salt: bool,
    #[serde(alias = "password")]
    pub(crate) passphrase: Option<String>,
    pub(crate) groups: Vec<u32>,
    pub(crate) objects: Vec<OneOrMore<u32>>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(crate) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T: Clone> OneOrMore<T> {
    pub(crate) fn list(&self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::More(more) => more.clone(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StreamCase {
    pub(crate) file: String,
    pub(crate) changed_field: String,
    pub(crate) affects_stream: bool,
    pub sha256: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DsseCase {
    pub(crate) golden: String,
    pub(crate) message: String,
    pub(crate) payload_type: Option<String>,
    pub(crate) signers: Vec<String>,
    pub(crate) hash: String,
    #[serde(alias = "password")]
    pub(crate) passphrase: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Printed {
    pub(crate) command: String,
    pub(crate) id: Option<u32>,
    pub(crate) image: String,
    pub(crate) stdout: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CliCase {
    /// The command, where it is not `apptainer`.
    pub(crate) command: String,
    pub(crate) keyring: Vec<String>,
    pub(crate) global_keyring: Vec<String>,
    pub(crate) args: Vec<String>,
    pub(crate) image: String,
    pub(crate) exit: u8,
    pub(crate) stdout: Option<String>,
    pub(crate) stderr: Option<String>,
    pub(crate) json_exit: Option<u8>,
    pub(crate) json: Option<serde_json::Value>,
}

//! `expected.json`. Unknown fields are fine, missing ones are empty.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Expected {
    pub reference: Reference,
    pub images: BTreeMap<String, ImageCase>,
    pub mutations: Vec<Mutation>,
    pub writer: Vec<Recipe>,
    pub recipes: Vec<Recipe>,
    pub integrity_streams: Vec<StreamCase>,
    pub dsse: Vec<DsseCase>,
    pub siftool: Vec<Printed>,
    pub cli: Vec<CliCase>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Reference {
    pub recorded: String,
}

impl Reference {
    /// Noon of the day of recording, in Unix seconds; without a day, one when all known keys are good.
    pub fn seconds(&self) -> i64 {
        let mut numbers = self
            .recorded
            .splitn(3, '-')
            .map(|part| part.trim().parse::<i64>());
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
        (days - 1 - 719_468) * 86_400 + 43_200
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ImageCase {
    pub sha256: Option<String>,
    pub bytes: Option<u64>,
    pub load: Load,
    pub groups: Option<Vec<u32>>,
    pub verify: Vec<VerifyCase>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Load {
    pub outcome: String,
    pub error: Option<Failed>,
    pub launch_script: Option<String>,
    pub version: Option<String>,
    pub arch: Option<String>,
    pub id: Option<String>,
    pub created: Option<i64>,
    pub modified: Option<i64>,
    pub descriptors_free: Option<i64>,
    pub descriptors_total: Option<u32>,
    pub descriptors_offset: Option<u64>,
    pub descriptors_size: Option<u64>,
    pub data_offset: Option<i64>,
    pub data_size: Option<i64>,
    pub integrity_sha256: Option<String>,
    pub descriptors: Option<Vec<Object>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Object {
    pub id: Option<u32>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub type_code: Option<i32>,
    pub group: Option<u32>,
    pub link: Option<u32>,
    pub link_is_group: Option<bool>,
    pub offset: Option<u64>,
    pub size: Option<u64>,
    pub created: Option<i64>,
    pub modified: Option<i64>,
    pub name: Option<String>,
    pub data_sha256: Option<String>,
    pub integrity_sha256: Option<String>,
    pub fs: Option<String>,
    pub part: Option<String>,
    pub arch: Option<String>,
    pub hash: Option<String>,
    pub entity: Option<String>,
    pub sbom: Option<String>,
    pub message_format: Option<String>,
    pub message_type: Option<String>,
    pub digest: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Keys {
    pub pgp: Option<Vec<String>>,
    pub pem: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct VerifyCase {
    pub case: String,
    pub keys: Option<Keys>,
    pub select: Select,
    pub expect: Expect,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct Select {
    pub groups: Vec<u32>,
    pub objects: Vec<u32>,
    pub legacy: bool,
    pub legacy_cli: bool,
    pub legacy_all: bool,
    pub ignore_errors: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Expect {
    pub outcome: String,
    pub stage: Option<String>,
    pub error: Option<Failed>,
    pub signatures: Option<Vec<Signature>>,
    pub any_signed_by: Option<Vec<String>>,
    pub all_signed_by: Option<Vec<String>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct Failed {
    pub class: String,
    pub id: Option<u32>,
    pub is_group: bool,
    pub cause: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Signature {
    pub signature: u32,
    pub verified: Vec<u32>,
    pub entity: Option<String>,
    pub keys: Vec<String>,
    pub error: Option<Failed>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Mutation {
    pub name: String,
    pub image: String,
    pub edits: Vec<Edit>,
    pub truncate_to: Option<usize>,
    pub policy: String,
    pub keys: Keys,
    pub load: Load,
    pub verify: Vec<VerifyCase>,
}

#[derive(Deserialize)]
pub struct Edit {
    pub offset: usize,
    pub hex: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Recipe {
    pub golden: String,
    pub create: Create,
    pub objects: Vec<NewObject>,
    pub ops: Vec<Operation>,
    pub error: Option<String>,
    pub byte_exact: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Create {
    pub deterministic: bool,
    pub capacity: Option<u32>,
    pub launch: Option<String>,
    pub id: Option<String>,
    pub time: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct NewObject {
    #[serde(rename = "type")]
    pub kind: String,
    pub text: Option<String>,
    pub hex: Option<String>,
    pub file: Option<String>,
    pub name: Option<String>,
    pub group: Option<u32>,
    pub link: Option<u32>,
    pub link_group: Option<u32>,
    pub align: Option<i64>,
    pub fs: Option<i32>,
    pub part: Option<i32>,
    pub arch: Option<String>,
    pub sbom: Option<i32>,
    pub format: Option<i32>,
    pub message: Option<i32>,
    pub time: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Operation {
    pub op: String,
    pub id: Option<u32>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub object: Option<NewObject>,
    pub digest: Option<String>,
    pub zero: bool,
    pub compact: bool,
    pub deterministic: bool,
    pub time: Option<i64>,
    pub pgp: Option<OneOrMore<String>>,
    pub pem: Option<OneOrMore<String>>,
    pub no_salt: bool,
    pub passphrase: Option<String>,
    pub groups: Vec<u32>,
    pub objects: Vec<OneOrMore<u32>>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T: Clone> OneOrMore<T> {
    pub fn list(&self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::More(more) => more.clone(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct StreamCase {
    pub file: String,
    pub changed_field: String,
    pub affects_stream: bool,
    pub sha256: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct DsseCase {
    pub golden: String,
    pub message: String,
    pub payload_type: Option<String>,
    pub signers: Vec<String>,
    pub hash: String,
    pub passphrase: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Printed {
    pub command: String,
    pub id: Option<u32>,
    pub image: String,
    pub stdout: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct CliCase {
    pub keyring: Vec<String>,
    pub global_keyring: Vec<String>,
    pub args: Vec<String>,
    pub image: String,
    pub exit: u8,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub json_exit: Option<u8>,
    pub json: Option<serde_json::Value>,
}

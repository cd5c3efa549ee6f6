//! The parts of `expected.json` that this crate's tests use.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expected {
    #[serde(default)]
    pub(crate) images: BTreeMap<String, ImageCase>,
    #[serde(default)]
    pub(crate) mutations: Vec<Mutation>,
    #[serde(default)]
    pub(crate) writer: Vec<Recipe>,
    #[serde(default)]
    pub(crate) siftool: Vec<Printed>,
}

#[derive(Deserialize)]
pub(crate) struct ImageCase {
    pub(crate) bytes: u64,
    pub(crate) load: Load,
    #[serde(default)]
    pub(crate) groups: Option<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(crate) struct Load {
    pub(crate) outcome: String,
    pub(crate) error: Option<LoadError>,
    pub(crate) launch_script: String,
    pub(crate) version: String,
    pub(crate) arch: String,
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) descriptors_free: i64,
    pub(crate) descriptors_total: u32,
    pub(crate) descriptors_offset: u64,
    pub(crate) descriptors_size: u64,
    pub(crate) data_offset: i64,
    pub(crate) data_size: i64,
    pub(crate) descriptors: Vec<Object>,
}

#[derive(Deserialize)]
pub(crate) struct LoadError {
    pub(crate) class: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    pub(crate) id: u32,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) type_code: i32,
    pub(crate) group: u32,
    pub(crate) link: u32,
    pub(crate) link_is_group: bool,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) name: String,
    pub(crate) data_sha256: Option<String>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mutation {
    pub(crate) name: String,
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) edits: Vec<Edit>,
    pub(crate) truncate_to: Option<usize>,
    #[serde(default)]
    pub(crate) policy: String,
    pub(crate) load: Load,
}

#[derive(Deserialize)]
pub(crate) struct Edit {
    pub(crate) offset: usize,
    pub(crate) hex: String,
}

#[derive(Deserialize)]
pub(crate) struct Recipe {
    pub(crate) golden: String,
    pub(crate) create: Create,
    #[serde(default)]
    pub(crate) objects: Vec<NewObject>,
    #[serde(default)]
    pub(crate) ops: Vec<Operation>,
    pub(crate) error: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Create {
    #[serde(default)]
    pub(crate) deterministic: bool,
    pub(crate) capacity: Option<u32>,
    pub(crate) launch: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) time: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
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
    pub(crate) align: Option<u64>,
    pub(crate) fs: Option<i32>,
    pub(crate) part: Option<i32>,
    pub(crate) arch: Option<String>,
    pub(crate) sbom: Option<i32>,
    pub(crate) format: Option<i32>,
    pub(crate) message: Option<i32>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) op: String,
    pub(crate) id: Option<u32>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) object: Option<NewObject>,
    pub(crate) digest: Option<String>,
    #[serde(default)]
    pub(crate) zero: bool,
    #[serde(default)]
    pub(crate) compact: bool,
    #[serde(default)]
    pub(crate) deterministic: bool,
    pub(crate) time: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Printed {
    pub(crate) command: String,
    pub(crate) id: Option<u32>,
    pub(crate) image: String,
    pub(crate) stdout: String,
}

//! Every body of the corpus is read, and what is written of it means the same.
//!
//! The corpus is found by `SIFTER_CORPUS`, else beside the project; without it this is skipped loudly.

use std::path::{Path, PathBuf};

use scs_types::{
    CurrentUser, Envelope, Failure, Frontend, Version,
    builder::{Build, BuildContext, NewBuild},
    keystore::{read_index, write_index},
    library::{
        ArchTags, Collection, Completed, Container, Entity, Image, MultipartAbort,
        MultipartComplete, MultipartPart, MultipartStart, MultipartStarted, NewCollection,
        NewContainer, NewEntity, NewImage, OciRedirect, PartUrl, SearchResult, SetTag, SifConfig,
        TagMap, UploadStart, UploadUrl,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Reads a body and writes it again.
type Again = fn(&[u8]) -> Result<Value, String>;

/// Files by the start of their name: how their request and their response are read.
const KINDS: &[(&str, Again, Again)] = &[
    ("config-bad", nothing, frontend),
    ("config-html", nothing, refusal),
    ("config-404", nothing, refusal),
    ("config-", nothing, frontend),
    ("version-", nothing, wrapped::<Version>),
    ("token-status-", nothing, answer),
    ("user-current", nothing, bare::<CurrentUser>),
    ("entity-list", nothing, wrapped::<Vec<Entity>>),
    ("entity-", bare::<NewEntity>, wrapped::<Entity>),
    ("collection-", bare::<NewCollection>, wrapped::<Collection>),
    ("container-", bare::<NewContainer>, wrapped::<Container>),
    ("image-", bare::<NewImage>, wrapped::<Image>),
    (
        "upload-single-start",
        bare::<UploadStart>,
        wrapped::<UploadUrl>,
    ),
    ("upload-single-complete", answer, wrapped::<Completed>),
    (
        "multipart-start",
        bare::<MultipartStart>,
        wrapped::<MultipartStarted>,
    ),
    ("multipart-part", bare::<MultipartPart>, wrapped::<PartUrl>),
    (
        "multipart-complete",
        bare::<MultipartComplete>,
        wrapped::<Completed>,
    ),
    ("multipart-abort", bare::<MultipartAbort>, answer),
    ("tags-v1-get", nothing, wrapped::<TagMap>),
    ("tags-v2-get", nothing, wrapped::<ArchTags>),
    ("tags-v1-set-lowercase", set_latest, answer),
    ("tags-v1-set-map", set_latest, answer),
    ("tags-v", bare::<SetTag>, answer),
    ("search-", nothing, wrapped::<SearchResult>),
    ("oci-redirect-bad", nothing, answer),
    ("oci-redirect", nothing, bare::<OciRedirect>),
    ("oci-config", bare::<SifConfig>, bare::<SifConfig>),
    ("build-context-post", bare::<BuildContext>, answer),
    ("build-submit", bare::<NewBuild>, wrapped::<Build>),
    ("build-status", nothing, wrapped::<Build>),
    ("build-cancel", nothing, answer),
    ("fault-timestamp-empty", nothing, wrapped::<Entity>),
    ("fault-unknown-fields", nothing, wrapped::<Image>),
    ("fault-size-in-megabytes", nothing, wrapped::<Image>),
    ("fault-data-null", nothing, wrapped::<Image>),
    ("fault-null-arrays", nothing, wrapped::<SearchResult>),
    ("fault-gzip-json", nothing, answer),
    ("error-", nothing, refusal),
    ("envelope-", nothing, wrapped::<Vec<Entity>>),
];

/// Members that are read by nobody: other generations and other makes of servers send them.
const UNREAD: &[(&str, &[&str])] = &[
    (
        "build-status-2019",
        &[
            "createdBy",
            "submitTime",
            "startTime",
            "completeTime",
            "wsURL",
        ],
    ),
    ("config-bad-toplevel-string", &["version"]),
    ("config-extra-objects", &["env", "logging", "auth"]),
    ("fault-timestamp-empty", &["updatedAt"]),
    ("fault-unknown-fields", &["labels", "newThing"]),
    (
        "user-current",
        &["user_id", "id", "subiss", "creation_time", "update_time"],
    ),
];

fn nothing(_: &[u8]) -> Result<Value, String> {
    Ok(Value::Null)
}

fn bare<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    let value: T = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

fn wrapped<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    let answer = Envelope::<T>::read(body).map_err(|error| error.to_string())?;
    serde_json::to_value(answer).map_err(|error| error.to_string())
}

/// Other spellings of one request.
fn set_latest(body: &[u8]) -> Result<Value, String> {
    let tag: SetTag = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if tag.tag == "latest" && tag.image_id.as_str() == "5f0c0e8a1b2c3d4e5f600004" {
        return Ok(Value::Null);
    }
    Err(format!("{tag:?}"))
}

fn answer(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn frontend(body: &[u8]) -> Result<Value, String> {
    let document = Frontend::read(body).ok_or("no document")?;
    serde_json::to_value(document).map_err(|error| error.to_string())
}

/// What is said survives; what the styles of other servers wrap around it does not.
fn refusal(body: &[u8]) -> Result<Value, String> {
    let failure = Failure::read(0, None, body);
    let written = serde_json::to_vec(&Envelope::refusal(failure.code, failure.message.clone()))
        .map_err(|error| error.to_string())?;
    let again = Failure::read(0, None, &written);
    if again == failure {
        Ok(Value::Null)
    } else {
        Err(format!("{again:?}"))
    }
}

/// What is left when everything that means nothing is taken away: Go writes zero values, others leave them out.
fn meaning(value: &Value, unread: &[&str]) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, _)| !unread.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), meaning(value, unread)))
                .filter(|(_, value)| !is_zero(value))
                .collect(),
        ),
        Value::Array(values) => {
            Value::Array(values.iter().map(|value| meaning(value, unread)).collect())
        }
        other => other.clone(),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "0001-01-01T00:00:00Z",
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) => false,
    }
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("SIFTER_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = named.unwrap_or(beside).join("scs");
    folder.is_dir().then_some(folder)
}

fn body_of(message: &Value) -> Option<Vec<u8>> {
    message
        .get("bodyJson")
        .map(|body| serde_json::to_vec(body).unwrap())
}

struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    fn check(&mut self, name: &str, again: Again, body: &[u8]) {
        let unread = UNREAD
            .iter()
            .find_map(|(file, members)| (*file == name).then_some(*members))
            .unwrap_or_default();
        let read = meaning(&serde_json::from_slice(body).unwrap(), unread);
        match again(body).map(|written| (written.is_null(), meaning(&written, &[]))) {
            // Reading was all that could be asked of it.
            Ok((true, _)) => self.passed += 1,
            Ok((false, written)) if written == read => self.passed += 1,
            Ok((false, written)) => self
                .failures
                .push(format!("{name}:\n  read    {read}\n  written {written}")),
            Err(error) => self.failures.push(format!("{name}: {error}")),
        }
    }
}

#[test]
fn every_body_is_read_and_written() {
    let Some(folder) = folder() else {
        println!("SKIPPED: scs corpus: the folder `shared/corpus/scs` is not there");
        return;
    };
    let mut tally = Tally {
        passed: 0,
        failures: Vec::new(),
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let exchange: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        check_exchange(&mut tally, &name, &exchange);
    }
    println!(
        "corpus scs bodies: {} passed, {} failed",
        tally.passed,
        tally.failures.len()
    );
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    assert!(
        tally.passed > 100,
        "only {} bodies were found",
        tally.passed
    );
}

fn check_exchange(tally: &mut Tally, name: &str, exchange: &Value) {
    let response = &exchange["response"];
    if name.starts_with("key-index") && response["status"] == 200 {
        return check_index(tally, name, exchange);
    }
    let Some((_, request_again, response_again)) =
        KINDS.iter().find(|(start, ..)| name.starts_with(start))
    else {
        return;
    };
    if let Some(body) = body_of(&exchange["request"]) {
        tally.check(name, *request_again, &body);
    }
    let status = response["status"].as_u64().unwrap_or(0);
    if let Some(body) = body_of(response) {
        let again = if status < 400 {
            *response_again
        } else {
            refusal
        };
        tally.check(name, again, &body);
    }
}

fn check_index(tally: &mut Tally, name: &str, exchange: &Value) {
    let text = exchange["response"]["bodyText"].as_str().unwrap();
    let keys = read_index(text);
    let is_good = match name {
        "key-index-short-line" => keys.is_err(),
        "key-index-bad-count" => keys.is_ok(),
        _ => keys.is_ok_and(|keys| read_index(&write_index(&keys)) == Ok(keys)),
    };
    if is_good {
        tally.passed += 1;
    } else {
        tally.failures.push(format!("{name}: {text}"));
    }
}

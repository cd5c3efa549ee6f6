//! The exchanges of the corpus, found by `SIFTER_CORPUS`, else beside the project; without it tests are skipped loudly.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sifter_testkit::http::{Answer, Ending};

pub(crate) fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("SIFTER_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = named.unwrap_or(beside).join("scs");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: there is no corpus; set SIFTER_CORPUS");
    None
}

/// All files whose name starts so, without their ending.
pub(crate) fn names(folder: &Path, start: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let name = name.strip_suffix(".json")?;
            name.starts_with(start).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names
}

/// One file, with its variables filled in.
pub(crate) fn read(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let vars = std::fs::read_to_string(folder.join("vars.json")).unwrap();
    let vars: Value = serde_json::from_str(&vars).unwrap();
    let filled = vars["vars"]
        .as_object()
        .unwrap()
        .iter()
        .fold(text, |text, (name, value)| {
            text.replace(name, value.as_str().unwrap())
        });
    serde_json::from_str(&filled).unwrap()
}

pub(crate) fn token(folder: &Path) -> String {
    let vars = std::fs::read_to_string(folder.join("vars.json")).unwrap();
    let vars: Value = serde_json::from_str(&vars).unwrap();
    vars["vars"]["<TOKEN>"].as_str().unwrap().to_owned()
}

/// The bytes of a body, if it has one.
pub(crate) fn body(message: &Value) -> Vec<u8> {
    if let Some(json) = message.get("bodyJson") {
        return serde_json::to_vec(json).unwrap();
    }
    if let Some(text) = message.get("bodyText") {
        return text.as_str().unwrap().as_bytes().to_vec();
    }
    message.get("bodyPattern").map(pattern).unwrap_or_default()
}

/// The pattern begins anew after so many bytes.
const PERIOD: usize = 65536;

pub(crate) fn pattern(pattern: &Value) -> Vec<u8> {
    let number = |name: &str| usize::try_from(pattern[name].as_u64().unwrap()).unwrap();
    let (first, length) = (number("firstIndex"), number("length"));
    let period: Vec<u8> = (0..PERIOD)
        .map(|index| u8::try_from((31 * index + (index >> 8)) % 256).unwrap())
        .collect();
    let start = first % PERIOD;
    let mut bytes = period.repeat((start + length).div_ceil(PERIOD));
    bytes.truncate(start + length);
    bytes.split_off(start)
}

/// The answer of an exchange as a server gives it.
pub(crate) fn answer(response: &Value) -> Answer {
    let status = u16::try_from(response["status"].as_u64().unwrap_or(200)).unwrap();
    let mut answer = Answer::new(status, body(response));
    for (name, value) in response["headers"].as_object().into_iter().flatten() {
        match name.as_str() {
            "Content-Length" => {}
            "Transfer-Encoding" => answer = answer.ending(Ending::Unannounced),
            "Content-Encoding" => {
                answer.body = gzip(&answer.body);
                answer = answer.with(name, "gzip");
            }
            _ => answer = answer.with(name, value.as_str().unwrap()),
        }
    }
    if let Some(bytes) = response["closeAfter"].as_u64() {
        answer = answer.ending(Ending::Close(usize::try_from(bytes).unwrap()));
    }
    if response["delaySeconds"].as_u64().is_some() {
        answer = answer.with("Content-Length", 2).ending(Ending::Stall(0));
    }
    answer
}

/// A gzip file of one stored block.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let crc = !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    let length = u16::try_from(bytes.len()).unwrap();
    let mut file = vec![31, 139, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(bytes);
    file.extend(crc.to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

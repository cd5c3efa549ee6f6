//! What one call may carry. The page never comes near it; without it, one call could keep the program busy for minutes.

use serde_json::Value;
use sifter_api::{ApiError, ErrorCode};
use tauri::ipc::InvokeBody;

/// The longest list. Ten times the images that a computer is expected to hold.
const LONGEST_LIST: usize = 100_000;
/// The longest text, in bytes: no token, password or description comes near it.
const LONGEST_TEXT: usize = 64 * 1024;
/// The longest reference, and the longest part of one.
const LONGEST_REFERENCE: usize = 4 * 1024;
/// The longest text that a person pastes: a keyring.
const LONGEST_PASTED: usize = 16 * 1024 * 1024;

/// Commands that take what a person pasted, copies or keeps, whatever it is.
const TAKE_PASTED: [&str; 4] = ["offer_text", "copy_text", "plan_key_import", "save_report"];

/// Arguments and fields that hold a reference, an address or a part of one.
const REFERENCES: [&str; 20] = [
    "address",
    "arch",
    "collection",
    "container",
    "fingerprint",
    "folder",
    "hash",
    "host",
    "id",
    "name",
    "page",
    "path",
    "plan",
    "reference",
    "remote",
    "repository",
    "sha256",
    "tag",
    "tags",
    "user",
];

/// Fails if a call carries a list or a text that is too long.
pub(crate) fn check(command: &str, arguments: &InvokeBody) -> super::Result<()> {
    let InvokeBody::Json(arguments) = arguments else {
        return Ok(());
    };
    let longest = if TAKE_PASTED.contains(&command) {
        LONGEST_PASTED
    } else {
        LONGEST_TEXT
    };
    check_value(arguments, longest)
}

fn check_value(value: &Value, longest: usize) -> super::Result<()> {
    match value {
        Value::Array(list) if list.len() > LONGEST_LIST => {
            Err(too_much(format!("more than {LONGEST_LIST} things at once")))
        }
        Value::Array(list) => list.iter().try_for_each(|one| check_value(one, longest)),
        Value::Object(members) => members.iter().try_for_each(|(name, one)| {
            let longest = match REFERENCES.contains(&name.as_str()) {
                true => LONGEST_REFERENCE,
                false => longest,
            };
            check_value(one, longest)
        }),
        Value::String(text) if text.len() > longest => {
            Err(too_much(format!("a text of more than {longest} bytes")))
        }
        _ => Ok(()),
    }
}

fn too_much(message: String) -> ApiError {
    ApiError::new(ErrorCode::InputInvalid, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn holds(command: &str, within: Value, beyond: Value) {
        check(command, &InvokeBody::Json(within)).unwrap();
        let error = check(command, &InvokeBody::Json(beyond)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InputInvalid, "{command}");
        assert!(error.message.len() < 100, "{}", error.message);
    }

    #[test]
    fn a_list_may_be_long_but_not_endless() {
        let of = |length: usize| json!({ "request": [{ "images": vec![1; length] }] });
        holds("plan_push", of(LONGEST_LIST), of(LONGEST_LIST + 1));
    }

    #[test]
    fn texts_are_as_long_as_they_need_to_be() {
        let text = |length: usize| "x".repeat(length);
        let token = |length: usize| json!({ "id": "remote:lab", "token": text(length) });
        holds("sign_in", token(LONGEST_TEXT), token(LONGEST_TEXT + 1));
        let reference = |length: usize| json!({ "item": { "reference": text(length) } });
        holds(
            "resolve_reference",
            reference(LONGEST_REFERENCE),
            reference(LONGEST_REFERENCE + 1),
        );
        let pasted = |length: usize| json!({ "text": text(length) });
        holds(
            "copy_text",
            pasted(LONGEST_PASTED),
            pasted(LONGEST_PASTED + 1),
        );
        let key = |length: usize| json!({ "source": { "kind": "text", "value": text(length) } });
        holds(
            "plan_key_import",
            key(LONGEST_TEXT + 1),
            key(LONGEST_PASTED + 1),
        );
        let tags = |length: usize| json!({ "request": { "items": [{ "tags": [text(length)] }] } });
        holds(
            "plan_push",
            tags(LONGEST_REFERENCE),
            tags(LONGEST_REFERENCE + 1),
        );
    }
}

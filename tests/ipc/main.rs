//! The boundary between page and program on Tauri's mock runtime, with the real configuration and the real capability:
//! each command answers, everything else is denied, and errors have one shape.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod calls;
mod host;
mod hostile;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use calls::CALLS;
use host::{Host, fails_as_api_error};

/// The commands that the generated bindings call.
fn commands() -> BTreeSet<String> {
    let bindings = include_str!("../../ui/src/bindings/index.ts");
    let names = bindings
        .split("__TAURI_INVOKE(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    names.map(str::to_owned).collect()
}

/// Commands that open a dialog of the system at once; nobody would answer it here.
const ASK_A_PERSON: [&str; 7] = [
    "pick_images",
    "pick_keys",
    "pick_folder",
    "pick_target_folder",
    "pick_ca_file",
    "locate_image",
    "save_report",
];

#[test]
fn each_command_answers() {
    let host = Host::start();
    for (command, arguments) in CALLS {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        if let Err(error) = host.call(command, arguments) {
            fails_as_api_error(command, &error);
        }
    }
}

#[test]
fn the_table_has_each_command() {
    let called = CALLS.iter().map(|(command, _)| *command);
    let tested: BTreeSet<String> = called.chain(ASK_A_PERSON).map(str::to_owned).collect();
    assert_eq!(tested, commands());
}

#[test]
fn the_permission_lists_exactly_the_commands() {
    let permission = include_str!("../../src-tauri/permissions/ui.toml");
    let listed: Vec<&str> = permission
        .lines()
        .filter_map(|line| line.trim().strip_suffix("\",")?.strip_prefix('"'))
        .collect();
    let unique: BTreeSet<String> = listed.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unique.len(), listed.len(), "a command is listed twice");
    assert_eq!(unique, commands());
}

#[test]
fn what_is_not_allowed_is_denied() {
    let host = Host::start();
    for (command, arguments) in [
        ("nope", json!({})),
        ("plugin:dialog|open", json!({ "options": {} })),
        (
            "plugin:opener|open_url",
            json!({ "url": "https://example.org" }),
        ),
        ("plugin:clipboard-manager|read_text", json!({})),
        (
            "plugin:notification|notify",
            json!({ "options": { "title": "x" } }),
        ),
        (
            "plugin:event|emit",
            json!({ "event": "x", "payload": null }),
        ),
        ("plugin:window|close", json!({ "label": "main" })),
        ("plugin:deep-link|register", json!({ "protocol": "https" })),
        ("plugin:deep-link|get_current", json!({})),
        (
            "plugin:webview|create_webview_window",
            json!({ "options": {} }),
        ),
    ] {
        let error = host.call(command, arguments).unwrap_err();
        let text = error
            .as_str()
            .unwrap_or_else(|| panic!("`{command}` was not denied: {error}"));
        assert!(
            text.contains("not allowed") || text.contains("not found"),
            "`{command}`: {text}"
        );
    }
}

#[test]
fn another_window_or_another_origin_is_denied() {
    let host = Host::start();
    let text = host
        .call_from("other", "tauri://localhost", "list_images", json!({}))
        .unwrap_err()
        .to_string();
    assert!(text.contains("not allowed"), "{text}");
    let text = host
        .call_from("main", "https://example.org", "list_images", json!({}))
        .unwrap_err()
        .to_string();
    assert!(text.contains("not allowed"), "{text}");
}

#[test]
fn an_error_names_its_code() {
    let host = Host::start();
    let error = host
        .call("inspect_image", json!({ "id": 4711 }))
        .unwrap_err();
    fails_as_api_error("inspect_image", &error);
    assert_eq!(error["code"], "handle-unknown");
}

#[test]
fn a_wrong_argument_is_refused() {
    let host = Host::start();
    let error = host
        .call("inspect_image", json!({ "id": "x" }))
        .unwrap_err();
    assert!(
        error
            .as_str()
            .unwrap()
            .contains("invalid args `id` for command `inspect_image`"),
        "{error}"
    );
}

#[test]
fn a_failed_start_is_the_answer_to_every_command() {
    let host = Host::failed();
    for command in ["start", "list_images", "list_keys", "list_tasks", "about"] {
        let error = host.call(command, json!({})).unwrap_err();
        assert_eq!(error["code"], "disk-full", "`{command}`: {error}");
    }
}

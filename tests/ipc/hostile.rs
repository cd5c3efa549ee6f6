//! Calls that no honest page makes: whatever arrives, the answer is a refusal in one of two forms, and nothing panics.

use std::{
    panic,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::{
    calls::CALLS,
    host::{Host, fails_as_api_error},
};

const LONG_TEXT: usize = 1 << 20;
const LONG_LIST: usize = 1_000_000;

/// The panics of all threads of this program while it lives.
#[derive(Clone, Default)]
struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    fn watch() -> Self {
        let panics = Self::default();
        let (seen, usual) = (panics.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            seen.0.lock().unwrap().push(panic.to_string());
            usual(panic);
        }));
        panics
    }

    #[track_caller]
    fn none(&self) {
        let seen = self.0.lock().unwrap();
        assert!(seen.is_empty(), "{seen:?}");
    }
}

/// The JSON pointers of all values in `arguments`, outer ones first.
fn places(arguments: &Value, at: &str) -> Vec<String> {
    let inner = match arguments {
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| (name.clone(), one))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, one)| (index.to_string(), one))
            .collect(),
        _ => Vec::new(),
    };
    let inner = inner.into_iter().flat_map(|(name, one): (String, &Value)| {
        let at = format!("{at}/{name}");
        [vec![at.clone()], places(one, &at)].concat()
    });
    inner.collect()
}

/// The calls of the table with one value replaced by each that `others` gives for it.
fn each_replaced(
    others: impl Fn(&Value) -> Vec<Value>,
) -> impl Iterator<Item = (&'static str, String, Value)> {
    CALLS.iter().flat_map(move |(command, arguments)| {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        let mut calls = Vec::new();
        for place in places(&arguments, "") {
            for other in others(arguments.pointer(&place).unwrap()) {
                let mut changed = arguments.clone();
                *changed.pointer_mut(&place).unwrap() = other;
                calls.push((*command, place.clone(), changed));
            }
        }
        calls
    })
}

/// Fails unless `error` says that an argument is wrong, or is one of Sifter's own.
#[track_caller]
fn is_refusal(command: &str, error: &Value) {
    match error.as_str() {
        Some(text) => assert!(text.contains("invalid args"), "`{command}`: {text}"),
        None => {
            fails_as_api_error(command, error);
            assert_ne!(error["code"], "internal", "`{command}`: {error}");
        }
    }
}

#[test]
fn an_unknown_command_is_refused() {
    let host = Host::start();
    let long = "x".repeat(LONG_TEXT);
    for command in [
        "",
        " ",
        "nope",
        "list_images ",
        "List_Images",
        "list_images\0",
        "../list_images",
        "plugin:",
        "plugin:|",
        "plugin:nope|nope",
        long.as_str(),
    ] {
        let error = host.call(command, json!({})).unwrap_err().to_string();
        assert!(
            error.contains("not found") || error.contains("not allowed"),
            "`{command}`: {error}"
        );
    }
}

#[test]
fn a_missing_argument_is_refused() {
    let host = Host::start();
    for (command, arguments) in CALLS {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        // What may be left out is null in the table.
        for name in arguments
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name)
        {
            let mut fewer = arguments.clone();
            fewer.as_object_mut().unwrap().remove(name);
            match host.call(command, fewer) {
                Ok(answer) => panic!("`{command}` does without `{name}`: {answer}"),
                Err(error) => is_refusal(command, &error),
            }
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    let panics = Panics::watch();
    let host = Host::start();
    let wrong = |value: &Value| match value {
        Value::Null => vec![json!({}), json!(true)],
        Value::Bool(_) => vec![json!("true"), json!(1), Value::Null],
        Value::Number(_) => vec![
            json!("1"),
            json!(-1),
            json!(0.5),
            json!(1e300),
            json!(u64::MAX),
            Value::Null,
        ],
        Value::String(_) => vec![json!(1), json!([]), json!({}), Value::Null],
        Value::Array(_) => vec![json!("x"), json!({}), json!(1), Value::Null],
        Value::Object(_) => vec![json!("x"), json!(1), Value::Null],
    };
    for (command, place, arguments) in each_replaced(wrong) {
        let text = arguments.pointer(&place).unwrap().to_string();
        match host.call(command, arguments) {
            Ok(answer) => panic!("`{command}` takes {text} at `{place}`: {answer}"),
            Err(error) => is_refusal(command, &error),
        }
    }
    panics.none();
}

#[test]
fn an_endless_list_is_refused() {
    let panics = Panics::watch();
    let host = Host::start();
    let endless = |value: &Value| match value {
        Value::Array(_) => vec![json!(vec![4712; LONG_LIST]), json!(vec!["AB"; LONG_LIST])],
        _ => Vec::new(),
    };
    let mut refused = 0;
    for (command, place, arguments) in each_replaced(endless) {
        match host.call(command, arguments) {
            Ok(_) => panic!("`{command}` takes a million things at `{place}`"),
            Err(error) => is_refusal(command, &error),
        }
        refused += 1;
    }
    assert!(refused >= 10, "{refused}");
    panics.none();
}

/// What any text is good for.
const TAKE_ANY_TEXT: [&str; 4] = ["offer_text", "copy_text", "copy_details", "read_reference"];

/// Whether `answer` says of each thing that was named what is wrong with it.
fn refuses_each(command: &str, answer: &Value) -> bool {
    let refused = |one: &Value| {
        fails_as_api_error(command, &one[1]);
        one[1]["code"] != "internal"
    };
    command == "delete_library_images"
        && answer
            .as_array()
            .is_some_and(|each| !each.is_empty() && each.iter().all(refused))
}

#[test]
fn a_strange_text_is_refused() {
    let panics = Panics::watch();
    let host = Host::start();
    let strange = |value: &Value| match value {
        Value::String(_) => vec![
            json!("x".repeat(LONG_TEXT)),
            json!("\u{0}"),
            json!("\u{202e}/../\r\n"),
        ],
        _ => Vec::new(),
    };
    for (command, place, arguments) in each_replaced(strange) {
        let text: String = arguments.pointer(&place).unwrap().to_string();
        match host.call(command, arguments) {
            Ok(answer) => assert!(
                TAKE_ANY_TEXT.contains(&command) || refuses_each(command, &answer),
                "`{command}` takes {text:.40} at `{place}`: {answer:.200}"
            ),
            Err(error) => is_refusal(command, &error),
        }
    }
    panics.none();
}

/// What the page may load, by directive; every other source is one too many.
const SOURCES: &[(&str, &[&str])] = &[
    ("default-src", &["'none'"]),
    ("script-src", &["'self'"]),
    ("style-src", &["'self'", "'unsafe-inline'"]),
    ("img-src", &["'self'", "data:"]),
    ("font-src", &["'self'"]),
    ("connect-src", &["'self'", "ipc:", "http://ipc.localhost"]),
    ("frame-src", &["'none'"]),
    ("object-src", &["'none'"]),
    ("base-uri", &["'none'"]),
    ("form-action", &["'none'"]),
];

#[test]
fn the_page_may_load_nothing_from_afar() {
    let context = sifter_lib::context::<tauri::test::MockRuntime>();
    let policy = context
        .config()
        .app
        .security
        .csp
        .as_ref()
        .unwrap()
        .to_string();
    let directives: Vec<Vec<&str>> = policy
        .split(';')
        .map(|one| one.split_whitespace().collect())
        .collect();
    let expected: Vec<Vec<&str>> = SOURCES
        .iter()
        .map(|(name, sources)| [&[*name], *sources].concat())
        .collect();
    assert_eq!(directives, expected);
}

//! What one call may carry. The page never comes near it; without it, one call could keep the program busy for minutes.

use serde_json::Value;
use sifter_api::{ApiError, ErrorCode};
use tauri::ipc::InvokeBody;

/// The longest list. Ten times the images that a computer is expected to hold.
const LONGEST_LIST: usize = 100_000;

/// Fails if a call carries a list that is too long.
pub(crate) fn check(arguments: &InvokeBody) -> super::Result<()> {
    match arguments {
        InvokeBody::Json(arguments) if !is_within(arguments) => Err(ApiError::new(
            ErrorCode::InputInvalid,
            format!("more than {LONGEST_LIST} things at once"),
        )),
        _ => Ok(()),
    }
}

fn is_within(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.len() <= LONGEST_LIST && list.iter().all(is_within),
        Value::Object(members) => members.values().all(is_within),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_may_be_long_but_not_endless() {
        let of =
            |length: usize| InvokeBody::Json(json!({ "request": [{ "images": vec![1; length] }] }));
        check(&of(LONGEST_LIST)).unwrap();
        assert_eq!(
            check(&of(LONGEST_LIST + 1)).unwrap_err().code,
            ErrorCode::InputInvalid
        );
    }
}

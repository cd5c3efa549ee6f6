//! Every cause of failure that a person is promised an explanation for, provoked for real, in one table.
//!
//! The page's test `fixes.page.test.ts` reads the codes from this table and looks for the button of each.

mod local;
mod network;
mod remote;

use std::{future::Future, pin::Pin};

use sifter_api::{ApiError, ErrorCode, error::text_of};

use crate::desk::code;

/// The error, or nothing where this machine does not let it be provoked; then that was said.
type Provoked = Pin<Box<dyn Future<Output = Option<ApiError>>>>;

struct Cause {
    code: &'static str,
    /// A part of what the person reads: what it happened to, or where.
    names: &'static str,
    provoke: fn() -> Provoked,
}

/// These need what not every machine lets a test do.
const MAY_BE_SKIPPED: [&str; 3] = ["offline", "host-unknown", "disk-full"];

/// These are answers of a real server, which says what it calls each request. Copy details has all causes.
const ANSWERED: [&str; 3] = ["token-wrong", "token-expired", "forbidden"];

macro_rules! causes {
    ($($code:literal, $names:literal, $provoke:path;)*) => {
        &[$(Cause {
            code: $code,
            names: $names,
            provoke: || Box::pin($provoke()),
        }),*]
    };
}

const CAUSES: &[Cause] = causes! {
    "token-wrong", "127.0.0.1:", remote::wrong_token;
    "token-expired", "127.0.0.1:", remote::expired_token;
    "token-missing", "", remote::no_token;
    "forbidden", "127.0.0.1:", remote::forbidden;
    "not-found-or-private", "anna/tools/nothing", remote::not_found;
    "library-read-only", "read-only", remote::read_only;
    "quota-exceeded", "no room", remote::quota;
    "name-not-allowed", "`Tools`", remote::name_not_allowed;
    "arch-missing", "`arm64`", remote::arch_missing;
    "arch-mismatch", "`arm64`", remote::arch_mismatch;
    "offline", "`lab.example.org`", network::offline;
    "host-unknown", "`lab.example.org`", network::unknown_host;
    "server-unreachable", "127.0.0.1:", network::nobody_listens;
    "proxy-failed", "`lab.example.org`", network::proxy_refuses;
    "tls-name-wrong", "`localhost:", network::other_name;
    "tls-issuer-unknown", "`localhost:", network::unknown_issuer;
    "clock-wrong", "`localhost:", network::expired_certificate;
    "server-failed", "127.0.0.1:", network::server_fails;
    "rate-limited", "127.0.0.1:", network::too_many_requests;
    "disk-full", "`tool", local::disk_full;
    "file-changed", "`x.sif`", local::file_changed;
    "file-locked", "`x.sif`", local::file_locked;
    "path-too-long", "xxx.sif`", local::path_too_long;
    "keychain-missing", "", local::no_keychain;
    "keychain-locked", "", local::locked_keychain;
    "keychain-denied", "", local::denying_keychain;
    "wrong-passphrase", "", local::wrong_passphrase;
    "no-secret-key", "", local::no_secret_key;
    "key-revoked", "", local::revoked_key;
    "not-sif", "`bad.sif`", local::not_sif;
    "sif-truncated", "`bad.sif`", local::truncated;
};

#[tokio::test(flavor = "multi_thread")]
async fn each_cause_is_told_by_its_own_code_and_names_what_it_is_about() {
    let mut wrong = Vec::new();
    for cause in CAUSES {
        let told = match (cause.provoke)().await {
            Some(error) => problem_with(cause, &error).map(|what| format!("{what}: {error:?}")),
            // Said above, or nothing was told at all.
            None => (!MAY_BE_SKIPPED.contains(&cause.code)).then(|| "no error".to_owned()),
        };
        wrong.extend(told.map(|told| format!("{}: {told}", cause.code)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn problem_with(cause: &Cause, error: &ApiError) -> Option<&'static str> {
    let words = format!("{} {}", error.message, error.causes.join(" "));
    let has_next = error.hint.as_deref().is_some_and(|hint| !hint.is_empty());
    if code(error) != cause.code {
        Some("another code")
    } else if !error.message.contains(cause.names) {
        Some("not what it is about")
    } else if !has_next {
        Some("not what to do next")
    } else if ANSWERED.contains(&cause.code) && !words.contains(", request ") {
        Some("not which request it was")
    } else if words.contains(remote::WRONG_TOKEN) {
        Some("a secret")
    } else if words.contains("/home/") {
        Some("a folder")
    } else {
        None
    }
}

#[test]
fn what_may_pass_by_itself_is_marked_so() {
    for (code, retryable) in [
        (ErrorCode::Offline, true),
        (ErrorCode::HostUnknown, true),
        (ErrorCode::ServerUnreachable, true),
        (ErrorCode::ServerFailed, true),
        (ErrorCode::RateLimited, true),
        (ErrorCode::Forbidden, false),
        (ErrorCode::NotFoundOrPrivate, false),
        (ErrorCode::LibraryReadOnly, false),
        (ErrorCode::NameNotAllowed, false),
    ] {
        assert_eq!(text_of(code).retryable, retryable, "{code:?}");
    }
}

//! `key push`, `key pull` and `key search`.

use std::fmt::Write as _;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    keys::{FoundKeys, ImportEffect, KeyHit},
};

use super::{
    at,
    keys::{find, import_line},
};
use crate::{
    answer::{Answer, Failure},
    arguments::At,
};

/// More pages than any honest keyserver has for one question.
const MOST_PAGES: usize = 100;

pub(crate) async fn push(sifter: &Sifter, key: &str, at: &At) -> Result<Answer, Failure> {
    let fingerprint = find(sifter, key).await?;
    let remote = at::signed_in(sifter, at).await?;
    let published = sifter.publish_key(remote, fingerprint.clone()).await?;
    let mut text = format!("{fingerprint}: published at {}\n", published.keyserver);
    if let Some(message) = &published.message {
        let _ = writeln!(text, "  it says: {}", message.trim());
    }
    Answer::new(text, &published)
}

pub(crate) async fn pull(sifter: &Sifter, fingerprint: String, at: &At) -> Result<Answer, Failure> {
    let remote = at::signed_in(sifter, at).await?;
    let found = sifter.look_for_key(remote, fingerprint.clone()).await?;
    let Some(plan) = found.import else {
        return Err(not_found(&fingerprint, &found.asked, &found.down).into());
    };
    let done = sifter.run_key_import(plan.plan, None).await?;
    if let Some(refused) = done.refused.into_iter().next() {
        return Err(refused.error.into());
    }
    let text: String = plan.items.iter().map(import_line).collect();
    let is_usable = plan
        .items
        .iter()
        .all(|item| !matches!(item.effect, ImportEffect::Unsupported { .. }));
    Ok(Answer::new(text, &plan.items)?.and(is_usable))
}

/// A keyserver that is down is the reason; else the key is at none.
fn not_found(fingerprint: &str, asked: &[String], down: &[(String, ApiError)]) -> ApiError {
    if let [(_, error), ..] = down {
        return error.clone();
    }
    let message = format!("no keyserver has the key `{fingerprint}`");
    let hint = match asked {
        [] => "name another remote with --remote".to_owned(),
        asked => format!("asked: {}; ask the key's owner for it", asked.join(", ")),
    };
    ApiError::new(ErrorCode::KeyMissing, message).with_hint(hint)
}

pub(crate) async fn search(
    sifter: &Sifter,
    text: String,
    all: bool,
    at: &At,
) -> Result<Answer, Failure> {
    let remote = at::signed_in(sifter, at).await?;
    let mut found = sifter
        .search_keys(remote.clone(), text.clone(), None)
        .await?;
    for _ in 1..MOST_PAGES {
        let Some(page) = found.next_page.take_if(|_| all) else {
            break;
        };
        let more = sifter
            .search_keys(remote.clone(), text.clone(), Some(page))
            .await?;
        found.hits.extend(more.hits);
        found.next_page = more.next_page;
    }
    Answer::new(lines(&found), &found)
}

fn lines(found: &FoundKeys) -> String {
    let mut text: String = found.hits.iter().map(line).collect();
    if found.next_page.is_some() {
        text.push_str("there are more; say --all\n");
    }
    for (keyserver, error) in &found.down {
        let _ = writeln!(text, "! {keyserver}: {}", error.message);
    }
    text
}

fn line(hit: &KeyHit) -> String {
    let mut state = Vec::new();
    for (holds, word) in [
        (hit.is_revoked, "revoked"),
        (hit.is_expired, "expired"),
        (hit.is_here, "already here"),
    ] {
        if holds {
            state.push(word);
        }
    }
    let state = if state.is_empty() {
        String::new()
    } else {
        format!("  ({})", state.join(", "))
    };
    let names = if hit.names.is_empty() {
        "no name published".to_owned()
    } else {
        hit.names.join("; ")
    };
    format!("{}  {}  {names}{state}\n", hit.fingerprint, hit.algorithm)
}

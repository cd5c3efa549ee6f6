//! The keystore's two paths.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use scs_types::keystore::NEXT_PAGE;

use super::call::Call;
use crate::{
    answer::{Answer, Refusal},
    caller::{Caller, form},
    cloud::Inner,
    keystore::{self, Found, Request},
};

pub(crate) async fn lookup(call: Call) -> Answer {
    let request = Request::read(&call.query()?)?;
    let work = move |cloud: &std::sync::Arc<Inner>| {
        cloud
            .database
            .read(|rows| keystore::lookup(rows, &request, cloud.now()))
    };
    Ok(match call.cloud.blocking(work).await? {
        Found::Keys(text) => {
            ([(header::CONTENT_TYPE, "application/pgp-keys")], text).into_response()
        }
        Found::Index(text, next) => listed(text, next.as_deref()),
    })
}

fn listed(text: String, next: Option<&str>) -> Response {
    let mut response =
        ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    if let Some(token) = next.and_then(|token| HeaderValue::from_str(token).ok()) {
        response.headers_mut().insert(NEXT_PAGE, token);
    }
    response
}

pub(crate) async fn add(mut call: Call) -> Answer {
    let is_welcome = call.way.is_near && call.cloud.settings.anonymous_key_add;
    if call.caller == Caller::Anonymous && !is_welcome {
        return Err(Refusal::unauthorized());
    }
    let text = text_of(&mut call).await?;
    let caller = call.caller;
    let work = move |cloud: &std::sync::Arc<Inner>| {
        let limits = &cloud.settings.limits;
        let now = cloud.now();
        cloud
            .database
            .write(|rows| keystore::add(rows, &caller, &text, limits, now))
    };
    call.cloud.blocking(work).await?;
    let body = "the key is published\n";
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        body,
    )
        .into_response())
}

/// The member `keytext` of the form.
async fn text_of(call: &mut Call) -> Answer<String> {
    // Encoded, a character takes three.
    let limit = call
        .cloud
        .settings
        .limits
        .key
        .saturating_mul(3)
        .saturating_add(1024);
    let body = call.bytes(limit).await?;
    let body = std::str::from_utf8(&body).map_err(|_| Refusal::bad("the form is not UTF-8"))?;
    let text = form(body)?.into_iter().find(|(key, _)| key == "keytext");
    text.map(|(_, text)| text)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Refusal::bad("`keytext` is missing"))
}

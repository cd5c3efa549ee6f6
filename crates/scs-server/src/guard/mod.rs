//! What stands between the socket and the routes. Each guard refuses one kind of request and knows no route.

mod hosts;
mod load;
mod paths;
mod rest;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub use hosts::Hosts;
pub(crate) use hosts::base;
pub(crate) use load::Load;

/// All guards of a service.
#[derive(Debug)]
pub(crate) struct Guards {
    pub(crate) hosts: Hosts,
    pub(crate) load: Load,
}

/// Lets a request pass all guards, or answers for the routes.
pub(crate) async fn guard(
    State(guards): State<Arc<Guards>>,
    request: Request,
    next: Next,
) -> Response {
    let request = rest::read_to_the_end(request);
    let checked = guards
        .hosts
        .check(&request)
        .and_then(|()| paths::check(request));
    let mut response = match checked.and_then(|request| Ok((guards.load.enter()?, request))) {
        Ok((place, request)) => place.hold_for(next.run(request).await),
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

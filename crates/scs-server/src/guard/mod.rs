//! What stands between the socket and the routes. Each guard refuses one kind of request and knows no route.

mod hosts;
mod load;
mod paths;
mod rest;
mod way;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use load::Place;

use crate::{
    answer::Answer,
    request_id::{self, RequestId},
};

pub use hosts::Hosts;
pub(crate) use load::Load;
pub(crate) use way::{Peer, Way};

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
    let id = RequestId::new();
    let mut response = id.during(pass(&guards, request, next)).await;
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.to_header());
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

async fn pass(guards: &Guards, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let request = rest::read_to_the_end(request);
    let response = match check(guards, request) {
        Ok((place, request)) => place.hold_for(next.run(request).await),
        Err(refusal) => refusal.into_response(),
    };
    // No path: some of them are secrets.
    tracing::debug!(%method, status = response.status().as_u16(), "answered");
    response
}

fn check(guards: &Guards, request: Request) -> Answer<(Place, Request)> {
    let way = guards.hosts.check(&request)?;
    let mut request = paths::check(request)?;
    request.extensions_mut().insert(way);
    Ok((guards.load.enter()?, request))
}

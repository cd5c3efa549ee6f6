//! How a request came: what its client can call the service, and whether it comes from this machine.

use std::net::SocketAddr;

use axum::{extract::Request, http::HeaderMap};

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// How a request came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    /// What stands before every path that is given to this client.
    pub(crate) base: String,
    /// Whether nobody beyond this machine can have sent it. One who cannot be told is somebody from elsewhere.
    pub(crate) is_near: bool,
}

/// What proxies say of those that they speak for.
const SIGNS: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Whether the connection is of this machine, and carries the words of nobody else.
pub(super) fn is_of_this_machine<B>(request: &Request<B>) -> bool {
    let peer = request.extensions().get::<Peer>();
    let is_near = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    is_near && !is_forwarded(request.headers())
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    SIGNS.iter().any(|name| headers.contains_key(*name))
}

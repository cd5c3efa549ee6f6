//! Discovery, versions, and the few pages that a person may see.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use scs_types::{Frontend, Library, Service, Version, library::ContainerPath};

use super::call::Call;
use crate::{
    answer::{Answer, Refusal, data, json},
    cloud::Inner,
    guard::Way,
};

/// Uploads by URL and tags by architecture. A `v` in front would mean the oldest protocol.
const API: &str = "2.0.0-alpha.2";

/// No script, no picture, no form, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;\
    color-scheme:light dark}code{background:#8883;padding:.1em .3em;border-radius:.2em}";

/// Where the services are: all here.
pub(crate) async fn frontend(Extension(Way { base, .. }): Extension<Way>) -> Response {
    let service = || Some(Service::at(base.clone()));
    let document = Frontend {
        library: Some(Library {
            uri: base.clone(),
            registry_uri: None,
        }),
        keystore: service(),
        builder: None,
        consent: service(),
        token: service(),
    };
    json(StatusCode::OK, &document)
}

/// One version for all services.
pub(crate) async fn version() -> Response {
    data(Version {
        version: concat!("v", env!("CARGO_PKG_VERSION")).to_owned(),
        api_version: API.to_owned(),
    })
}

/// The sign-in of a keyserver asks here: a wrong token must not pass.
pub(crate) async fn root(_checked: Call) -> Response {
    page(
        "This computer",
        "<p>A library, a keystore and access tokens for container images, run by Sifter on this computer.</p>\
         <p><a href=\"/auth/tokens\">How to get an access token</a></p>",
    )
}

/// Where the command lines send people who need a token.
pub(crate) async fn tokens() -> Response {
    page(
        "Access tokens",
        "<p>Tokens for this service are made in Sifter: open <b>Settings</b>, then <b>Remotes</b>, choose <b>This \
         computer</b> and press <b>New token</b>. The token is shown once.</p>\
         <p>On a machine without a window: <code>sifter-cli cloud token</code></p>",
    )
}

/// Where the command lines say that a container is, after a push. Nothing is looked up, so nothing is given away.
pub(crate) async fn container(Path(path): Path<String>) -> Answer {
    let Ok(container) = path.parse::<ContainerPath>() else {
        return Err(Refusal::unknown("not found"));
    };
    Ok(page(
        "A container of this computer",
        &format!(
            "<p>Look at it in Sifter: open <b>Library</b>, then <code>{container}</code>.</p>\
             <p>By a command line that has this computer as its remote: \
             <code>apptainer pull library://{container}</code></p>"
        ),
    ))
}

fn page(title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{body}</html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(text)).into_response()
}

/// There is no OCI registry. Anything but an error would make clients use it.
pub(crate) async fn no_registry(State(_): State<Arc<Inner>>) -> Answer {
    Err(Refusal::unknown("this library has no OCI registry"))
}

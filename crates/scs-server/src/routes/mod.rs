//! From paths to functions. What stands here is HTTP; what it means is in `library`, `keystore` and `upload`.

mod call;
mod download;
mod keys;
mod library;
mod pages;
mod part;
mod tokens;
mod uploads;

use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{any, get, post, put},
};

use crate::{
    Cloud, Hosts,
    answer::{Answer, Refusal},
    guard::{Guards, Load, guard},
};

impl Cloud {
    /// The routes of all services, behind all guards, for an own server. [`Cloud::serve`] is one.
    ///
    /// A request without the address of its peer, as another server may pass it on, counts as one from elsewhere.
    pub fn router(&self, hosts: Hosts) -> Router {
        let guards = Arc::new(Guards {
            hosts,
            load: Load::new(&self.inner.settings.limits),
        });
        // The guards change the path, so they come before the routes are looked at.
        Router::new()
            .fallback_service(self.routes())
            .layer(middleware::from_fn_with_state(guards, guard))
    }

    fn routes(&self) -> Router {
        Router::new()
            .route("/", get(pages::root))
            .route("/assets/config/config.prod.json", get(pages::frontend))
            .route("/version", get(pages::version))
            .route("/auth/tokens", get(pages::tokens))
            .route("/library/{*path}", get(pages::container))
            .route("/v1/token-status", get(tokens::status))
            .route("/v1/rbac/users/current", get(tokens::current_user))
            .route("/v1/oci-redirect", get(pages::no_registry))
            .route(
                "/v1/entities",
                get(library::entities).post(library::create_entity),
            )
            .route("/v1/entities/{*path}", get(library::entity))
            .route("/v1/collections", post(library::create_collection))
            .route("/v1/collections/{*path}", get(library::collection))
            .route("/v1/containers", post(library::create_container))
            .route("/v1/containers/{*path}", get(library::container))
            .route("/v1/images", post(library::create_image))
            .route(
                "/v1/images/{*path}",
                get(library::image).delete(library::delete_image),
            )
            .route("/v1/search", get(library::search))
            .route(
                "/v1/tags/{id}",
                get(library::flat_tags).post(library::set_flat_tag),
            )
            .route(
                "/v2/tags/{id}",
                get(library::arch_tags).post(library::set_arch_tag),
            )
            .route(
                "/v1/imagefile/{*path}",
                get(download::download).post(uploads::whole),
            )
            .route("/v2/imagefile/{id}", post(uploads::start))
            .route("/v2/imagefile/{id}/_complete", put(uploads::complete))
            .route(
                "/v2/imagefile/{id}/_multipart",
                post(uploads::start_parts).put(uploads::part),
            )
            .route(
                "/v2/imagefile/{id}/_multipart_complete",
                put(uploads::complete_parts),
            )
            .route(
                "/v2/imagefile/{id}/_multipart_abort",
                put(uploads::abort_parts),
            )
            .route("/uploads/{secret}", put(part::receive))
            .route("/pks/lookup", get(keys::lookup))
            .route("/pks/add", post(keys::add))
            .route("/favicon.ico", any(|| async { StatusCode::NO_CONTENT }))
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method)
            .with_state(Arc::clone(&self.inner))
    }
}

async fn unknown() -> Answer {
    Err(Refusal::unknown("not found"))
}

async fn wrong_method() -> Answer {
    // Which ones there are is added by the router.
    Err(Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method not allowed",
    ))
}

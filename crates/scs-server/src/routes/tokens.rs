//! The token service.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use scs_types::CurrentUser;

use super::call::Call;
use crate::{
    answer::{Answer, Refusal, done, json},
    caller::{Caller, identify},
    cloud::Inner,
};

/// Whether a token is good. Clients have a text for 404 only, so that is what a bad token gets.
pub(crate) async fn status(State(cloud): State<Arc<Inner>>, headers: HeaderMap) -> Answer {
    match identify(&cloud, &headers).await {
        Ok(Caller::User(_)) => Ok(done()),
        Ok(Caller::Anonymous) => Err(Refusal::unknown("invalid token")),
        Err(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
            Err(Refusal::unknown("invalid token"))
        }
        Err(refusal) => Err(refusal),
    }
}

/// Who the token belongs to. Not wrapped; without a registry there is no registry password.
pub(crate) async fn current_user(call: Call) -> Answer<Response> {
    let name = call.caller.user()?.name.clone();
    let user = CurrentUser {
        username: name.clone(),
        realname: name,
        ..CurrentUser::default()
    };
    Ok(json(StatusCode::OK, &user))
}

//! Where a command goes, and as whom.

use std::path::Path;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    library::{ReferenceView, Transport},
    remotes::RemoteView,
    units::RemoteId,
};

use crate::{
    answer::Failure,
    arguments::{At, Token},
    first_line,
};

/// Returns the remote of this name, or else the one in use.
pub(crate) async fn remote(sifter: &Sifter, name: Option<&str>) -> Result<RemoteView, Failure> {
    let view = sifter.list_remotes().await?;
    let wanted = match name {
        Some(name) => name.to_owned(),
        None => sifter.remote_in_use().await?.0,
    };
    let is_meant = |remote: &&RemoteView| remote.name == wanted || remote.id.0 == wanted;
    if let Some(remote) = view.remotes.iter().find(is_meant) {
        return Ok(remote.clone());
    }
    Err(view.file_problem.unwrap_or_else(|| unknown(&wanted)).into())
}

fn unknown(name: &str) -> ApiError {
    let message = format!("there is no remote `{name}`");
    ApiError::new(ErrorCode::RemoteUnknown, message)
}

/// Returns the remote that a command goes to, signed in for this command if a token was given.
pub(crate) async fn signed_in(sifter: &Sifter, at: &At) -> Result<RemoteId, Failure> {
    let remote = remote(sifter, at.remote.as_deref()).await?.id;
    sign_in(sifter, &remote, &at.token).await?;
    Ok(remote)
}

/// Returns how a reference is read. If it leads to a remote, that one is signed in to if a token was given.
pub(crate) async fn reference(
    sifter: &Sifter,
    text: &str,
    at: &At,
) -> Result<ReferenceView, Failure> {
    let named = match &at.remote {
        Some(name) => Some(remote(sifter, Some(name)).await?.id),
        None => None,
    };
    let Some(view) = sifter.read_reference(text.to_owned(), named).await? else {
        let message = format!("`{text}` is no reference to an image");
        return Err(ApiError::new(ErrorCode::ReferenceInvalid, message).into());
    };
    match &view.remote {
        Some(remote) => sign_in(sifter, remote, &at.token).await?,
        None if at.token.file.is_some() => {
            let message = format!("a token is for a remote, and `{text}` leads to none");
            return Err(ApiError::new(ErrorCode::InputInvalid, message).into());
        }
        None => {}
    }
    Ok(view)
}

/// A container of a library, as a reference names it.
pub(crate) struct Container {
    pub(crate) remote: RemoteId,
    /// `entity/collection`.
    pub(crate) collection: String,
    pub(crate) name: String,
}

/// Returns the container of a known remote that the reference names.
pub(crate) fn container(view: &ReferenceView) -> Result<Container, Failure> {
    if view.transport != Transport::Library {
        let message = format!("`{}` does not lead to a library", view.reference);
        return Err(ApiError::new(ErrorCode::ReferenceInvalid, message).into());
    }
    let Some(remote) = view.remote.clone() else {
        return Err(unknown(&view.server).into());
    };
    let (Some(entity), Some(collection)) = (&view.entity, &view.collection) else {
        let message = format!("`{}` names no owner and no collection", view.reference);
        return Err(ApiError::new(ErrorCode::ReferenceInvalid, message).into());
    };
    Ok(Container {
        remote,
        collection: format!("{entity}/{collection}"),
        name: view.container.clone(),
    })
}

async fn sign_in(sifter: &Sifter, remote: &RemoteId, token: &Token) -> Result<(), Failure> {
    let Some(file) = &token.file else {
        return Ok(());
    };
    let token = first_line::of_file(Path::new(file), "token")?;
    Ok(sifter.use_token(remote.clone(), token).await?)
}

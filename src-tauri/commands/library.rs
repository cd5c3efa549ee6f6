//! Libraries and transfers.

use sifter_api::{
    ApiError,
    library::{
        ContainerView, FoundInLibrary, LibrarySearch, LibraryView, OpenedLink, PullItem,
        PullPlanView, PullRequest, PushPlaces, PushPlanView, PushRequest, ReferenceView,
        ResolvedView, SignFirst, TagMoveView, TargetFolder,
    },
    units::{PlanId, RemoteId, TaskId},
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// Lists a level of a library: `path` is empty, `entity` or `entity/collection`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_library(
    engine: State<'_, Engine>,
    remote: RemoteId,
    path: String,
) -> Result<LibraryView> {
    engine.sifter()?.list_library(remote, path).await
}

/// Searches a library.
#[tauri::command]
#[specta::specta]
pub(crate) async fn search_library(
    engine: State<'_, Engine>,
    search: LibrarySearch,
) -> Result<FoundInLibrary> {
    engine.sifter()?.search_library(search).await
}

/// Returns a container with its tags and images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_container(
    engine: State<'_, Engine>,
    remote: RemoteId,
    path: String,
) -> Result<ContainerView> {
    engine.sifter()?.get_container(remote, path).await
}

/// Deletes images of a container by their hashes; returns those that could not be, and why.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_library_images(
    engine: State<'_, Engine>,
    remote: RemoteId,
    path: String,
    images: Vec<(String, String)>,
) -> Result<Vec<(String, ApiError)>> {
    engine
        .sifter()?
        .delete_library_images(remote, path, images)
        .await
}

/// Lets a tag lead to an image that the container has.
#[tauri::command]
#[specta::specta]
pub(crate) async fn move_tag(engine: State<'_, Engine>, to: TagMoveView) -> Result<()> {
    engine.sifter()?.move_tag(to).await
}

/// Reads a reference as a person typed it; nothing if it is none. Asks nobody.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_reference(
    engine: State<'_, Engine>,
    text: String,
    remote: Option<RemoteId>,
) -> Result<Option<ReferenceView>> {
    engine.sifter()?.read_reference(text, remote).await
}

/// Asks the server what a reference means.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve_reference(
    engine: State<'_, Engine>,
    item: PullItem,
) -> Result<ResolvedView> {
    engine.sifter()?.resolve_reference(item).await
}

/// Returns the folder that images are pulled into next.
#[tauri::command]
#[specta::specta]
pub(crate) async fn target_folder(engine: State<'_, Engine>) -> Result<TargetFolder> {
    engine.sifter()?.target_folder().await
}

/// Shows what a pull would do. Writes nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_pull(
    engine: State<'_, Engine>,
    request: PullRequest,
) -> Result<PullPlanView> {
    engine.sifter()?.plan_pull(request).await
}

/// Pulls as planned.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_pull(engine: State<'_, Engine>, plan: PlanId) -> Result<TaskId> {
    engine.sifter()?.run_pull(plan).await
}

/// Returns the collections of a remote that images may be pushed to, the person's own first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn push_places(engine: State<'_, Engine>, remote: RemoteId) -> Result<PushPlaces> {
    engine.sifter()?.push_places(remote).await
}

/// Shows what a push would do. Writes nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_push(
    engine: State<'_, Engine>,
    request: PushRequest,
) -> Result<PushPlanView> {
    engine.sifter()?.plan_push(request).await
}

/// Pushes as planned; signs unsigned images first with a key, or pushes them unsigned where that was confirmed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_push(
    engine: State<'_, Engine>,
    plan: PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<TaskId> {
    engine.sifter()?.run_push(plan, sign, unsigned_too).await
}

/// Pulls those images of a plan whose server could not be reached as soon as it can be.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pull_when_online(
    engine: State<'_, Engine>,
    plan: PlanId,
) -> Result<Vec<TaskId>> {
    engine.sifter()?.pull_when_online(plan).await
}

/// Shows what of a push is known without its server.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_push_when_online(
    engine: State<'_, Engine>,
    request: PushRequest,
) -> Result<PushPlanView> {
    engine.sifter()?.plan_push_when_online(request).await
}

/// Pushes as planned without the server, as soon as it can be reached; stops and asks where more would happen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn push_when_online(
    engine: State<'_, Engine>,
    plan: PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<TaskId> {
    engine
        .sifter()?
        .push_when_online(plan, sign, unsigned_too)
        .await
}

/// Lets a push that stopped to ask go on with a plan that was shown now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn push_reviewed(
    engine: State<'_, Engine>,
    task: TaskId,
    plan: PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<()> {
    engine
        .sifter()?
        .push_reviewed(task, plan, sign, unsigned_too)
        .await
}

/// Takes the links that came from outside since the last call.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_links(engine: State<'_, Engine>) -> Result<Vec<OpenedLink>> {
    engine.sifter()?.take_links().await
}

/// Removes what an unfinished pull left on the disk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_partial(engine: State<'_, Engine>, task: TaskId) -> Result<()> {
    engine.sifter()?.remove_partial(task).await
}

/// Moves a waiting task to the front; one that waits for the network tries now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn hurry_task(engine: State<'_, Engine>, id: TaskId) -> Result<()> {
    engine.sifter()?.hurry_task(id).await
}

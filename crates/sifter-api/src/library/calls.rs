//! What a front end asks about libraries and transfers.

use super::{
    ContainerView, FoundInLibrary, LibrarySearch, LibraryView, OpenedLink, PullItem, PullPlanView,
    PullRequest, PushPlanView, PushRequest, ReferenceView, ResolvedView, SignFirst, TagMoveView,
    TargetFolder,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    units::{PlanId, RemoteId, TaskId},
};

impl Sifter {
    /// Lists a level of a library: `path` is empty, `entity` or `entity/collection`.
    ///
    /// # Errors
    /// `remote-unknown`, `not-found-or-private`, and the codes of the network where nothing was kept.
    pub async fn list_library(&self, remote: RemoteId, path: String) -> Result<LibraryView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Searches a library.
    ///
    /// # Errors
    /// `input-invalid` for fewer than three letters, and the codes of the network.
    pub async fn search_library(&self, search: LibrarySearch) -> Result<FoundInLibrary> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns a container with its tags and images.
    ///
    /// # Errors
    /// `not-found-or-private`, and the codes of the network where nothing was kept.
    pub async fn get_container(&self, remote: RemoteId, path: String) -> Result<ContainerView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Deletes images of a container by their hashes; returns those that could not be, and why.
    ///
    /// # Errors
    /// `forbidden`, and the codes of the network.
    pub async fn delete_library_images(
        &self,
        remote: RemoteId,
        path: String,
        images: Vec<(String, String)>,
    ) -> Result<Vec<(String, ApiError)>> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Lets a tag lead to an image that the container has.
    ///
    /// # Errors
    /// `not-found-or-private`, `forbidden`, and the codes of the network.
    pub async fn move_tag(&self, to: TagMoveView) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Reads a reference as a person typed it; nothing if it is none. Asks nobody.
    ///
    /// # Errors
    /// None at present.
    pub async fn read_reference(
        &self,
        text: String,
        remote: Option<RemoteId>,
    ) -> Result<Option<ReferenceView>> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Asks the server what a reference means.
    ///
    /// # Errors
    /// `reference-invalid`, `not-found-or-private`, `arch-missing`, and the codes of the network.
    pub async fn resolve_reference(&self, item: PullItem) -> Result<ResolvedView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns the folder that images are pulled into next.
    ///
    /// # Errors
    /// None at present.
    pub async fn target_folder(&self) -> Result<TargetFolder> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Remembers a folder that a person picked as a target for pulls.
    ///
    /// # Errors
    /// `file-missing`, `file-not-writable`.
    pub async fn offer_target_folder(&self, path: std::path::PathBuf) -> Result<TargetFolder> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Shows what a pull would do. Writes nothing.
    ///
    /// # Errors
    /// `handle-unknown` for a folder that is not known; what is wrong with an item is in the view.
    pub async fn plan_pull(&self, request: PullRequest) -> Result<PullPlanView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Pulls as planned.
    ///
    /// # Errors
    /// `plan-outdated`, `handle-unknown`.
    pub async fn run_pull(&self, plan: PlanId) -> Result<TaskId> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Shows what a push would do. Writes nothing.
    ///
    /// # Errors
    /// What is wrong with an item is in the view; the codes of the network.
    pub async fn plan_push(&self, request: PushRequest) -> Result<PushPlanView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Pushes as planned; signs unsigned images first with a key, or pushes them unsigned where that was confirmed.
    ///
    /// # Errors
    /// `plan-outdated`, `handle-unknown`, `input-invalid` where an unsigned image was not decided.
    pub async fn run_push(
        &self,
        plan: PlanId,
        sign: Option<SignFirst>,
        unsigned_too: bool,
    ) -> Result<TaskId> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Takes the links that came from outside since the last call.
    ///
    /// # Errors
    /// None at present.
    pub async fn take_links(&self) -> Result<Vec<OpenedLink>> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Takes a link from outside, `sifter://` or `library://`; the page is told that it waits. It starts nothing.
    ///
    /// # Errors
    /// `reference-invalid`.
    pub async fn offer_link(&self, link: String) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Removes what an unfinished pull left on the disk.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn remove_partial(&self, task: TaskId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }
}

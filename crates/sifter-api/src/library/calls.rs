//! What a front end asks about libraries and transfers.

use super::{
    ContainerView, FoundInLibrary, LibrarySearch, LibraryView, OpenedLink, PullItem, PullPlanView,
    PullRequest, PushPlaces, PushPlanView, PushRequest, ReferenceView, ResolvedView, SignFirst,
    TagMoveView, TargetFolder, browse, container, links, places, pull, push, resolve,
};
use crate::{
    Result, Sifter,
    error::ApiError,
    network::on_network,
    units::{PlanId, RemoteId, TaskId},
};

impl Sifter {
    /// Lists a level of a library: `path` is empty, `entity` or `entity/collection`.
    ///
    /// # Errors
    /// `remote-unknown`, `not-found-or-private`, and the codes of the network where nothing was kept.
    pub async fn list_library(&self, remote: RemoteId, path: String) -> Result<LibraryView> {
        let sifter = self.clone();
        on_network(async move { browse::list(&sifter, remote, path).await }).await
    }

    /// Searches a library.
    ///
    /// # Errors
    /// `input-invalid` for fewer than three letters, and the codes of the network.
    pub async fn search_library(&self, search: LibrarySearch) -> Result<FoundInLibrary> {
        let sifter = self.clone();
        on_network(async move { browse::search(&sifter, search).await }).await
    }

    /// Returns a container with its tags and images.
    ///
    /// # Errors
    /// `not-found-or-private`, and the codes of the network where nothing was kept.
    pub async fn get_container(&self, remote: RemoteId, path: String) -> Result<ContainerView> {
        let sifter = self.clone();
        on_network(async move { container::get(&sifter, remote, path).await }).await
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
        let sifter = self.clone();
        on_network(async move { container::delete(&sifter, remote, path, images).await }).await
    }

    /// Lets a tag lead to an image that the container has.
    ///
    /// # Errors
    /// `not-found-or-private`, `forbidden`, and the codes of the network.
    pub async fn move_tag(&self, to: TagMoveView) -> Result<()> {
        let sifter = self.clone();
        on_network(async move { container::move_tag(&sifter, to).await }).await
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
        self.off(move |sifter| {
            let reading = sifter.reading_of(&text, remote.as_ref());
            Ok(reading.map(|reading| reading.view))
        })
        .await
    }

    /// Asks the server what a reference means.
    ///
    /// # Errors
    /// `reference-invalid`, `not-found-or-private`, `arch-missing`, and the codes of the network.
    pub async fn resolve_reference(&self, item: PullItem) -> Result<ResolvedView> {
        let sifter = self.clone();
        on_network(async move { resolve::resolve(&sifter, &item).await }).await
    }

    /// Returns the folder that images are pulled into next.
    ///
    /// # Errors
    /// None at present.
    pub async fn target_folder(&self) -> Result<TargetFolder> {
        self.off(|sifter| sifter.target_view(&sifter.usual_target()?))
            .await
    }

    /// Remembers a folder that a person picked as a target for pulls.
    ///
    /// # Errors
    /// `file-missing`, `file-not-writable`.
    pub async fn offer_target_folder(&self, path: std::path::PathBuf) -> Result<TargetFolder> {
        self.off(move |sifter| sifter.offer_target(&path)).await
    }

    /// Shows what a pull would do. Writes nothing.
    ///
    /// # Errors
    /// `handle-unknown` for a folder that is not known; what is wrong with an item is in the view.
    pub async fn plan_pull(&self, request: PullRequest) -> Result<PullPlanView> {
        let sifter = self.clone();
        on_network(async move { pull::plan(&sifter, request).await }).await
    }

    /// Pulls as planned.
    ///
    /// # Errors
    /// `plan-outdated`, `handle-unknown`.
    pub async fn run_pull(&self, plan: PlanId) -> Result<TaskId> {
        self.off(move |sifter| pull::start(sifter, &plan)).await
    }

    /// Returns the collections of a remote that images may be pushed to, the person's own first.
    ///
    /// # Errors
    /// `remote-unknown`, and the codes of the network.
    pub async fn push_places(&self, remote: RemoteId) -> Result<PushPlaces> {
        let sifter = self.clone();
        on_network(async move { places::find(&sifter, &remote).await }).await
    }

    /// Shows what a push would do. Writes nothing.
    ///
    /// # Errors
    /// What is wrong with an item is in the view; the codes of the network.
    pub async fn plan_push(&self, request: PushRequest) -> Result<PushPlanView> {
        let sifter = self.clone();
        on_network(async move { push::plan(&sifter, request).await }).await
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
        self.off(move |sifter| push::start(sifter, &plan, sign, unsigned_too))
            .await
    }

    /// Takes the links that came from outside since the last call.
    ///
    /// # Errors
    /// None at present.
    pub async fn take_links(&self) -> Result<Vec<OpenedLink>> {
        Ok(self.inner.library.take_links())
    }

    /// Takes a link from outside, `sifter://` or `library://`; the page is told that it waits. It starts nothing.
    ///
    /// # Errors
    /// `reference-invalid`.
    pub async fn offer_link(&self, link: String) -> Result<()> {
        self.off(move |sifter| links::offer(sifter, &link)).await
    }

    /// Removes what an unfinished pull left on the disk.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn remove_partial(&self, task: TaskId) -> Result<()> {
        self.off(move |sifter| pull::remove(sifter, task)).await
    }
}

//! Steps through libraries: looking into them, pushing, pulling, signing in.

use serde_json::{Value, json};

use super::{lab::Lab, page::Page, wait_until};

/// Ctrl+Enter: the primary button of a sheet. The pointer would do, but WebKit moves a sheet's buttons at the first press
/// after the window has changed its size.
pub(crate) const PRIMARY: &str = "\u{e009}\u{e007}";

/// The handle of the library of this computer.
pub(crate) const THIS_COMPUTER: &str = "this-computer";

/// Where the journeys push to.
pub(crate) const TOOLS: &str = "genomics/tools";

/// The choice of a collection that is not proposed.
const ANOTHER: &str = "\u{0}other";

/// Fills in where the open sheet pushes to.
pub(crate) async fn push_to(page: &Page, collection: &str) {
    page.sees("What will happen").await;
    page.choose("Collection", ANOTHER).await;
    page.fill("Another collection", collection).await;
}

/// Goes through the library that is used to a container.
pub(crate) async fn open_container(page: &Page, path: &str) {
    page.press("Library").await;
    for name in path.split('/') {
        page.press(name).await;
    }
    page.sees("Tags").await;
}

/// Pulls what a person pastes.
pub(crate) async fn pull(page: &Page, reference: &str) {
    page.keys("\u{e009}d").await;
    page.sees("Pull an image").await;
    page.fill("Reference", reference).await;
    page.sees("Found").await;
    confirm(page).await;
}

/// Presses the primary button of the open sheet, once it may be pressed, by its keys.
pub(crate) async fn confirm(page: &Page) {
    wait_until("the sheet is done", async || {
        if page.has("[role=dialog]").await {
            page.keys(PRIMARY).await;
        }
        !page.has("[role=dialog]").await
    })
    .await;
}

/// Adds `lab` as a remote called `lab`, over plain HTTP.
pub(crate) async fn add_lab(page: &Page, lab: &Lab) {
    page.press("Settings").await;
    page.press("Remotes").await;
    page.press("Add a remote").await;
    page.fill("Address", lab.address()).await;
    page.press("Connect without encryption (http)").await;
    page.press("Find services").await;
    page.sees(&format!("Found at {}", lab.address())).await;
    page.fill("Name", "lab").await;
    page.press("Add remote").await;
    page.sees("lab added").await;
}

/// Signs in at the remote `lab` with `token`, on the screen of remotes.
pub(crate) async fn sign_in(page: &Page, token: &str) {
    page.press("Sign in to lab").await;
    page.fill("Token", token).await;
    page.press("Sign in").await;
}

/// What is known of the remote `lab`.
pub(crate) async fn lab_view(page: &Page) -> Value {
    let view = page.invoke("list_remotes", json!({})).await.unwrap();
    let remotes = view["remotes"].as_array().unwrap();
    let lab = remotes.iter().find(|remote| remote["name"] == "lab");
    lab.unwrap_or_else(|| panic!("no `lab` in {view}")).clone()
}

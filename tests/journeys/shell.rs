//! What the shell does whatever the page shows.

use desktop::{Desktop, session::Keychain};

use crate::desktop;

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_and_closes() {
    let Some(mut desktop) = Desktop::start("journeys", Keychain::None).await else { return };
    let page = desktop.open(&[]).await;
    let title = page.client().title().await.unwrap();
    assert_eq!(title, "Sifter");
    desktop.close().await;
    assert!(desktop.program_ids().is_empty());
}

//! A key goes out and comes back: published here, deleted, found again by the signature that it made.

use serde_json::json;

use crate::desktop::{
    Desktop,
    files::write_image,
    library::THIS_COMPUTER,
    session::Keychain,
    steps::{NAME, create_key, open_image, signed_and_verified},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_published_key_is_found_by_its_signature_and_is_not_trusted() {
    let Some(mut desktop) = Desktop::start("keyserver", Keychain::Unlocked).await else {
        return;
    };
    let image = write_image(&desktop.folder(), "samtools.sif", 50_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    create_key(&page).await;
    open_image(&page, "samtools.sif").await;
    page.press("Sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;

    // Publish it on this computer.
    page.press("Keys").await;
    page.press_like(NAME).await;
    page.press("More actions").await;
    page.press("Publish").await;
    page.sees("It stays on this computer").await;
    page.press("Publish key").await;
    page.sees("Key published at").await;

    // It is gone from the keyring, also from the copies.
    let keys = page.invoke("list_keys", json!({})).await.unwrap();
    let fingerprint = keys["keys"][0]["fingerprint"].clone();
    let delete = json!({ "fingerprint": fingerprint, "typed": NAME, "fromBackups": true });
    page.invoke("delete_key", delete).await.unwrap();
    open_image(&page, "samtools.sif").await;
    page.sees("Can't confirm the signer").await;

    // The signature leads to it. What a keyserver sends is not trusted.
    page.press("Find this key").await;
    page.press("Import 1 key").await;
    page.sees("Signer not confirmed by you").await;
    let keys = page.invoke("list_keys", json!({})).await.unwrap();
    assert_eq!(keys["keys"][0]["fingerprint"], fingerprint);
    assert_eq!(keys["keys"][0]["own"], false, "{keys}");

    // And a search finds it by its name.
    let search = json!({ "remote": THIS_COMPUTER, "text": NAME, "page": null });
    let found = page.invoke("search_keys", search).await.unwrap();
    assert_eq!(found["hits"][0]["isHere"], true, "{found}");
}

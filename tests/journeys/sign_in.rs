//! Signing in to a library elsewhere: the token is checked before it is kept, and kept only in the keychain.

use serde_json::{Value, json};

use crate::desktop::{
    Desktop,
    files::write_image,
    lab::{ACCOUNT, Lab},
    library::{add_lab, lab_view, open_container, push_to, sign_in},
    page::Page,
    session::Keychain,
    steps::look_around,
    wait_until,
};

/// Waits until the login at the lab is of this kind.
async fn login_is(page: &Page, kind: &str) -> Value {
    wait_until(&format!("the login is {kind}"), async || {
        lab_view(page).await["login"]["kind"] == kind
    })
    .await;
    lab_view(page).await["login"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_changes_nothing_and_a_good_one_outlives_a_restart() {
    let Some(mut desktop) = Desktop::start("sign in", Keychain::Unlocked).await else {
        return;
    };
    let mut lab = Lab::start().await;
    let image = write_image(&desktop.folder(), "samtools.sif", 100_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    add_lab(&page, &lab).await;

    sign_in(&page, "not a token of theirs").await;
    page.sees("The token is not accepted").await;
    assert_eq!(lab_view(&page).await["login"]["kind"], "signedOut");
    page.fill("Token", lab.token()).await;
    page.press("Sign in").await;
    page.sees("Signed in to lab").await;
    let login = login_is(&page, "signedIn").await;
    assert_eq!(login["kept"], "keychain", "{login}");
    assert_eq!(login["account"]["name"], ACCOUNT, "{login}");

    // Another token that is wrong leaves the login as it was.
    page.press("More actions for lab").await;
    page.press("Use another token").await;
    page.fill("Token", "not a token either").await;
    page.press("Sign in").await;
    page.sees("The login of before is unchanged").await;
    page.keys("\u{e00c}").await;
    page.gone("[role=dialog]").await;
    login_is(&page, "signedIn").await;

    // After a restart one is signed in still, and may push.
    desktop.close().await;
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    page.press("Settings").await;
    page.press("Remotes").await;
    page.press("Use lab").await;
    page.press("Images").await;
    crate::desktop::steps::open_image(&page, "samtools.sif").await;
    page.press("Push").await;
    push_to(&page, &format!("{ACCOUNT}/tools")).await;
    page.press("Push unsigned").await;
    page.sees("samtools.sif was pushed").await;
    open_container(&page, &format!("{ACCOUNT}/tools/samtools")).await;
    page.sees("latest").await;

    // Somebody withdraws the token: it is said where it matters, and a new one mends it.
    lab.revoke();
    page.press("Images").await;
    crate::desktop::steps::open_image(&page, "samtools.sif").await;
    page.press("Push").await;
    page.press_like("Sign in").await;
    page.fill("Token", &lab.another_token()).await;
    page.press("Sign in").await;
    page.sees("Signed in to lab").await;
    login_is(&page, "signedIn").await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_locked_keychain_a_login_can_be_kept_until_quitting() {
    let Some(mut desktop) = Desktop::start("locked keychain", Keychain::Locked).await else {
        return;
    };
    let lab = Lab::start().await;
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    add_lab(&page, &lab).await;
    sign_in(&page, lab.token()).await;
    page.sees("Keep until I quit").await;
    assert!(page.offers("Unlock").await);
    assert_eq!(lab_view(&page).await["login"]["kind"], "signedOut");
    page.press("Keep until I quit").await;
    page.sees("Signed in to lab").await;
    let login = login_is(&page, "signedIn").await;
    assert_eq!(login["kept"], "memory", "{login}");
    let leaks = crate::desktop::steps::files_with(desktop.home(), lab.token());
    assert!(leaks.is_empty(), "the token stands in {leaks:?}");

    desktop.close().await;
    let page = desktop.open(&[]).await;
    page.sees("Home").await;
    let login = lab_view(&page).await["login"].clone();
    assert_ne!(login["kind"], "signedIn", "{login}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_is_gone_is_said_and_nothing_else_is_lost() {
    let Some(mut desktop) = Desktop::start("unreachable", Keychain::Unlocked).await else {
        return;
    };
    let mut lab = Lab::start().await;
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    add_lab(&page, &lab).await;
    sign_in(&page, lab.token()).await;
    page.sees("Signed in to lab").await;
    lab.stop().await;
    page.press("Use lab").await;
    page.press("Library").await;
    page.sees("The library can't be reached").await;
    page.press("Use this computer").await;
    wait_until("this computer is used", async || {
        let view = page.invoke("list_remotes", json!({})).await.unwrap();
        view["current"] == "this-computer"
    })
    .await;
    assert_eq!(lab_view(&page).await["login"]["kind"], "signedIn");
}

//! Whatever the page is made to do, the window stays on Sifter's own page, and runs no script but its own.

use serde_json::{Value, json};

use crate::{
    desktop::{Desktop, page::Page, session::Keychain, wait_until},
    idle::logs,
};

const ELSEWHERE: [&str; 5] = [
    "https://example.org/",
    "http://127.0.0.1:8765/",
    "http://tauri.localhost/",
    "about:blank",
    "mailto:anna@lab.example.org",
];

/// How often the log says `words`.
fn count(desktop: &Desktop, words: &str) -> usize {
    logs(desktop.home()).matches(words).count()
}

async fn run(page: &Page, script: &str, arguments: Vec<Value>) -> Value {
    page.client().execute(script, arguments).await.unwrap()
}

/// A link to `address` in the page, to be clicked like any other.
async fn add_link(page: &Page, address: &str, target: &str) {
    const ADD: &str = "const link = document.createElement('a'); link.id = 'link-of-test';\
        [link.href, link.target] = arguments; link.textContent = 'elsewhere';\
        link.style = 'position: fixed; inset: 0 auto auto 0; z-index: 9999'; document.body.append(link);";
    run(page, ADD, vec![json!(address), json!(target)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_leads_away_from_the_own_page() {
    const GO: &str = "location.href = arguments[0]";
    const DENIED: &str = "the page may not lead elsewhere";
    const NO_WINDOW: &str = "the page may not open a window";
    let Some(mut desktop) = Desktop::start("own page", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    page.sees("Sifter collects nothing").await;
    run(&page, "window.stays = true", Vec::new()).await;
    for (number, address) in ELSEWHERE.into_iter().enumerate() {
        run(&page, GO, vec![json!(address)]).await;
        wait_until(&format!("`{address}` is denied"), async || {
            count(&desktop, DENIED) == number + 1
        })
        .await;
    }
    let opened = "return window.open('https://example.org/') === null";
    assert_eq!(run(&page, opened, Vec::new()).await, json!(true));
    let before = count(&desktop, NO_WINDOW);
    add_link(&page, "https://example.org/", "_blank").await;
    page.element("#link-of-test").await.click().await.unwrap();
    wait_until("a new window is denied", async || {
        count(&desktop, NO_WINDOW) > before
    })
    .await;

    assert_eq!(page.client().windows().await.unwrap().len(), 1);
    let state = "return [window.stays, location.origin]";
    assert_eq!(
        run(&page, state, Vec::new()).await,
        json!([true, "tauri://localhost"])
    );
    page.sees("Sifter collects nothing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_runs_but_the_own_one() {
    const INJECT: &str = "const script = document.createElement('script');\
        script.textContent = 'window.injected = \"inline\"'; document.body.append(script);\
        const image = document.createElement('div'); document.body.append(image);\
        image.innerHTML = '<img src=\"nowhere\" onerror=\"window.injected = `handler`\">';\
        image.innerHTML += '<a id=\"link-of-test\" href=\"javascript:void(window.injected = `address`)\">go</a>';\
        document.getElementById('link-of-test').click();";
    const REMOTE: &str = "const [address, done] = arguments; const script = document.createElement('script');\
        script.onload = () => done('loaded'); script.onerror = () => done('no'); script.src = address;\
        document.body.append(script);";
    // What was injected has had its turn when a broken image has told so.
    const LATER: &str = "const done = arguments[0]; const image = new Image();\
        image.onerror = () => setTimeout(() => done(window.injected ?? 'nothing')); image.src = 'nowhere-either';";
    let Some(mut desktop) = Desktop::start("own page", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    page.sees("Sifter collects nothing").await;
    run(&page, INJECT, Vec::new()).await;
    let client = page.client();
    let injected = client.execute_async(LATER, Vec::new()).await.unwrap();
    assert_eq!(injected, "nothing");
    for address in ["https://example.org/x.js", "data:text/javascript,0"] {
        let loaded = client.execute_async(REMOTE, vec![json!(address)]).await;
        assert_eq!(loaded.unwrap(), "no", "{address}");
    }
}

//! The window opens here, and shows Sifter's own page and nothing else: no way leads to another page or window, whatever
//! the page is made to do. Links for people go to their browser by commands that the program knows.

use tauri::{
    AppHandle, Config, Runtime, Url, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};

use crate::window::MAIN;

/// Where Tauri serves the page that is compiled into the program.
const SERVED: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// Opens the window of `tauri.conf.json`.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<WebviewWindow<R>> {
    let mut windows = app.config().app.windows.iter();
    let config = windows
        .find(|window| window.label == MAIN)
        .ok_or(tauri::Error::WindowNotFound)?;
    let own = own(app.config());
    WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(move |url| {
            let stays = same_place(url, &own);
            if !stays {
                tracing::warn!(scheme = url.scheme(), "the page may not lead elsewhere");
            }
            stays
        })
        .on_new_window(|url, _| {
            tracing::warn!(scheme = url.scheme(), "the page may not open a window");
            NewWindowResponse::Deny
        })
        .build()
}

/// The address of the page: while developing, that of the server with hot reload.
fn own(config: &Config) -> Url {
    let served = || SERVED.parse().expect("the address is a constant");
    let developing = tauri::is_dev().then(|| config.build.dev_url.clone());
    developing.flatten().unwrap_or_else(served)
}

fn same_place(url: &Url, own: &Url) -> bool {
    let place = |url: &Url| {
        let host = url.host_str().map(str::to_owned);
        (url.scheme().to_owned(), host, url.port_or_known_default())
    };
    place(url) == place(own) && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(own: &str, same: &[&str], other: &[&str]) {
        let own: Url = own.parse().unwrap();
        for url in same {
            assert!(same_place(&url.parse().unwrap(), &own), "{url}");
        }
        for url in other {
            assert!(!same_place(&url.parse().unwrap(), &own), "{url}");
        }
    }

    #[test]
    fn only_the_own_page_is_the_same_place() {
        check(
            "tauri://localhost",
            &[
                "tauri://localhost",
                "tauri://localhost/",
                "tauri://localhost/index.html?a#b",
            ],
            &[
                "tauri://localhost.example.org/",
                "tauri://localhost@example.org/",
                "tauri://user@localhost/",
                "tauri://localhost:81/",
                "http://localhost/",
                "https://example.org/",
                "ipc://localhost/",
                "file:///etc/passwd",
                "about:blank",
                "data:text/html,x",
                "blob:tauri://localhost/1",
                "javascript:alert(1)",
            ],
        );
        check(
            "http://127.0.0.1:1420",
            &["http://127.0.0.1:1420/index.html"],
            &[
                "http://127.0.0.1/",
                "http://127.0.0.1:1421/",
                "https://127.0.0.1:1420/",
                "tauri://localhost/",
            ],
        );
    }
}

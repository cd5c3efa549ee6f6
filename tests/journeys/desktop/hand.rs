//! Keys that the X server sends to whatever window has the focus, as a person's keyboard does.

use std::path::Path;

use super::{Desktop, wait_until};

impl Desktop {
    /// Gives Sifter's window the focus: without a window manager nobody else does.
    pub(crate) async fn focus(&self) {
        let window = self.window();
        self.focus_on(&window);
        if let Some(page) = &self.page {
            let focused = "return document.hasFocus()";
            wait_until("the page has the focus", async || {
                let answer = page.client().execute(focused, Vec::new()).await;
                answer.is_ok_and(|answer| answer == true)
            })
            .await;
        }
    }

    /// Presses keys by their X names, for example `ctrl+k`, one after the other.
    pub(crate) fn press_keys(&self, keys: &[&str]) {
        self.xdotool(&[&["key", "--delay", "20"], keys].concat());
    }

    /// Types `text` where the focus is.
    pub(crate) fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "20", text]);
    }

    /// Waits for a dialog of the system, types a path into it and accepts.
    pub(crate) async fn answer_dialog(&self, title: &str, path: &Path) {
        self.focus_dialog(title).await;
        self.type_place(path);
        self.dialog_is_gone(title).await;
    }

    /// Waits for a dialog of the system, goes to a folder and picks the only file in it.
    pub(crate) async fn pick_only_file(&self, title: &str, folder: &Path) {
        self.focus_dialog(title).await;
        self.type_place(folder);
        // The list is there when it is: until then, the keys do nothing. Between tries GTK needs time to act on them, and
        // nothing outside the dialog shows when it has; keys that are sent to its window alone it does not take.
        wait_until("the file is picked", async || {
            self.press_keys(&["Down", "Return"]);
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            self.windows(&format!("^{title}$")).is_empty()
        })
        .await;
    }

    fn type_place(&self, path: &Path) {
        // GTK opens its field for a location with the first `/`, and may lose a letter while it does. The field for a
        // file to save has a name already. In both, what is selected is replaced.
        self.press_keys(&["slash", "slash", "ctrl+a"]);
        self.type_text(path.to_str().expect("a path that can be typed"));
        self.press_keys(&["Return"]);
    }

    /// Waits for a dialog of the system and cancels it.
    pub(crate) async fn cancel_dialog(&self, title: &str) {
        self.focus_dialog(title).await;
        self.press_keys(&["Escape"]);
        self.dialog_is_gone(title).await;
    }

    /// Whether Sifter's window can be seen.
    pub(crate) fn is_visible(&self) -> bool {
        self.windows("^Sifter$")
            .iter()
            .any(|window| self.area(window) > 100 * 100)
    }

    async fn focus_dialog(&self, title: &str) {
        let name = format!("^{title}$");
        wait_until(&format!("the dialog `{title}` is there"), async || {
            !self.windows(&name).is_empty()
        })
        .await;
        self.focus_on(&self.windows(&name)[0]);
    }

    async fn dialog_is_gone(&self, title: &str) {
        let name = format!("^{title}$");
        wait_until(&format!("the dialog `{title}` is gone"), async || {
            self.windows(&name).is_empty()
        })
        .await;
    }

    fn focus_on(&self, window: &str) {
        self.xdotool(&["windowfocus", "--sync", window]);
    }

    fn xdotool(&self, arguments: &[&str]) {
        let mut command = self.environment.xdotool();
        let status = command.args(arguments).status().unwrap();
        assert!(status.success(), "xdotool {arguments:?}");
    }
}

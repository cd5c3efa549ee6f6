//! Sifter's window as the X server sees it: where it stands, how large it is.

use serde_json::json;

use super::{Desktop, wait_until};

impl Desktop {
    /// Gives Sifter's window another size.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let page = self.page.as_ref().expect("it is open");
        let (window, size) = (self.window(), [width.to_string(), height.to_string()]);
        let mut command = self.environment.xdotool();
        assert!(
            command
                .args(["windowsize", &window])
                .args(size)
                .status()
                .unwrap()
                .success()
        );
        let now = "return [innerWidth, innerHeight]";
        wait_until("the page has its new size", async || {
            page.client()
                .execute(now, Vec::new())
                .await
                .is_ok_and(|now| now == json!([width, height]))
        })
        .await;
    }

    /// The X server's number of Sifter's window: the largest one of its name, since GTK has small helpers.
    pub(super) fn window(&self) -> String {
        let windows = self.windows("^Sifter$");
        let largest = windows.into_iter().max_by_key(|window| self.area(window));
        largest.expect("the window is there")
    }

    /// The visible windows whose title fits a pattern.
    pub(super) fn windows(&self, title: &str) -> Vec<String> {
        let mut search = self.environment.xdotool();
        let found = search
            .args(["search", "--onlyvisible", "--name", title])
            .output();
        let windows = String::from_utf8(found.unwrap().stdout).unwrap();
        windows.lines().map(str::to_owned).collect()
    }

    pub(super) fn area(&self, window: &str) -> u64 {
        let side = |name| u64::try_from(self.geometry(window, name).unwrap_or(0)).unwrap_or(0);
        side("WIDTH=") * side("HEIGHT=")
    }

    /// One number of a window's geometry: `X=`, `Y=`, `WIDTH=` or `HEIGHT=`; nothing when the window is gone.
    fn geometry(&self, window: &str, name: &str) -> Option<i64> {
        let mut command = self.environment.xdotool();
        let output = command
            .args(["getwindowgeometry", "--shell", window])
            .output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.parse().ok())
    }

    /// Where Sifter's window stands.
    pub(crate) fn place(&self) -> Option<(i64, i64)> {
        let window = self.window();
        Some((self.geometry(&window, "X=")?, self.geometry(&window, "Y=")?))
    }

    /// Moves Sifter's window.
    pub(crate) async fn move_to(&self, x: i64, y: i64) {
        let (window, place) = (self.window(), [x.to_string(), y.to_string()]);
        let mut command = self.environment.xdotool();
        let moved = command
            .args(["windowmove", "--sync", &window])
            .args(place)
            .status();
        assert!(moved.unwrap().success(), "the window does not move");
        wait_until("the window has moved", async || {
            self.place() == Some((x, y))
        })
        .await;
    }
}

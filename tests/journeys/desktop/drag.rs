//! Files dragged for real: a small GTK window offers them, xdotool is the hand.
//!
//! The window runs in a process of its own, which is this test program once more, with one test and one variable.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use super::{Desktop, process::Group, wait_for};

/// Names the file with the list of URIs, one a line.
const VARIABLE: &str = "SIFTER_DRAG_SOURCE";

const TITLE: &str = "Another program";

/// What the source window prints when it can be taken hold of.
const READY: &str = "the source is ready";

/// Where the source window stands, right of Sifter's window, and where the hand takes hold of it.
const SOURCE: (i32, i32) = (1300, 40);
const GRIP: (i32, i32) = (1380, 120);

/// Files that hang on the pointer.
#[derive(Debug)]
pub(crate) struct Drag<'a> {
    desktop: &'a Desktop,
    source: Group,
}

/// Opens the source window with `files`.
fn open_source(desktop: &Desktop, files: &[PathBuf]) -> Group {
    let list = desktop.folder().join("dragged.txt");
    let uris: Vec<String> = files
        .iter()
        .map(|file| tauri::Url::from_file_path(file).unwrap().into())
        .collect();
    std::fs::write(&list, uris.join("\n")).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    desktop.environment().apply(&mut command);
    command
        .args([
            "desktop::drag::source_window",
            "--exact",
            "--nocapture",
            "--test-threads=1",
            "--quiet",
        ])
        .env(VARIABLE, list)
        .stderr(Stdio::null());
    let (source, line) = Group::start_and_find_line(&mut command, |line| line.ends_with(READY));
    assert!(line.is_some(), "the source window did not open");
    source
}

impl<'a> Drag<'a> {
    /// Takes hold of `files`.
    pub(crate) fn start(desktop: &'a Desktop, files: &[PathBuf]) -> Self {
        let drag = Self {
            desktop,
            source: open_source(desktop, files),
        };
        // GTK starts a drag when the pointer has moved far enough with the button down.
        drag.hand(&[
            "mousemove",
            &GRIP.0.to_string(),
            &GRIP.1.to_string(),
            "sleep",
            "0.1",
            "mousedown",
            "1",
        ]);
        for _ in 0..5 {
            drag.hand(&["mousemove_relative", "--", "-4", "3", "sleep", "0.02"]);
        }
        drag
    }

    /// Moves over the window; `x` and `y` are of the page.
    fn over(&self, x: i32, y: i32) {
        for step in [-30, -20, -10, 0] {
            let (x, y) = ((x + step).to_string(), y.to_string());
            self.hand(&["mousemove", &x, &y, "sleep", "0.03"]);
        }
    }

    /// Moves over the window until `check` holds. A busy desktop takes a while to notice the hand, and only when it moves.
    pub(crate) async fn over_until(&self, x: i32, y: i32, mut check: impl AsyncFnMut() -> bool) {
        let noticed = wait_for(async || {
            self.over(x, y);
            check().await.then_some(())
        });
        assert!(
            noticed.await.is_some(),
            "nobody notices the files at {x}, {y}"
        );
    }

    /// Lets go. The answer is the source, which has to live until the drop has been taken.
    #[must_use]
    pub(crate) fn release(self) -> Group {
        self.hand(&["mouseup", "1"]);
        self.source
    }

    fn hand(&self, arguments: &[&str]) {
        let status = self
            .desktop
            .environment()
            .xdotool()
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "xdotool {arguments:?}");
    }
}

impl Desktop {
    /// Gives the focus to a window of another program, for as long as the answer lives.
    pub(crate) fn look_elsewhere(&self) -> Group {
        let other = open_source(self, &[]);
        let focus = format!(
            "timeout 30 xdotool search --onlyvisible --name '^{TITLE}$' windowfocus --sync"
        );
        let status = self
            .environment()
            .command("sh")
            .arg("-c")
            .arg(focus)
            .status()
            .unwrap();
        assert!(status.success(), "the other window cannot have the focus");
        other
    }
}

/// The other side of [`Drag`]; without its variable it does nothing.
#[cfg(target_os = "linux")]
#[test]
fn source_window() {
    use gtk::{gdk, prelude::*};

    let Some(list) = std::env::var_os(VARIABLE) else {
        return;
    };
    let text = std::fs::read_to_string(list).unwrap();
    gtk::init().unwrap();
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title(TITLE);
    window.set_default_size(160, 160);
    window.move_(SOURCE.0, SOURCE.1);
    let handle = gtk::EventBox::new();
    handle.drag_source_set(gdk::ModifierType::BUTTON1_MASK, &[], gdk::DragAction::COPY);
    handle.drag_source_add_uri_targets();
    handle.connect_drag_data_get(move |_, _, data, _, _| {
        let uris: Vec<&str> = text.lines().collect();
        data.set_uris(&uris);
    });
    window.add(&handle);
    window.connect_map_event(|_, _| {
        use std::io::Write;
        // Past the capture of the test harness.
        writeln!(std::io::stdout(), "{READY}").unwrap();
        std::io::stdout().flush().unwrap();
        gtk::glib::Propagation::Proceed
    });
    window.show_all();
    gtk::main();
}

//! Other programs of the desktop: a file manager, and one that reads the clipboard.

use std::{
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use zbus::interface;

use super::{Desktop, process::Group};

/// A file manager that shows nothing and remembers what it was asked to.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileManager(Arc<Mutex<Vec<String>>>);

impl FileManager {
    /// The addresses of the files that it was asked to show.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[interface(name = "org.freedesktop.FileManager1")]
impl FileManager {
    fn show_items(&self, items: Vec<String>, _startup: String) {
        self.0.lock().unwrap().extend(items);
    }
}

/// Set: this program reads the clipboard instead of testing.
const VARIABLE: &str = "SIFTER_CLIPBOARD_READER";

/// What the reader prints before the text.
const FOUND: &str = "on the clipboard: ";

impl Desktop {
    /// Starts a file manager.
    pub(crate) async fn start_file_manager(&self) -> FileManager {
        const PATH: &str = "/org/freedesktop/FileManager1";
        let manager = FileManager::default();
        self.bus
            .object_server()
            .at(PATH, manager.clone())
            .await
            .unwrap();
        self.bus
            .request_name("org.freedesktop.FileManager1")
            .await
            .unwrap();
        manager
    }

    /// The text on the clipboard, as another program gets it.
    pub(crate) fn clipboard(&self) -> Option<String> {
        let mut command = Command::new(std::env::current_exe().unwrap());
        self.environment.apply(&mut command);
        command
            .args([
                "desktop::others::clipboard_reader",
                "--exact",
                "--nocapture",
            ])
            .args(["--test-threads=1", "--quiet"])
            .env(VARIABLE, "1")
            .stderr(Stdio::null());
        let (_reader, line) = Group::start_and_find_line(&mut command, |line| line.contains(FOUND));
        Some(line?.split_once(FOUND)?.1.to_owned())
    }
}

/// The other side of [`Desktop::clipboard`]; without its variable it does nothing.
#[test]
fn clipboard_reader() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    gtk::init().unwrap();
    let clipboard = gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD);
    if let Some(text) = clipboard.wait_for_text() {
        use std::io::Write;
        // Past the capture of the test harness.
        writeln!(std::io::stdout(), "{FOUND}{text}").unwrap();
    }
}

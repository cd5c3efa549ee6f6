//! Other programs of the desktop: a file manager.

use std::sync::{Arc, Mutex};

use zbus::interface;

use super::Desktop;

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
}

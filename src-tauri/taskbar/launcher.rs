//! Docks and panels of Linux: a signal on the session bus that names the program's entry in the menu. GNOME's and KDE's
//! docks listen to it; where nobody does, it is lost, and no library has to be there.

use gtk::{
    gio::{self, prelude::*},
    glib::VariantDict,
};
use tauri::{AppHandle, Runtime};

/// The entry that the package installs.
const ENTRY: &str = "application://Sifter.desktop";
const PATH: &str = "/io/github/sifter/Sifter";
const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";

/// Shows `percent`, or nothing.
pub(super) fn show<R: Runtime>(_app: &AppHandle<R>, percent: Option<u8>) {
    if let Err(error) = send(percent) {
        tracing::debug!("the dock is not told: {error}");
    }
}

fn send(percent: Option<u8>) -> Result<(), gtk::glib::Error> {
    // GTK holds this connection already: nothing is opened here.
    let bus = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE)?;
    let state = VariantDict::new(None);
    state.insert("progress", f64::from(percent.unwrap_or(0)) / 100.0);
    state.insert("progress-visible", percent.is_some());
    let told = (ENTRY, state.end()).to_variant();
    bus.emit_signal(None, PATH, INTERFACE, "Update", Some(&told))?;
    if percent.is_none() {
        // The program may end next.
        bus.flush_sync(gio::Cancellable::NONE)?;
    }
    Ok(())
}

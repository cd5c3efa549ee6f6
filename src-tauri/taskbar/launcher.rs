//! Docks and panels of Linux: a signal on the session bus that names the program's entry in the menu. GNOME's and KDE's
//! docks listen to it; where nobody does, it is lost, and no library has to be there.

use gtk::{
    gio::{self, prelude::*},
    glib::{Variant, VariantDict},
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
    let told = message(percent);
    bus.emit_signal(None, PATH, INTERFACE, "Update", Some(&told))?;
    if percent.is_none() {
        // The program may end next.
        bus.flush_sync(gio::Cancellable::NONE)?;
    }
    Ok(())
}

/// What docks are told.
fn message(percent: Option<u8>) -> Variant {
    let state = VariantDict::new(None);
    state.insert("progress", f64::from(percent.unwrap_or(0)) / 100.0);
    state.insert("progress-visible", percent.is_some());
    // Not a tuple of Rust: that would wrap the state once more, and docks would not take it.
    Variant::tuple_from_iter([ENTRY.to_variant(), state.end()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docks_are_told_in_the_form_that_they_take() {
        for percent in [None, Some(7)] {
            assert_eq!(message(percent).type_().as_str(), "(sa{sv})");
        }
    }
}

//! The computer goes to sleep: keys are locked where the settings say so. On Linux the system bus tells it; other systems
//! are not listened to.

use gtk::{
    gio::{self, BusType, Cancellable, DBusConnection, DBusSignalFlags},
    glib::Variant,
};
use tauri::{AppHandle, Manager, Runtime};

use crate::engine::Engine;

const SENDER: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";
const SIGNAL: &str = "PrepareForSleep";

/// Whoever drops it hears nothing more.
struct SystemBus(#[expect(dead_code, reason = "it is only kept open")] DBusConnection);

/// Begins to listen, without waiting for the bus. Where there is none, nobody tells it.
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    gio::bus_get(BusType::System, Cancellable::NONE, move |bus| match bus {
        Ok(bus) => {
            // Otherwise the program would end with the bus.
            bus.set_exit_on_close(false);
            let listener = app.clone();
            follow(&bus, move || lock_keys(&listener));
            app.manage(SystemBus(bus));
        }
        Err(error) => tracing::debug!("nobody tells when the computer sleeps: {error}"),
    });
}

/// Calls `on_sleep` before the computer sleeps, not when it wakes.
fn follow(bus: &DBusConnection, on_sleep: impl Fn() + 'static) {
    let told = move |_: &DBusConnection, _: &str, _: &str, _: &str, _: &str, begins: &Variant| {
        if begins.get() == Some((true,)) {
            on_sleep();
        }
    };
    bus.signal_subscribe(
        Some(SENDER),
        Some(INTERFACE),
        Some(SIGNAL),
        Some(PATH),
        None,
        DBusSignalFlags::NONE,
        told,
    );
}

/// Done when this returns: afterwards the computer may be asleep.
fn lock_keys<R: Runtime>(app: &AppHandle<R>) {
    if let Ok(sifter) = app.state::<Engine>().sifter()
        && let Err(error) = tauri::async_runtime::block_on(sifter.system_sleeps())
    {
        tracing::warn!(code = ?error.code, "the keys stay unlocked while the computer sleeps");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        io::{BufRead, BufReader},
        process::{Child, Command, Stdio},
        rc::Rc,
    };

    use gtk::{
        gio::{DBusCallFlags, DBusConnectionFlags},
        glib::{MainContext, prelude::*},
    };

    use super::*;

    /// A bus of its own.
    struct Daemon {
        process: Child,
        address: String,
    }

    impl Daemon {
        fn start() -> Option<Self> {
            let mut process = Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--print-address"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .ok()?;
            let mut address = String::new();
            let output = process.stdout.take()?;
            BufReader::new(output).read_line(&mut address).ok()?;
            let address = address.trim().to_owned();
            Some(Self { process, address })
        }

        fn connect(&self) -> DBusConnection {
            let flags = DBusConnectionFlags::AUTHENTICATION_CLIENT
                | DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
            DBusConnection::for_address_sync(&self.address, flags, None, Cancellable::NONE)
                .expect("the bus answers")
        }
    }

    impl Drop for Daemon {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    /// Asks the bus itself; afterwards everything that was sent before has arrived there.
    fn ask(bus: &DBusConnection, method: &str, body: Option<&Variant>) {
        let name = "org.freedesktop.DBus";
        let path = "/org/freedesktop/DBus";
        bus.call_sync(
            Some(name),
            path,
            name,
            method,
            body,
            None,
            DBusCallFlags::NONE,
            -1,
            Cancellable::NONE,
        )
        .expect("the bus answers");
    }

    #[test]
    fn only_the_system_says_that_it_sleeps() {
        let Some(daemon) = Daemon::start() else {
            println!("SKIPPED: sleep of the computer: `dbus-daemon` is not there");
            return;
        };
        let context = MainContext::new();
        let check = || {
            let (listener, system, other) = (daemon.connect(), daemon.connect(), daemon.connect());
            ask(&system, "RequestName", Some(&(SENDER, 0_u32).to_variant()));
            let heard = Rc::new(Cell::new(0));
            let count = Rc::clone(&heard);
            follow(&listener, move || count.set(count.get() + 1));
            ask(&listener, "GetId", None);
            for (from, begins, expected) in [
                (&other, true, 0),
                (&system, false, 0),
                (&system, true, 1),
                (&system, false, 1),
                (&system, true, 2),
            ] {
                let body = (begins,).to_variant();
                from.emit_signal(None, PATH, INTERFACE, SIGNAL, Some(&body))
                    .expect("sent");
                ask(from, "GetId", None);
                // The answer to this comes behind the signal.
                ask(&listener, "GetId", None);
                while context.iteration(false) {}
                assert_eq!(heard.get(), expected, "{begins}");
            }
        };
        context.with_thread_default(check).expect("a context");
    }
}

//! Linux: GLib hears it of NetworkManager, of the desktop's portal, or of the kernel.

use gtk::{
    gio::{NetworkMonitor, prelude::*},
    glib::{MainContext, MainLoop},
};

/// Calls `on_network` whenever there is a network again, from a thread of its own that waits for nothing else. `offline`:
/// there was none a moment ago, so one that is there is news.
pub(super) fn listen(offline: bool, on_network: impl Fn() + Send + 'static) {
    let work = move || {
        let context = MainContext::new();
        let listened = context.with_thread_default(|| {
            // The first look may ask the system bus, so not on the thread of the window.
            let monitor = NetworkMonitor::default();
            if offline && monitor.is_network_available() {
                on_network();
            }
            monitor.connect_network_changed(move |_, available| {
                if available {
                    on_network();
                }
            });
            MainLoop::new(Some(&context), false).run();
        });
        if let Err(error) = listened {
            tracing::warn!("nobody tells when the network is back: {error}");
        }
    };
    let thread = std::thread::Builder::new().name("network watch".into());
    if let Err(error) = thread.spawn(work) {
        tracing::warn!("nobody tells when the network is back: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        process::{Command, Stdio},
        sync::mpsc,
        time::Duration,
    };

    use super::*;

    /// Set where the test runs in a network of its own.
    const INSIDE: &str = "SIFTER_TEST_OWN_NETWORK";

    #[test]
    fn the_system_tells_that_there_is_a_network_again() {
        if std::env::var_os(INSIDE).is_some() {
            return inside();
        }
        let may = Command::new("unshare")
            .args(["--net", "ip", "link", "set", "lo", "up"])
            .stderr(Stdio::null())
            .status();
        if !may.is_ok_and(|status| status.success()) {
            println!("SKIPPED: network that comes back: `unshare --net` with `ip` does not work");
            return;
        }
        let name = std::thread::current().name().map(str::to_owned);
        let this = std::env::current_exe().unwrap();
        let status = Command::new("unshare")
            .arg("--net")
            .arg(this)
            .args(["--exact", &name.unwrap(), "--nocapture"])
            .env(INSIDE, "1")
            .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
            .status();
        assert!(status.unwrap().success());
    }

    fn inside() {
        let ip = |line: &str| {
            let status = Command::new("ip").args(line.split(' ')).status();
            assert!(status.unwrap().success(), "ip {line}");
        };
        ip("link set lo up");
        let (told, hears) = mpsc::channel();
        listen(true, move || told.send(()).unwrap());
        assert!(hears.try_recv().is_err(), "there is none");
        ip("link add here type veth peer name there");
        ip("addr add 192.0.2.7/24 dev here");
        ip("link set here up");
        ip("link set there up");
        ip("route add default via 192.0.2.1");
        hears.recv_timeout(Duration::from_secs(60)).unwrap();
        // Also once it is known to listen.
        ip("route del default");
        while hears.try_recv().is_ok() {}
        ip("route add default via 192.0.2.1");
        hears.recv_timeout(Duration::from_secs(60)).unwrap();
    }
}

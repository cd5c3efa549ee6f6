//! Windows and macOS: the system tells when an address of this machine comes or goes.

use netwatcher::Update;

/// Calls `on_network` whenever this machine gets an address. The first news is what there is now; it counts only where
/// there was no network a moment ago (`offline`).
pub(super) fn listen(offline: bool, on_network: impl Fn() + Send + 'static) {
    let on_update = move |update: Update| {
        let brings = update.addrs_added().next().is_some();
        if brings && (offline || !update.is_initial) {
            on_network();
        }
    };
    match netwatcher::watch_interfaces_with_callback(on_update) {
        // Whoever drops it hears nothing more, and it may not be moved to another thread.
        Ok(watch) => {
            Box::leak(Box::new(watch));
        }
        Err(error) => tracing::warn!("nobody tells when the network is back: {error}"),
    }
}

//! Works around blank windows of WebKitGTK.

/// Switches WebKit's DMABUF renderer off where it is known to fail or to cost more than it brings: with NVIDIA's own
/// driver (windows stay blank), and without any graphics device (software rendering gains nothing by it). A choice
/// that the environment already makes is left alone.
#[cfg(target_os = "linux")]
pub(crate) fn avoid_blank_window() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_none() && wants_plain_renderer(std::path::Path::new("/")) {
        // Before any thread starts and before WebKit reads it. A failure leaves WebKit's default.
        let _ = glib::setenv(SWITCH, "1", false);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn avoid_blank_window() {}

/// Judges by the device files below `root`.
#[cfg(target_os = "linux")]
fn wants_plain_renderer(root: &std::path::Path) -> bool {
    let nvidia = root.join("proc/driver/nvidia/version").exists();
    let has_device = std::fs::read_dir(root.join("dev/dri")).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"render"))
    });
    nvidia || !has_device
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::wants_plain_renderer;

    #[test]
    fn only_a_free_driver_with_a_device_keeps_the_fast_renderer() {
        let root = tempfile::tempdir().unwrap();
        assert!(wants_plain_renderer(root.path()), "no device");
        std::fs::create_dir_all(root.path().join("dev/dri")).unwrap();
        std::fs::write(root.path().join("dev/dri/card0"), "").unwrap();
        assert!(
            wants_plain_renderer(root.path()),
            "a display without a render node"
        );
        std::fs::write(root.path().join("dev/dri/renderD128"), "").unwrap();
        assert!(!wants_plain_renderer(root.path()));
        std::fs::create_dir_all(root.path().join("proc/driver/nvidia")).unwrap();
        std::fs::write(root.path().join("proc/driver/nvidia/version"), "").unwrap();
        assert!(wants_plain_renderer(root.path()), "NVIDIA's driver");
    }
}

//! Which system packages each purpose needs, as data, by system.

use crate::{Outcome, stop};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build the program and open it.
    Run,
    /// Drive the real window without a display.
    Tour,
    /// Run every check and test.
    Test,
    /// Check for Windows and macOS.
    Cross,
    /// Make and try the package.
    Dist,
    /// Measure.
    Bench,
}

impl Purpose {
    /// The purpose that a person names on the command line.
    pub(crate) fn named(name: &str) -> Outcome<Self> {
        match name {
            "run" => Ok(Self::Run),
            "test" => Ok(Self::Test),
            "cross" => Ok(Self::Cross),
            "dist" => Ok(Self::Dist),
            _ => stop(format!(
                "`{name}` is not one of `run`, `test`, `cross`, `dist`"
            )),
        }
    }

    fn groups(self) -> &'static [Group] {
        match self {
            Self::Run => &[BUILD],
            Self::Tour => &[BUILD, WINDOW],
            Self::Test => &[BUILD, WINDOW, PEERS],
            Self::Cross => &[BUILD, CROSS],
            Self::Dist => &[BUILD, WINDOW, PACKAGE],
            Self::Bench => &[BUILD, WINDOW, PEERS],
        }
    }
}

/// The systems that the lists know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Debian, Ubuntu and their children: installed by `setup`.
    Debian,
    Fedora,
    Arch,
    MacOs,
    Windows,
    /// Any other Linux or Unix.
    Other,
}

/// Packages that belong together.
#[derive(Debug)]
struct Group {
    debian: &'static [&'static str],
    fedora: &'static [&'static str],
    arch: &'static [&'static str],
    macos: &'static [&'static str],
    windows: &'static [&'static str],
}

/// To compile and show the window.
const BUILD: Group = Group {
    debian: &["gcc", "libc6-dev", "pkg-config", "libwebkit2gtk-4.1-dev"],
    fedora: &["gcc", "pkgconf-pkg-config", "webkit2gtk4.1-devel"],
    arch: &["gcc", "pkgconf", "webkit2gtk-4.1"],
    macos: &["Xcode command line tools: xcode-select --install"],
    windows: &[
        "Visual Studio Build Tools with the C++ workload",
        "WebView2 (part of Windows 10 and 11)",
    ],
};

/// To drive the real window without a display, with its own bus, keyring and notifications.
const WINDOW: Group = Group {
    debian: &[
        "xvfb",
        "dbus-daemon",
        "gnome-keyring",
        "webkit2gtk-driver",
        "xdotool",
        "imagemagick",
        "fonts-dejavu-core",
        "python3-gi",
        "gir1.2-gtk-3.0",
    ],
    fedora: &[
        "xorg-x11-server-Xvfb",
        "dbus-daemon",
        "gnome-keyring",
        "webkit2gtk-driver",
        "xdotool",
        "ImageMagick",
        "dejavu-sans-fonts",
        "python3-gobject",
        "gtk3",
    ],
    arch: &[
        "xorg-server-xvfb",
        "dbus",
        "gnome-keyring",
        "webkit2gtk-4.1",
        "xdotool",
        "imagemagick",
        "ttf-dejavu",
        "python-gobject",
        "gtk3",
    ],
    macos: &[],
    windows: &[],
};

/// Programs that the tests and measurements compare with, and the browser of the page's tests.
const PEERS: Group = Group {
    debian: &[
        "apache2-utils",
        "chromium",
        "docker-registry",
        "gnupg",
        "iproute2",
        "openssl",
        "siftool",
        "skopeo",
        "squashfs-tools",
    ],
    fedora: &[
        "chromium",
        "gnupg2",
        "httpd-tools",
        "iproute",
        "openssl",
        "skopeo",
        "squashfs-tools",
    ],
    arch: &[
        "apache",
        "chromium",
        "gnupg",
        "iproute2",
        "openssl",
        "skopeo",
        "squashfs-tools",
    ],
    macos: &["brew install --cask chromium", "brew install gnupg"],
    windows: &["Chromium or Chrome", "Gpg4win"],
};

/// To make the package and to look at it as a desktop does.
const PACKAGE: Group = Group {
    debian: &["dpkg-dev", "desktop-file-utils", "shared-mime-info"],
    fedora: &[],
    arch: &[],
    macos: &[],
    windows: &[],
};

/// To check for Windows and macOS: a compiler with the standard library's source, a linker for Windows, wine.
const CROSS: Group = Group {
    debian: &[
        "rustc-web",
        "rust-web-src",
        "gcc-mingw-w64-x86-64",
        "g++-mingw-w64-x86-64",
        "mingw-w64-x86-64-dev",
        "wine",
        "wine64",
    ],
    fedora: &[],
    arch: &[],
    macos: &[],
    windows: &[],
};

/// The packages of one system for a purpose.
pub(crate) fn needed(purpose: Purpose, system: System) -> Vec<&'static str> {
    let of_group = |group: &'static Group| match system {
        System::Debian | System::Other => group.debian,
        System::Fedora => group.fedora,
        System::Arch => group.arch,
        System::MacOs => group.macos,
        System::Windows => group.windows,
    };
    let groups = purpose.groups().iter();
    groups.flat_map(of_group).copied().collect()
}

/// The system that this process runs on.
pub(crate) fn this_system() -> System {
    if cfg!(target_os = "macos") {
        return System::MacOs;
    }
    if cfg!(windows) {
        return System::Windows;
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    system_of_release(&release)
}

/// The system that an `os-release` file describes, by its `ID` and `ID_LIKE` lines.
fn system_of_release(release: &str) -> System {
    let ids = release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split_whitespace());
    for id in ids {
        match id {
            "debian" | "ubuntu" => return System::Debian,
            "fedora" | "rhel" => return System::Fedora,
            "arch" => return System::Arch,
            _ => {}
        }
    }
    System::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_told_apart() {
        let cases = [
            ("ID=debian\nVERSION_ID=\"12\"\n", System::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("ID=\"rocky\"\nID_LIKE=\"rhel fedora\"\n", System::Fedora),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID=void\n", System::Other),
        ];
        for (release, expected) in cases {
            assert_eq!(system_of_release(release), expected, "{release}");
        }
    }

    #[test]
    fn the_tests_need_all_that_running_needs() {
        let test = needed(Purpose::Test, System::Debian);
        for package in needed(Purpose::Run, System::Debian) {
            assert!(test.contains(&package), "{package}");
        }
    }
}

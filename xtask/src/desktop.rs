//! A throw-away desktop: an X server without a screen, a session bus and an empty home. Nothing of the person's own
//! desktop is touched, and everything started in it ends with it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::process::Program;
use crate::{Outcome, stop};

/// The size of its screen: that of Sifter's first window.
pub(crate) const SCREEN: &str = "1280x800x24";

/// How long a program may take to end by itself before it is made to.
const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) struct Desktop {
    folder: PathBuf,
    display: String,
    bus: String,
    // Fields are dropped in this order: the bus before the screen.
    _bus_daemon: Running,
    _screen: Running,
}

impl Desktop {
    /// Starts one whose files are below an empty or new folder.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        for part in ["home", "run", "screen"] {
            fs::create_dir_all(folder.join(part))?;
        }
        private(&folder.join("run"))?;
        let screen = Program::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SCREEN])
            .args(["-nocursor", "-nolisten", "tcp", "-fbdir"])
            .args([folder.join("screen")]);
        let (screen, number) = Running::start_and_read(&screen)?;
        let bus = Program::new("dbus-daemon").args(["--session", "--nofork", "--print-address=1"]);
        let (bus_daemon, address) = Running::start_and_read(&bus)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            display: format!(":{number}"),
            bus: address,
            _bus_daemon: bus_daemon,
            _screen: screen,
        })
    }

    /// A program that will see this desktop and its empty home only.
    pub(crate) fn inside(&self, program: Program) -> Program {
        let home = self.folder.join("home");
        program
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("HOME", home)
            .env("WAYLAND_DISPLAY", "")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            // There is no graphics card here, and the software one is slow to start.
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
    }

    /// The file that the X server keeps its picture in.
    pub(crate) fn framebuffer(&self) -> PathBuf {
        self.folder.join("screen/Xvfb_screen0")
    }
}

#[cfg(unix)]
fn private(folder: &Path) -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

#[cfg(not(unix))]
fn private(_folder: &Path) -> Outcome {
    Ok(())
}

/// A program that runs until this value is dropped, with everything that it starts.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn start(program: &Program) -> Outcome<Self> {
        Self::spawn(program, Stdio::null())
    }

    /// Starts a program and reads the first line that it prints.
    fn start_and_read(program: &Program) -> Outcome<(Self, String)> {
        let mut running = Self::spawn(program, Stdio::piped())?;
        let mut line = String::new();
        if let Some(out) = running.child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        match line.trim() {
            "" => stop(format!("`{}` said nothing", program.shown())),
            said => Ok((running, said.to_owned())),
        }
    }

    fn spawn(program: &Program, out: Stdio) -> Outcome<Self> {
        let mut command = program.command();
        command.stdout(out).stderr(Stdio::null());
        // A group of its own, so that the processes that it starts can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        match command.spawn() {
            Ok(child) => Ok(Self { child }),
            Err(error) => stop(format!("`{}` does not start: {error}", program.shown())),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the group to end, and tells whether the program did so in time.
    pub(crate) fn end(&mut self) -> bool {
        self.signal("-TERM");
        let start = Instant::now();
        while !self.has_ended() {
            if start.elapsed() > PATIENCE {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Program::new("kill").args([signal, "--", &group]).succeeds();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.end() {
            let _ = self.child.kill();
        }
        // Children that the program left behind.
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::bench::screen::wait_for_paint;

    const WINDOW: &str = "\
import gi
gi.require_version('Gtk', '3.0')
from gi.repository import Gtk
window = Gtk.Window(title='A window')
window.add(Gtk.Label(label='Some text to be seen'))
window.show_all()
Gtk.main()
";

    #[test]
    fn a_window_is_seen_when_it_paints_and_ends_with_its_desktop() {
        let folder = tempfile::tempdir().unwrap();
        let desktop = match Desktop::start(&folder.path().join("desktop")) {
            Ok(desktop) => desktop,
            Err(crate::Failure(why)) => {
                println!("SKIPPED: virtual desktop: {why}");
                return;
            }
        };
        let now = Instant::now;
        assert!(wait_for_paint(&desktop, now(), Duration::from_millis(50)).is_err());
        let program = desktop.inside(Program::new("/usr/bin/python3").args(["-c", WINDOW]));
        let mut window = Running::start(&program).unwrap();
        wait_for_paint(&desktop, now(), Duration::from_secs(30)).unwrap();
        assert!(!window.has_ended());
        assert!(window.end());
    }
}

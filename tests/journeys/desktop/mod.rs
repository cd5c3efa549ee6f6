//! A desktop for one test: an X server, a session bus, a keychain, a notification server and a WebDriver, all private and
//! all gone with it. No server and no wrapper has to be there before.

pub(crate) mod dock;
pub(crate) mod drag;
pub(crate) mod files;
pub(crate) mod hand;
pub(crate) mod lab;
pub(crate) mod library;
pub(crate) mod line;
pub(crate) mod others;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod session;
pub(crate) mod steps;
mod window;

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use page::Page;
use process::{Group, is_installed};
use session::{Keychain, Notifications};

/// The outer limit of every wait. Generous: other work may load the machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sifter");

/// What a desktop is made of besides the program.
const NEEDED: [&str; 3] = ["Xvfb", "dbus-daemon", "WebKitWebDriver"];

/// Waits until `check` gives something; nothing when the limit is over, also when `check` itself does not come back.
pub(crate) async fn wait_for<T>(mut check: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let search = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, search).await.ok()
}

/// Waits until `check` holds.
pub(crate) async fn wait_until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    assert!(
        wait_for(async || check().await.then_some(()))
            .await
            .is_some(),
        "waited in vain until {what}"
    );
}

/// The variables of every process on the desktop; nothing of the outside but the search path.
#[derive(Clone, Debug)]
pub(crate) struct Environment(Vec<(&'static str, String)>);

impl Environment {
    /// A command that knows only this desktop.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.apply(&mut command);
        command
    }

    /// The hand on keyboard and pointer. It would wait for ever for a window that does not take the focus.
    pub(crate) fn xdotool(&self) -> Command {
        let mut command = self.command("timeout");
        command.args(["30", "xdotool"]);
        command
    }

    pub(crate) fn apply(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.0.iter().map(|(name, value)| (name, value)));
    }
}

/// A desktop. Fields end in the order in which they stand: the program first, the X server last.
#[derive(Debug)]
pub(crate) struct Desktop {
    page: Option<Page>,
    driver: Option<Group>,
    second: Vec<Group>,
    _keychain: Option<Group>,
    notifications: Notifications,
    bus: zbus::Connection,
    _bus: Group,
    _screen: Group,
    environment: Environment,
    home: TempDir,
}

impl Desktop {
    /// Starts a desktop; says so and returns nothing when a part of it is not installed.
    pub(crate) async fn start(part: &str, keychain: Keychain) -> Option<Self> {
        let keychain_program = (keychain != Keychain::None).then_some("gnome-keyring-daemon");
        if let Some(missing) = NEEDED
            .into_iter()
            .chain(keychain_program)
            .find(|program| !is_installed(program))
        {
            skip(part, missing);
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join("run");
        std::fs::create_dir_all(&runtime).unwrap();
        let (bus_process, address) = session::start_bus(&runtime);
        let (screen, display) = start_screen();
        let environment = environment(home.path(), &runtime, &address, &display);
        let notifications = Notifications::default();
        let bus = notifications.serve(&address).await;
        let keychain = match keychain {
            Keychain::None => None,
            some => Some(session::start_keychain(&environment, &bus, some).await),
        };
        Some(Self {
            page: None,
            driver: None,
            second: Vec::new(),
            _keychain: keychain,
            notifications,
            bus,
            _bus: bus_process,
            _screen: screen,
            environment,
            home,
        })
    }

    /// Opens Sifter with `arguments` under the WebDriver and waits for its page.
    pub(crate) async fn open(&mut self, arguments: &[&str]) -> Page {
        self.open_as(Path::new(PROGRAM), arguments).await
    }

    /// The same, by a script that starts the program.
    pub(crate) async fn open_as(&mut self, program: &Path, arguments: &[&str]) -> Page {
        let port = free_port();
        let mut command = self.environment.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        self.driver = Some(Group::start(
            command.stdout(Stdio::null()).stderr(Stdio::null()),
        ));
        wait_until("the driver listens", async || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        let options = json!({ "binary": program, "args": arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)]
            .into_iter()
            .collect();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        let page = Page::new(connecting.unwrap());
        wait_until("the page is there", async || {
            !page.text().await.trim().is_empty()
        })
        .await;
        self.page = Some(page.clone());
        page
    }

    /// Closes the window as a person does, and waits until the program is gone.
    pub(crate) async fn close(&mut self) {
        if let Some(page) = self.page.take() {
            // The answer is lost when the program is faster.
            let close = "void window.__TAURI_INTERNALS__.invoke('close_window')";
            let _ = tokio::time::timeout(
                Duration::from_secs(2),
                page.client().execute(close, Vec::new()),
            )
            .await;
            wait_until("the program has ended", async || {
                self.program_ids().is_empty()
            })
            .await;
            let _ =
                tokio::time::timeout(Duration::from_secs(2), page.client().clone().close()).await;
        }
        self.driver = None;
    }

    /// Ends the program with no chance to do anything, as a loss of power does.
    pub(crate) async fn kill(&mut self) {
        self.page = None;
        for id in self.program_ids() {
            process::kill(id);
        }
        wait_until("the program is gone", async || {
            self.program_ids().is_empty()
        })
        .await;
        self.driver = None;
    }

    /// Opens Sifter without a WebDriver: as a person starts it.
    pub(crate) fn open_plain(&mut self, arguments: &[&str]) {
        let mut command = self.environment.command(PROGRAM);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.second.push(Group::start(&mut command));
    }

    /// Starts the program a second time and waits until that one has ended.
    pub(crate) async fn start_again(&self, arguments: &[&Path]) {
        let mut command = self.environment.command(PROGRAM);
        let mut second = Group::start(command.args(arguments).stdout(Stdio::null()));
        wait_until("the second program has ended", async || {
            second.child().try_wait().unwrap().is_some()
        })
        .await;
    }

    /// The processes of the program itself.
    pub(crate) fn program_ids(&self) -> Vec<u32> {
        self.processes()
            .into_iter()
            .filter(|(_, name)| name == "sifter")
            .map(|(id, _)| id)
            .collect()
    }

    /// The program and what belongs to it: the processes of WebKit.
    pub(crate) fn processes(&self) -> Vec<(u32, String)> {
        let all = process::running_in(self.home()).into_iter();
        all.filter(|(_, name)| {
            name == "sifter" || (name.starts_with("WebKit") && name != "WebKitWebDriver")
        })
        .collect()
    }

    pub(crate) fn notifications(&self) -> &Notifications {
        &self.notifications
    }

    pub(crate) async fn click_notification(&self, id: u32) {
        Notifications::click(&self.bus, id).await;
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The home folder of the person at this desktop.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A folder for the files of the test.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.home().join("Containers");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Takes a picture of Sifter's window as the X server shows it, with what hangs on the pointer; quietly none without
    /// ImageMagick. A picture by the WebDriver can be one frame old.
    pub(crate) async fn picture(&self, page: &Page, file: &Path) {
        if !is_installed("import") {
            return;
        }
        page.painted().await;
        let size = page
            .client()
            .execute("return [innerWidth, innerHeight]", Vec::new())
            .await
            .unwrap();
        let (width, height): (u32, u32) = serde_json::from_value(size).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let part = format!("{width}x{height}+0+0");
        let mut import = self.environment.command("import");
        let status = import
            .args(["-window", "root", "-crop", &part, "+repage"])
            .arg(file)
            .status();
        assert!(status.unwrap().success(), "no picture of the screen");
    }
}

/// Says loudly that `part` is left out.
#[expect(
    clippy::print_stdout,
    reason = "the summary of a run collects these lines"
)]
pub(crate) fn skip(part: &str, missing: &str) {
    println!("SKIPPED: {part}: {missing} is not installed");
}

fn start_screen() -> (Group, String) {
    let mut command = Command::new("Xvfb");
    command.args([
        "-displayfd",
        "1",
        "-screen",
        "0",
        "1680x1000x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]);
    let (group, number) = Group::start_and_read_line(command.stderr(Stdio::null()));
    (
        group,
        format!(":{}", number.expect("the X server says its number")),
    )
}

fn environment(home: &Path, runtime: &Path, bus: &str, display: &str) -> Environment {
    let text = |path: &Path| {
        path.to_str()
            .expect("temporary folders have plain names")
            .to_owned()
    };
    Environment(vec![
        ("HOME", text(home)),
        ("XDG_RUNTIME_DIR", text(runtime)),
        ("DBUS_SESSION_BUS_ADDRESS", bus.to_owned()),
        ("DISPLAY", display.to_owned()),
        ("LANG", "C.UTF-8".into()),
        ("GDK_BACKEND", "x11".into()),
        ("NO_AT_BRIDGE", "1".into()),
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
    ])
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

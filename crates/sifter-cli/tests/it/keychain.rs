//! Signing in on a real Secret Service, with a bus and a keychain of this test's own.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use sifter_testkit::images;

use crate::{
    remotes::with_input,
    secrets::files_with,
    server::Server,
    shell::{Ran, Shell},
};

const PATIENCE: Duration = Duration::from_secs(60);
const PARTS: [&str; 3] = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"];

/// A program that ends with its value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A session bus with an unlocked keychain.
struct Session {
    address: String,
    _keychain: Running,
    _bus: Running,
}

impl Session {
    /// A session for the person of `shell`, or nothing and a loud word.
    fn start(shell: &Shell) -> Option<Self> {
        let is_missing = |part: &&&str| Command::new(part).arg("--version").output().is_err();
        if let Some(part) = PARTS.iter().find(is_missing) {
            println!("SKIPPED: keychain: there is no {part}");
            return None;
        }
        let (bus, address) = start_bus(shell);
        let keychain = start_keychain(shell, &address);
        let session = Self {
            address,
            _keychain: keychain,
            _bus: bus,
        };
        session.wait_until_ready();
        Some(session)
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        loop {
            let asked = Command::new("dbus-send")
                .args([&format!("--bus={}", self.address), "--print-reply"])
                .args(["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
                .args(["org.freedesktop.Secret.Service.ReadAlias", "string:default"])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&asked.stdout).into_owned();
            if asked.status.success() && !said.contains("object path \"/\"") {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{asked:?}");
            thread::yield_now();
        }
    }

    fn line(&self, shell: &Shell, line: &str) -> Ran {
        let mut command = shell.command(&line.split_whitespace().collect::<Vec<_>>());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        Ran::of(&command.output().unwrap())
    }
}

fn start_bus(shell: &Shell) -> (Running, String) {
    let folder = shell.home.path().join("bus");
    fs::create_dir_all(&folder).unwrap();
    let configuration = folder.join("bus.conf");
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
         <busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
        folder.display()
    );
    fs::write(&configuration, text).unwrap();
    let mut child = Command::new("dbus-daemon")
        .args(["--nofork", "--print-address=1"])
        .arg(format!("--config-file={}", configuration.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let said = child.stdout.take().unwrap();
    BufReader::new(said).read_line(&mut address).unwrap();
    (Running(child), address.trim().to_owned())
}

fn start_keychain(shell: &Shell, address: &str) -> Running {
    let mut command = Command::new("gnome-keyring-daemon");
    shell.prepare(command.args(["--foreground", "--unlock", "--components=secrets"]));
    let mut child = command
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"keychain passphrase").unwrap();
    drop(stdin);
    Running(child)
}

#[test]
fn a_login_is_kept_checked_and_forgotten() {
    let (server, shell) = (Server::start(), Shell::new());
    let Some(session) = Session::start(&shell) else {
        return;
    };
    server.be_remote_of(&shell);
    shell.put("tool.sif", images::plain());
    shell.put("wrong", format!("{}x", server.token));
    let push = "push --allow-unsigned tool.sif library://alice/tools/tool";
    // The line, the exit code, words of the answer.
    for (line, code, says) in [
        (format!("{push}:1"), 4, "remote login"),
        (
            "remote login --tokenfile token lab".into(),
            0,
            "signed in as alice",
        ),
        ("remote list".into(), 0, "signed in as alice"),
        (format!("{push}:1"), 0, "pushed to"),
        (
            "remote login --tokenfile wrong lab".into(),
            4,
            "not accepted",
        ),
        (format!("{push}:2"), 0, "pushed to"),
        ("remote status lab".into(), 0, "signed in as alice"),
        ("remote logout".into(), 0, "signed out"),
        (format!("{push}:3"), 4, "remote login"),
    ] {
        let ran = session.line(&shell, &line);
        let told = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(told.contains(says), "{line}: {ran:?}");
        assert!(!told.contains(&server.token), "{line}");
        let found = files_with(&shell.home.path().join("home"), &server.token);
        assert!(found.is_empty(), "{line}: {found:?}");
    }
    // A token that was withdrawn is not used on and on in silence.
    let login = session.line(&shell, "remote login --tokenfile token lab");
    assert_eq!(login.code, 0, "{login:?}");
    let id = server.cloud.list().unwrap()[0].id.clone();
    server.cloud.revoke(&id).unwrap();
    let status = session.line(&shell, "remote status lab");
    assert_eq!(status.code, 1, "{status:?}");
    assert!(status.out.contains("not accepted any more"), "{status:?}");
    assert_eq!(session.line(&shell, &format!("{push}:4")).code, 4);
}

#[test]
fn the_token_may_come_from_standard_input() {
    let (server, shell) = (Server::start(), Shell::new());
    server.be_remote_of(&shell);
    let ran = with_input(&shell, "remote login lab", "not.a.token\n");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("not accepted"), "{ran:?}");
}

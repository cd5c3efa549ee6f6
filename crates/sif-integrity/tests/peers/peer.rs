//! The real `apptainer` and `siftool` in a chroot, and a folder inside it that both sides see.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Where the peers live when `SIFTER_PEERS` does not say it.
const DEFAULT_FOLDER: &str = "/var/tmp/sifter-peers";

/// A chroot with the peers, and a folder of this test's own inside it.
pub(crate) struct Peer {
    root: PathBuf,
    folder: TempDir,
}

/// What a peer answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Peer {
    /// Returns the peers, or says loudly that they are not here.
    pub(crate) fn find() -> Option<Self> {
        let folder =
            std::env::var_os("SIFTER_PEERS").map_or_else(|| DEFAULT_FOLDER.into(), PathBuf::from);
        let root = folder.join("root");
        if !root.join("usr/bin/apptainer").exists() {
            println!("SKIPPED: apptainer: no peers at `{}`", folder.display());
            return None;
        }
        let folder =
            TempDir::with_prefix_in("sifter-", root.join("tmp")).expect("a folder in the chroot");
        std::fs::create_dir(folder.path().join("config")).expect("a configuration folder");
        Some(Self { root, folder })
    }

    /// The shared folder as this side sees it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The shared folder as the peer sees it.
    pub(crate) fn inside(&self, name: &str) -> String {
        let path = self.path(name);
        let inside = path
            .strip_prefix(&self.root)
            .expect("the folder lies in the chroot");
        Path::new("/").join(inside).to_string_lossy().into_owned()
    }

    /// Runs a program inside and returns what it said.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new("chroot");
        command.arg(&self.root).arg(program).args(arguments);
        Said::from(
            self.prepare(&mut command)
                .stdin(Stdio::null())
                .output()
                .expect("chroot runs"),
        )
    }

    /// Runs each of the lines of a shell for each of the files, all in one go, and returns what they said.
    pub(crate) fn run_for_each(&self, lines: &[&str], files: &[String]) -> Vec<Vec<Said>> {
        let calls: String = lines
            .iter()
            .enumerate()
            .map(|(number, line)| {
                format!("{line} >$f.{number}.out 2>$f.{number}.err; echo $? >$f.{number}.exit\n")
            })
            .collect();
        let script = format!(
            "cd {}\nfor f in {}; do\n{calls}done",
            self.inside(""),
            files.join(" ")
        );
        let said = self.run("sh", &["-c", &script]);
        assert_eq!(said.exit, 0, "{}", said.stderr);
        let read = |name: String| std::fs::read(self.path(&name)).expect("an answer");
        let text = |name| String::from_utf8_lossy(&read(name)).into_owned();
        let said = |file: &String, number| Said {
            exit: text(format!("{file}.{number}.exit"))
                .trim()
                .parse()
                .expect("a number"),
            stdout: text(format!("{file}.{number}.out")),
            stderr: text(format!("{file}.{number}.err")),
        };
        let answers = |file| (0..lines.len()).map(|number| said(file, number)).collect();
        files.iter().map(answers).collect()
    }

    /// Runs a program inside that asks for a passphrase on its terminal.
    pub(crate) fn run_with_passphrase(
        &self,
        program: &str,
        arguments: &[&str],
        passphrase: &str,
    ) -> Said {
        use std::io::Write;
        let line = [
            &["chroot", &self.root.to_string_lossy(), program],
            arguments,
        ]
        .concat()
        .join(" ");
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        let mut child = self
            .prepare(&mut command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("script runs");
        let mut input = child.stdin.take().expect("a pipe");
        writeln!(input, "{passphrase}").expect("the passphrase is typed");
        let output = child.wait_with_output().expect("script ends");
        drop(input);
        Said::from(output)
    }

    /// Runs `apptainer` and expects success.
    pub(crate) fn apptainer(&self, arguments: &[&str]) -> Said {
        let said = self.run("apptainer", arguments);
        assert_eq!(said.exit, 0, "apptainer {arguments:?}: {}", said.stderr);
        said
    }

    fn prepare<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.inside(""))
            .env("APPTAINER_CONFIGDIR", self.inside("config"))
            .env("APPTAINER_KEYSDIR", self.inside("keys"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

//! The command lines that are measured: ours, openssl's, siftool's and, where it is set up, apptainer's.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, apptainer, say};

const OWNER: &str = "bench@example.org";
const PASSPHRASE: &str = "measured, not secret";

/// The second address of this machine, at which the link begins.
pub(super) const LINK_ADDRESS: &str = "127.0.0.2";

/// Who owns what is pushed there.
const OWNER_OF_IMAGES: &str = "bench";

/// A library as our command line names it.
pub(super) struct Library<'a> {
    pub(super) remote: &'a str,
    pub(super) token: &'a Path,
}

impl Library<'_> {
    fn reference(&self, image: &str) -> String {
        reference(image)
    }

    fn remote(&self) -> [&OsStr; 4] {
        [
            OsStr::new("--remote"),
            OsStr::new(self.remote),
            OsStr::new("--tokenfile"),
            self.token.as_os_str(),
        ]
    }
}

/// Where an image is in the library.
fn reference(image: &str) -> String {
    format!("library://{OWNER_OF_IMAGES}/images/{image}:latest")
}

/// Our command line, with a home and a key of its own.
pub(super) struct Ours {
    program: PathBuf,
    home: PathBuf,
    passphrase: PathBuf,
}

impl Ours {
    /// Takes the build of a profile and makes its key when there is none.
    pub(super) fn prepare(place: &Place, profile: &str, folder: &Path) -> Outcome<Self> {
        let ours = Self {
            program: place.program(profile, "sifter-cli"),
            home: folder.join("home"),
            passphrase: folder.join("passphrase"),
        };
        if !ours.home.exists() {
            say::step("making a key");
            let unfinished = folder.join("home.unfinished");
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            fs::create_dir_all(&unfinished)?;
            fs::write(&ours.passphrase, PASSPHRASE)?;
            ours.at(&unfinished)
                .args(["key", "create", "--name", "Bench", "--mail", OWNER])
                .args(["--passphrase-file"])
                .args([&ours.passphrase])
                .read()?;
            fs::rename(unfinished, &ours.home)?;
        }
        Ok(ours)
    }

    fn at(&self, home: &Path) -> Program {
        Program::new(&self.program)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
    }

    pub(super) fn list(&self, image: &Path) -> Program {
        self.at(&self.home).args(["list"]).args([image])
    }

    pub(super) fn verify(&self, image: &Path) -> Program {
        self.at(&self.home)
            .args(["verify", "--local"])
            .args([image])
    }

    pub(super) fn sign(&self, image: &Path) -> Program {
        self.at(&self.home)
            .args(["sign", "--force", "--passphrase-file"])
            .args([&self.passphrase, image])
    }

    /// Runs a cloud in a folder and says where it listens.
    pub(super) fn serve(&self, folder: &Path) -> Program {
        self.at(&self.home)
            .args(["--json", "cloud", "serve", "--port", "0"])
            .args(["--user", OWNER_OF_IMAGES, "--name", LINK_ADDRESS])
            .args(["--folder"])
            .args([folder])
    }

    /// Makes a token of the cloud in a folder.
    pub(super) fn make_token(&self, folder: &Path, file: &Path) -> Program {
        self.at(&self.home)
            .args(["cloud", "token", "bench", "--user", OWNER_OF_IMAGES])
            .args(["--output"])
            .args([file])
            .args(["--folder"])
            .args([folder])
    }

    /// Makes the cloud at an address the remote of a name, instead of the one of an earlier run.
    pub(super) fn use_remote(&self, name: &str, address: &str) -> Outcome {
        let remote = |words: &[&str]| self.at(&self.home).args(["remote"]).args(words);
        let _ = remote(&["remove", name]).succeeds();
        remote(&["add", "--insecure", name, address])
            .read()
            .map(drop)
    }

    /// Pulls an image of a remote, and verifies it, as `pull` does unless it is told not to. It takes no login.
    pub(super) fn pull(&self, remote: &str, image: &str, file: &Path) -> Program {
        self.at(&self.home)
            .args(["pull", "--arch", "amd64", "--remote", remote])
            .args([file])
            .args([reference(image)])
    }

    pub(super) fn push(&self, image: &Path, to: &Library<'_>, name: &str) -> Program {
        self.at(&self.home)
            .args(["push"])
            .args([image])
            .args([to.reference(name)])
            .args(to.remote())
    }

    pub(super) fn delete(&self, from: &Library<'_>, image: &str) -> Program {
        self.at(&self.home)
            .args(["delete", "--force", "--arch", "amd64"])
            .args([from.reference(image)])
            .args(from.remote())
    }

    /// Writes the public key.
    pub(super) fn export_key(&self, file: &Path) -> Outcome {
        let export = ["key", "export", OWNER, "--output"];
        let key = self.at(&self.home).args(export).args([file]);
        key.read().map(drop)
    }
}

/// `openssl dgst -sha256` of some files, one after the other.
pub(super) fn openssl(files: &[PathBuf]) -> Program {
    Program::new("openssl")
        .args(["dgst", "-sha256"])
        .args(files)
}

/// `siftool list`.
pub(super) fn siftool_list(image: &Path) -> Program {
    Program::new("siftool").args(["list"]).args([image])
}

/// apptainer in its own root.
pub(super) struct Apptainer {
    root: PathBuf,
}

/// Where our files are inside that root.
const INSIDE: &str = "sifter-bench";

impl Apptainer {
    /// The one that is set up; `None`, said aloud, when none is.
    pub(super) fn find(ours: &Ours) -> Outcome<Option<Self>> {
        let Some(folder) = apptainer::folder() else {
            say::line("SKIPPED: apptainer: it is not set up");
            return Ok(None);
        };
        let peer = Self {
            root: folder.join("root"),
        };
        // Anew each time: what an earlier run left there belongs to that run's key.
        let inside = peer.root.join(INSIDE);
        if inside.exists() {
            fs::remove_dir_all(&inside)?;
        }
        fs::create_dir_all(inside.join("home"))?;
        ours.export_key(&inside.join("key.asc"))?;
        let import = peer.apptainer().args(["key", "import"]);
        import.args([format!("/{INSIDE}/key.asc")]).read()?;
        Ok(Some(peer))
    }

    fn apptainer(&self) -> Program {
        Program::new("chroot").args([&self.root]).args([
            "env",
            &format!("HOME=/{INSIDE}/home"),
            "apptainer",
        ])
    }

    /// Puts an image into the root (a link where possible) and returns its path there.
    fn put(&self, image: &Path) -> Outcome<PathBuf> {
        let name = image.file_name().unwrap_or_default();
        let inside = self.root.join(INSIDE).join(name);
        if inside.exists() {
            fs::remove_file(&inside)?;
        }
        if fs::hard_link(image, &inside).is_err() {
            fs::copy(image, &inside)?;
        }
        Ok(Path::new("/").join(INSIDE).join(name))
    }

    pub(super) fn verify(&self, image: &Path) -> Outcome<Program> {
        let path = self.put(image)?;
        Ok(self.apptainer().args(["verify", "--local"]).args([path]))
    }

    /// Makes the cloud at a port of this machine its only remote. `remote add` takes no port, so the file is written.
    pub(super) fn use_cloud(&self, port: u16, token: &Path) -> Outcome {
        let token = fs::read_to_string(token)?;
        let token = token.lines().next().unwrap_or_default();
        let folder = self.root.join(INSIDE).join("home/.apptainer");
        fs::create_dir_all(&folder)?;
        let text = format!(
            "Active: Bench\nRemotes:\n  Bench:\n    URI: http://127.0.0.1:{port}\n    Token: {token}\n    \
             System: false\n    Exclusive: false\n    Insecure: true\n"
        );
        Ok(fs::write(folder.join("remote.yaml"), text)?)
    }

    /// Pulls past its cache, so that each round fetches the bytes; it verifies by itself.
    pub(super) fn pull(&self, image: &str) -> Program {
        self.apptainer()
            .args(["pull", "--force", "--disable-cache", "--arch", "amd64"])
            .args([format!("/{INSIDE}/pulled.sif"), reference(image)])
    }

    pub(super) fn push(&self, image: &Path, name: &str) -> Outcome<Program> {
        let path = self.put(image)?;
        let push = self.apptainer().args(["push"]).args([path]);
        Ok(push.args([reference(name)]))
    }

    /// Removes what was pulled, if anything.
    pub(super) fn forget_pulled(&self) -> Outcome {
        remove(&self.root.join(INSIDE).join("pulled.sif"))
    }
}

/// Removes a file that may not be there.
pub(super) fn remove(file: &Path) -> Outcome {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

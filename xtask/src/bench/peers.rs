//! The command lines that are measured: ours, openssl's, siftool's and, where it is set up, apptainer's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, apptainer, say};

const OWNER: &str = "bench@example.org";
const PASSPHRASE: &str = "measured, not secret";

/// Our command line, with a home and a key of its own.
pub(super) struct Ours {
    program: PathBuf,
    home: PathBuf,
    passphrase: PathBuf,
}

impl Ours {
    /// Takes the release build and makes its key when there is none.
    pub(super) fn prepare(place: &Place, folder: &Path) -> Outcome<Self> {
        let ours = Self {
            program: place.program("release", "sifter-cli"),
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

    /// Puts an image into the root (a link where possible) and returns the command that verifies it there.
    pub(super) fn verify(&self, image: &Path) -> Outcome<Program> {
        let name = image.file_name().unwrap_or_default();
        let inside = self.root.join(INSIDE).join(name);
        if inside.exists() {
            fs::remove_file(&inside)?;
        }
        if fs::hard_link(image, &inside).is_err() {
            fs::copy(image, &inside)?;
        }
        let path = Path::new("/").join(INSIDE).join(name);
        Ok(self.apptainer().args(["verify", "--local"]).args([path]))
    }
}

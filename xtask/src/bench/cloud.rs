//! The library that both sides of a row pull from and push to: our own cloud, started without a window.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::peers::Ours;
use crate::{Outcome, stop};

/// A cloud that runs until it is dropped.
pub(super) struct Cloud {
    child: Child,
    port: u16,
    token: PathBuf,
}

impl Cloud {
    /// Starts one with nothing in it.
    pub(super) fn start(ours: &Ours, folder: &Path) -> Outcome<Self> {
        let place = folder.join("cloud");
        if place.exists() {
            std::fs::remove_dir_all(&place)?;
        }
        let token = folder.join("cloud.token");
        if token.exists() {
            std::fs::remove_file(&token)?;
        }
        ours.make_token(&place, &token).read()?;
        let program = ours.serve(&place);
        let mut child = program.command().stdout(Stdio::piped()).spawn()?;
        let said = child.stdout.take().map(read_port).transpose();
        let mut cloud = Self {
            child,
            port: 0,
            token,
        };
        let Some(port) = said?.flatten() else {
            return stop(format!("`{}` does not say its address", program.shown()));
        };
        cloud.port = port;
        Ok(cloud)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The file with the token.
    pub(super) fn token(&self) -> &Path {
        &self.token
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in the JSON that a program says when it is ready, whatever its layout.
fn read_port(said: impl Read) -> Outcome<Option<u16>> {
    let mut text = String::new();
    for line in BufReader::new(said).lines() {
        text.push_str(&line?);
        if let Some(port) = port(&text) {
            return Ok(Some(port));
        }
    }
    Ok(None)
}

fn port(text: &str) -> Option<u16> {
    let said: Value = serde_json::from_str(text).ok()?;
    let (_, port) = said.get("address")?.as_str()?.rsplit_once(':')?;
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read() {
        for (said, expected) in [
            (r#"{"address": "127.0.0.1:8780"}"#, Some(8780)),
            ("{\n  \"address\": \"[::1]:1\"\n}\nmore", Some(1)),
            ("", None),
            ("{}", None),
            (r#"{"address": 1}"#, None),
            (r#"{"address": "x"}"#, None),
        ] {
            assert_eq!(read_port(said.as_bytes()).unwrap(), expected, "{said}");
        }
    }
}

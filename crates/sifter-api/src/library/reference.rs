//! References as a person types or pastes them. Nothing is asked over the network.

mod others;
mod short;

use scs_types::library::{BadReference, Host, LibraryRef};

use super::{ReferenceView, Transport, names};
use crate::{
    error::{ApiError, ErrorCode},
    units::RemoteId,
};

/// A longer text is no reference.
const LONGEST: usize = 4096;
const LIBRARY: &str = "library://";

/// A remote, as far as references are read with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownRemote {
    pub(crate) id: RemoteId,
    /// Host and port of the remote and of its library.
    pub(crate) hosts: Vec<String>,
}

/// A reference that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) view: ReferenceView,
    /// The reference in a library; none for other transports.
    pub(crate) library: Option<LibraryRef>,
}

/// Reads `text`; `remotes` are those that are known, `current` is the one for references without a host.
pub(crate) fn read(
    text: &str,
    remotes: &[KnownRemote],
    current: Option<&RemoteId>,
) -> Option<Reading> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return None;
    }
    let known = Known { remotes, current };
    match split_scheme(text) {
        Some(("library", _)) => Some(library(&lower_scheme(text), &known)),
        Some((scheme, rest)) => others::read(scheme, rest, text).map(|view| Reading {
            view,
            library: None,
        }),
        None => bare(text, &known),
    }
}

/// What is known of remotes.
struct Known<'a> {
    remotes: &'a [KnownRemote],
    current: Option<&'a RemoteId>,
}

impl Known<'_> {
    fn of_host(&self, host: &str) -> Option<RemoteId> {
        let same = |known: &String| known.eq_ignore_ascii_case(host);
        let serving = |remote: &&KnownRemote| remote.hosts.iter().any(same);
        // The one that is used, where several have the host.
        let used = self
            .remotes
            .iter()
            .filter(serving)
            .find(|remote| Some(&remote.id) == self.current);
        used.or_else(|| self.remotes.iter().find(serving))
            .map(|remote| remote.id.clone())
    }

    fn current_host(&self) -> String {
        let current = self
            .remotes
            .iter()
            .find(|remote| Some(&remote.id) == self.current);
        current
            .and_then(|remote| remote.hosts.first().cloned())
            .unwrap_or_default()
    }
}

/// The scheme in lower case, and what stands behind it.
fn split_scheme(text: &str) -> Option<(&'static str, &str)> {
    const SCHEMES: [&str; 13] = [
        "library",
        "oras",
        "docker",
        "shub",
        "http",
        "https",
        "docker-daemon",
        "docker-archive",
        "oci",
        "oci-archive",
        "oci-sif",
        "localimage",
        "file",
    ];
    let (scheme, rest) = text.split_once(':')?;
    let known = SCHEMES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(scheme))?;
    // Short forms without slashes would hide names of containers.
    let has_slashes = rest.starts_with("//");
    let is_short = matches!(
        *known,
        "library" | "docker-daemon" | "docker-archive" | "oci-archive"
    );
    (has_slashes || is_short).then_some((*known, rest.strip_prefix("//").unwrap_or(rest)))
}

fn lower_scheme(text: &str) -> String {
    let rest = text.get("library:".len()..).unwrap_or_default();
    format!("library:{rest}")
}

/// A text without a scheme: a path of a library, unless it looks like something else.
fn bare(text: &str, known: &Known<'_>) -> Option<Reading> {
    let is_file = text.starts_with(['/', '.', '~', '\\']) || text.contains('\\');
    let is_key = is_fingerprint(text);
    if is_file || is_key || text.contains(char::is_whitespace) || text.contains("://") {
        return None;
    }
    let reading = library(text, known);
    let is_sure = text.contains('/');
    (reading.view.problem.is_none() || is_sure).then_some(reading)
}

fn is_fingerprint(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_long = matches!(digits.len(), 40 | 64) || (digits.len() >= 8 && digits != text);
    is_long && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads a reference of a library as the command lines do; what only a URI says is read as one.
fn library(text: &str, known: &Known<'_>) -> Reading {
    let plain = if text.contains(['?', '#', '@']) {
        Err(BadReference::NotPlain)
    } else {
        // `library:path` and `library:///path` are URIs for both.
        let is_uri = text.starts_with("library:")
            && (!text.starts_with(LIBRARY) || text.starts_with("library:///"));
        if is_uri {
            LibraryRef::from_uri(text)
        } else {
            LibraryRef::from_command_line(text).or_else(|error| by_host(text).ok_or(error))
        }
    };
    match plain {
        Ok(reference) => understood(reference, known),
        Err(error) => Reading {
            view: refused(text, &error),
            library: None,
        },
    }
}

/// `localhost:8080/alpine` has a colon where no tag can be, so that the first step is a host.
fn by_host(text: &str) -> Option<LibraryRef> {
    let rest = text.strip_prefix(LIBRARY).unwrap_or(text);
    let (host, path) = rest.split_once('/')?;
    let host: Host = host.contains(':').then(|| host.parse().ok())??;
    let mut reference = LibraryRef::from_command_line(path).ok()?;
    reference.host.is_none().then(|| {
        reference.host = Some(host);
        reference
    })
}

fn understood(reference: LibraryRef, known: &Known<'_>) -> Reading {
    let steps: Vec<&str> = reference.path.steps().collect();
    let (entity, collection) = match steps.as_slice() {
        [entity, collection, _] => (Some(*entity), Some(*collection)),
        [collection, _] => (None, Some(*collection)),
        _ => (None, None),
    };
    let hash = reference.hash().map(|_| reference.tag().to_owned());
    let (server, remote) = match &reference.host {
        Some(host) => (host.as_str().to_owned(), known.of_host(host.as_str())),
        None => (known.current_host(), known.current.cloned()),
    };
    let written = written(&reference);
    let rest = written.strip_prefix(LIBRARY).unwrap_or(&written);
    let view = ReferenceView {
        transport: Transport::Library,
        server,
        remote,
        entity: entity.map(str::to_owned),
        collection: collection.map(str::to_owned),
        container: reference.path.container().to_owned(),
        tag: hash.is_none().then(|| reference.tag().to_owned()),
        hash,
        alternative: short::alternative(&reference),
        suggested_name: names::suggested(rest),
        problem: None,
        reference: written,
    };
    Reading {
        view,
        library: Some(reference),
    }
}

/// Writes a reference so that the command lines read it as it is meant: with a host, all three steps are needed.
pub(super) fn written(reference: &LibraryRef) -> String {
    let steps: Vec<&str> = reference.path.steps().collect();
    match &reference.host {
        Some(host) if steps.len() < 3 => {
            let front = ["library", "default"]
                .get(..3 - steps.len())
                .unwrap_or_default();
            let path = [front, steps.as_slice()].concat().join("/");
            format!(
                "{LIBRARY}{}/{path}:{}",
                host.as_str(),
                reference.tags.join(",")
            )
        }
        _ => reference.to_string(),
    }
}

fn refused(text: &str, error: &BadReference) -> ReferenceView {
    let code = match error {
        BadReference::Name(_) | BadReference::Tag(_) => ErrorCode::NameNotAllowed,
        _ => ErrorCode::ReferenceInvalid,
    };
    ReferenceView {
        problem: Some(ApiError::new(code, error.to_string())),
        ..empty(text, Transport::Library)
    }
}

/// A view in which nothing is known yet.
pub(super) fn empty(text: &str, transport: Transport) -> ReferenceView {
    ReferenceView {
        reference: text.to_owned(),
        transport,
        server: String::new(),
        remote: None,
        entity: None,
        collection: None,
        container: String::new(),
        tag: None,
        hash: None,
        alternative: None,
        suggested_name: String::new(),
        problem: None,
    }
}

#[cfg(test)]
#[path = "reference/tests.rs"]
mod tests;

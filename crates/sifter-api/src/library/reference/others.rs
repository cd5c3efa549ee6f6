//! References that do not lead to a library: registries, web addresses, and what cannot be pulled here.

use scs_types::library::Host;

use crate::{
    error::{ApiError, ErrorCode},
    library::{ReferenceView, Transport, names},
};

use super::empty;

/// The service of `shub://` references without a host; it ended in 2021.
const SINGULARITY_HUB: &str = "singularity-hub.org";

/// Reads what stands behind `scheme`; nothing where the text is not meant as a reference.
pub(super) fn read(scheme: &str, rest: &str, text: &str) -> Option<ReferenceView> {
    match scheme {
        "oras" => Some(oras(rest)),
        "docker" => Some(docker(rest)),
        "shub" => Some(shub(rest)),
        "http" | "https" => address(scheme, rest),
        "file" | "localimage" => None,
        _ => Some(refuse(
            empty(text, Transport::Docker),
            ErrorCode::TransportUnsupported,
            format!("`{scheme}:` names something on this computer that is no SIF image"),
        )),
    }
}

fn refuse(view: ReferenceView, code: ErrorCode, why: impl Into<String>) -> ReferenceView {
    ReferenceView {
        problem: Some(ApiError::new(code, why)),
        ..view
    }
}

/// A path in a registry: steps before the container, the container, and its tag or digest.
struct Path<'a> {
    front: Vec<&'a str>,
    container: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

fn path(text: &str) -> Option<Path<'_>> {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let (front, last) = match named.rsplit_once('/') {
        Some((front, last)) => (front.split('/').collect(), last),
        None => (Vec::new(), named),
    };
    let (container, tag) = match last.split_once(':') {
        Some((container, tag)) => (container, Some(tag)),
        None => (last, None),
    };
    let is_step = |step: &&str| !step.is_empty() && step.bytes().all(is_step_letter);
    let is_tag = |tag: &&str| {
        !tag.is_empty()
            && tag.len() <= 128
            && !tag.starts_with(['.', '-'])
            && tag.bytes().all(is_step_letter)
    };
    let is_digest = |digest: &&str| {
        let digits = digest.strip_prefix("sha256:").unwrap_or_default();
        digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_sound = front.iter().all(is_step)
        && is_step(&container)
        && tag.is_none_or(|tag| is_tag(&tag))
        && digest.is_none_or(|digest| is_digest(&digest));
    is_sound.then_some(Path {
        front,
        container,
        tag,
        digest,
    })
}

fn is_step_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn filled(mut view: ReferenceView, path: &Path<'_>) -> ReferenceView {
    let (entity, collection) = match path.front.as_slice() {
        [] => (None, None),
        [one] => (Some((*one).to_owned()), None),
        [front @ .., last] => (Some(front.join("/")), Some((*last).to_owned())),
    };
    view.entity = entity;
    view.collection = collection;
    path.container.clone_into(&mut view.container);
    view.hash = path.digest.map(str::to_owned);
    view.tag = match (path.tag, path.digest) {
        (Some(tag), _) => Some(tag.to_owned()),
        (None, None) => Some("latest".into()),
        (None, Some(_)) => None,
    };
    view
}

fn oras(rest: &str) -> ReferenceView {
    let text = format!("oras://{rest}");
    let view = empty(&text, Transport::Oras);
    let invalid = |why: &str| refuse(view.clone(), ErrorCode::ReferenceInvalid, why);
    let Some((host, below)) = rest.split_once('/') else {
        return invalid("a host and a path are expected, as in `oras://ghcr.io/group/image:tag`");
    };
    if host.parse::<Host>().is_err() {
        return invalid("the host of the registry is none");
    }
    let Some(found) = path(below) else {
        return invalid("the path in the registry is none");
    };
    let mut view = filled(view.clone(), &found);
    host.clone_into(&mut view.server);
    view.suggested_name = names::suggested(rest);
    if found.tag.is_none() && found.digest.is_none() {
        view.reference = format!("{text}:latest");
    }
    view
}

/// Images of containers for other programs: turning one into a SIF image is not done here.
fn docker(rest: &str) -> ReferenceView {
    let view = empty(&format!("docker://{rest}"), Transport::Docker);
    let (host, below) = match rest.split_once('/') {
        Some((host, below)) if host.contains(['.', ':']) || host == "localhost" => (host, below),
        _ => ("docker.io", rest),
    };
    let mut view = match path(below) {
        Some(path) => filled(view, &path),
        None => view,
    };
    host.clone_into(&mut view.server);
    view.suggested_name = names::suggested(rest);
    refuse(
        view,
        ErrorCode::TransportUnsupported,
        "`docker://` leads to a container image that would have to be turned into a SIF image first",
    )
}

fn shub(rest: &str) -> ReferenceView {
    let view = empty(&format!("shub://{rest}"), Transport::Shub);
    let steps = rest
        .split('@')
        .next()
        .unwrap_or_default()
        .matches('/')
        .count();
    let (host, below) = match rest.split_once('/') {
        Some((host, below)) if steps >= 2 => (host, below),
        _ => (SINGULARITY_HUB, rest),
    };
    // Its digests are shorter; they are asked of the server as they are.
    let named = below.split('@').next().unwrap_or_default();
    let Some(found) = path(named).filter(|_| steps >= 1) else {
        let why = "a user and a container are expected, as in `shub://host/user/container`";
        return refuse(view, ErrorCode::ReferenceInvalid, why);
    };
    let mut view = filled(view, &found);
    host.clone_into(&mut view.server);
    view.suggested_name = names::suggested(rest);
    if host == SINGULARITY_HUB {
        let gone = ApiError::new(
            ErrorCode::TransportUnsupported,
            "Singularity Hub, the public service of `shub://`, is gone",
        );
        view.problem = Some(gone.with_hint("search a library for the image"));
    }
    view
}

/// A file on a web server. A login in the address would end up in lists and logs.
fn address(scheme: &str, rest: &str) -> Option<ReferenceView> {
    let text = format!("{scheme}://{rest}");
    let view = empty(&text, Transport::Http);
    let (host, file) = rest.split_once('/').unwrap_or((rest, ""));
    if host.contains('@') {
        let shown = format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default());
        return Some(refuse(
            empty(&shown, Transport::Http),
            ErrorCode::ReferenceInvalid,
            "an address must have no user and no password in it",
        ));
    }
    if host.parse::<Host>().is_err() || rest.contains(char::is_whitespace) {
        return None;
    }
    let mut view = view;
    host.clone_into(&mut view.server);
    view.suggested_name = names::suggested_of_address(&text);
    let last = file.split(['?', '#']).next().unwrap_or_default();
    last.rsplit('/')
        .next()
        .unwrap_or_default()
        .clone_into(&mut view.container);
    if view.container.is_empty() {
        return Some(refuse(
            view,
            ErrorCode::ReferenceInvalid,
            "the address leads to no file",
        ));
    }
    Some(view)
}

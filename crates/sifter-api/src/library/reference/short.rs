//! Short references mean different things to different tools: the other reading, written out.

use scs_types::library::{Host, LibraryRef};

use super::written;

/// Returns how else a reference of fewer than three steps can be read, written out.
pub(super) fn alternative(reference: &LibraryRef) -> Option<String> {
    if reference.host.is_some() {
        return None;
    }
    let steps: Vec<&str> = reference.path.steps().collect();
    let other = match steps.as_slice() {
        [container] => format!("library://library/default/{container}"),
        [host, container] if looks_like_host(host) => {
            let host: Host = host.parse().ok()?;
            let other = LibraryRef {
                host: Some(host),
                path: container.parse().ok()?,
                tags: reference.tags.clone(),
            };
            return Some(written(&other));
        }
        [collection, container] => format!("library://library/{collection}/{container}"),
        _ => return None,
    };
    Some(format!("{other}:{}", reference.tags.join(",")))
}

fn looks_like_host(step: &str) -> bool {
    step.contains('.') || step == "localhost"
}

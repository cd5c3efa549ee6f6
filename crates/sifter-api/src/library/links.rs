//! Links from outside. They start nothing and carry nothing but a reference to a library.

use super::{OpenedLink, Transport};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode},
};

/// Takes a link; the page is told that it waits. Blocks.
pub(super) fn offer(sifter: &Sifter, link: &str) -> Result<()> {
    let invalid = || ApiError::new(ErrorCode::ReferenceInvalid, "the link leads to no image");
    let (scheme, rest) = link.trim().split_once(':').ok_or_else(invalid)?;
    let known = ["sifter", "library"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if !known {
        return Err(invalid());
    }
    let text = format!("library:{}", rest.trim_end_matches('/'));
    let reading = sifter.reading_of(&text, None).ok_or_else(invalid)?;
    if reading.view.transport != Transport::Library {
        return Err(invalid());
    }
    if let Some(problem) = reading.view.problem {
        return Err(problem);
    }
    let names_server = reading
        .library
        .is_some_and(|reference| reference.host.is_some());
    sifter.inner.library.add_link(OpenedLink {
        reference: reading.view,
        names_server,
    });
    sifter.tell(&ApiEvent::LinkOpened);
    Ok(())
}

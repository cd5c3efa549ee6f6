//! Whether bytes that a server has are a SIF image at all, and for which architecture.

use std::{fs::File, io::Read as _, path::Path};

use sif::{Architecture, Inspection, LooksLike};

use crate::{
    Result,
    error::{ApiError, ErrorCode, io_error},
};

/// So many bytes at the start tell what a file is.
pub(super) const START: u64 = 2048;

/// Returns the architecture of the image that begins with `start`.
///
/// # Errors
/// `not-sif`: it is no image.
pub(super) fn check(start: &[u8], reference: &str) -> Result<Option<String>> {
    let found = Inspection::read(start).map_err(|error| ApiError::internal(&error))?;
    match found.header {
        Some(header) => {
            let architecture = Architecture::from_bytes(header.architecture);
            Ok(architecture
                .is_known()
                .then(|| architecture.name().to_owned()))
        }
        None => Err(not_sif(found.looks_like, reference)),
    }
}

/// Refuses a file that is no image: it would only wear the name of one.
///
/// # Errors
/// `not-sif`, and those of files.
fn check_file(path: &Path, reference: &str) -> Result<()> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(START).read_to_end(&mut start))
        .map_err(|error| io_error(path, &error))?;
    check(&start, reference).map(drop)
}

/// The same before the file gets its name, as a transfer asks it.
pub(super) fn check_arrived(
    path: &Path,
    reference: &str,
) -> std::result::Result<(), transfer::Error> {
    check_file(path, reference).map_err(|error| transfer::Error::Elsewhere(Box::new(error)))
}

fn not_sif(looks_like: Option<LooksLike>, reference: &str) -> ApiError {
    let message = match looks_like {
        Some(LooksLike::Html) => format!("`{reference}` leads to a web page, not to a SIF image"),
        Some(LooksLike::Empty) => format!("`{reference}` leads to an empty file"),
        _ => format!("`{reference}` leads to a file that is no SIF image"),
    };
    ApiError::new(ErrorCode::NotSif, message).with_hint("check the address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_from_other_files() {
        let image = sifter_testkit::images::plain();
        let start = &image[..usize::try_from(START).expect("small")];
        assert_eq!(
            check(start, "x").expect("an image").as_deref(),
            Some("amd64")
        );
        for (start, words) in [
            (&b"<!DOCTYPE html><html>"[..], "a web page"),
            (b"", "an empty file"),
            (b"\x7fELF", "no SIF image"),
            (&image[..100], "no SIF image"),
        ] {
            let error = check(start, "oras://h/x:1").expect_err("no image");
            assert_eq!(error.code, ErrorCode::NotSif);
            assert!(error.message.contains(words), "{}", error.message);
        }
    }
}

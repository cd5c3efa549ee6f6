//! Secrets in the first line of a file or of standard input. Never in an argument, which other users could see.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use sifter_api::{ApiError, ErrorCode, Secret};

use crate::answer::Failure;

/// More is no secret but a wrong file.
const LONGEST: u64 = 64 * 1024;

/// Returns the first line of the file, which is a `kind` of file.
pub(crate) fn of_file(path: &Path, kind: &str) -> Result<Secret, Failure> {
    let what = format!("the {kind} file `{}`", path.display());
    let file = File::open(path).map_err(|error| unreadable(&what, &error))?;
    of(file, &what)
}

/// Returns the first line of standard input.
pub(crate) fn of_stdin() -> Result<Secret, Failure> {
    of(io::stdin().lock(), "standard input")
}

fn of(source: impl Read, what: &str) -> Result<Secret, Failure> {
    let mut bytes = Vec::new();
    source
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(what, &error))?;
    let wrong = |how: &str| {
        let message = format!("{what} {how}");
        Failure::from(ApiError::new(ErrorCode::InputInvalid, message))
    };
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("is too large"));
    }
    // From here on the bytes are wiped when they are let go.
    let text = Secret::new(String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8"))?);
    let line = text.expose().lines().next().unwrap_or_default();
    Ok(Secret::new(line.to_owned()))
}

fn unreadable(what: &str, error: &io::Error) -> Failure {
    let failed = ApiError::new(ErrorCode::FileNotReadable, format!("{what} cannot be read"));
    let hint = "check the name and who may read it";
    failed.because(error).with_hint(hint).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_without_its_end() {
        for (bytes, line) in [
            (&b"secret\r\nsecond\n"[..], Some("secret")),
            (b"secret", Some("secret")),
            (b"", Some("")),
            (b"gr\xfc\xdfe\n", None),
            (&[b'a'; 70_000], None),
        ] {
            let read = of(bytes, "it").ok();
            assert_eq!(read.as_ref().map(Secret::expose), line);
        }
    }
}

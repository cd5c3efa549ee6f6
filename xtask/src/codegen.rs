//! `codegen`: the page's types and calls, written or compared by a test of the program's own package.

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, setup};

/// Tells the test in the program's package to `write` or to `check`.
pub(crate) const MODE_VARIABLE: &str = "SIFTER_CODEGEN";

/// Writes the bindings.
pub(crate) fn write(place: &Place) -> Outcome {
    run(place, "write")
}

/// Fails when the committed bindings are not what the Rust side says.
pub(crate) fn check(place: &Place) -> Outcome {
    run(place, "check")
}

fn run(place: &Place, mode: &str) -> Outcome {
    // The program does not compile without a built page.
    setup::install_page_packages(place)?;
    setup::build_page(place)?;
    say::step(&format!("bindings of the page: {mode}"));
    // The whole workspace is named so that the features are those of `cargo xtask test`.
    Program::cargo()
        .args(["test", "--locked", "--workspace", "--test", "codegen"])
        .env(MODE_VARIABLE, mode)
        .folder(&place.root)
        .show()
}

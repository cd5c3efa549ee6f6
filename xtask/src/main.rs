//! The developer commands: `cargo xtask <command>`.
//!
//! Each command is one file and says what it does while it does it. None asks a question, all may be repeated. A plain
//! `cargo build` never needs this crate, and this crate never links the program: it only starts other programs.

mod apptainer;
mod bench;
mod codegen;
mod cross;
mod desktop;
mod dist;
mod icons;
mod packages;
mod place;
mod process;
mod run;
mod said;
mod say;
mod setup;
mod summary;
mod test;
mod tidy;
mod tour;

use std::process::ExitCode;

use packages::Purpose;
use place::Place;

/// Why a command stopped: one sentence for the person in front of the terminal.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The result of a command or of one of its steps.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Stops a command with a sentence.
pub(crate) fn stop<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Failure(why.into()))
}

const HELP: &str = "\
usage: cargo xtask <command>

  setup [--for run|test|cross|dist]  install what is missing: system packages, page packages; build the page;
                                     without --for, what `run` needs
  run [-- FILE…]                     set up, build and open Sifter, with a sample image unless files are named;
                                     without a display, the tour
  test                               set up, then every check and every test; ends with `N passed, M failed`
  cross                              check for Windows and macOS, and run the libraries' tests under wine
  tour                               drive the real window through the main job; pictures under target/tour
  bench [--trial] [ROW…]             measure beside openssl, siftool, apptainer and a bare window; with --trial,
                                     only see that the rows run
  codegen [--check]                  write the page's types and calls from the Rust side, or compare them
  tidy                               check the rules of the house that no compiler checks
  dist [--check]                     make the .deb; with --check, install it in a throw-away place and start it
  icons                              render the icons from icons/sifter.svg

All may be repeated; nothing is installed or built that is there already. None asks a question, except sudo for a password.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            say::problem(&why);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let mut options = rest.iter().take_while(|word| *word != "--");
    if options.any(|word| word == "--help" || word == "-h") {
        say::text(HELP);
        return Ok(());
    }
    let place = Place::find()?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (command, rest.as_slice()) {
        ("setup", []) => setup::set_up(&place, Purpose::Run),
        ("setup", ["--for", purpose]) => setup::set_up(&place, Purpose::named(purpose)?),
        ("run", ["--", files @ ..]) => run::run(&place, files),
        ("run", []) => run::run(&place, &[]),
        ("test", []) => test::test(&place),
        ("cross", []) => cross::cross(&place),
        ("tour", []) => tour::tour(&place),
        ("bench", rows) => bench::bench(&place, rows),
        ("codegen", []) => codegen::write(&place),
        ("codegen", ["--check"]) => codegen::check(&place),
        ("tidy", []) => tidy::tidy(&place),
        ("dist", []) => dist::make(&place),
        ("dist", ["--check"]) => dist::make_and_check(&place),
        ("icons", []) => icons::render(&place),
        ("help" | "--help" | "-h", _) => {
            say::text(HELP);
            Ok(())
        }
        _ => stop(format!(
            "`{}` is not understood\n\n{HELP}",
            arguments.join(" ")
        )),
    }
}

//! `test`: every check and every test, in one run with one count.

use std::path::Path;
use std::time::Instant;

use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::said::Excerpt;
use crate::summary::Tally;
use crate::{Failure, Outcome, apptainer, codegen, say, setup, stop, tidy};

/// How a step is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing after it can work when it fails: the run stops.
    Build,
    /// Counts as one.
    Check,
    /// The tests say what they leave out without it: a failure is a skip that nobody overlooks.
    Optional(&'static str),
    /// Counts what cargo's test programs report.
    CargoTests,
    /// Counts what vitest reports.
    PageTests,
}

/// What a step does.
enum Work {
    Start(Program),
    Here(fn(&Place) -> Outcome),
}

struct Step {
    name: &'static str,
    kind: Kind,
    work: Work,
}

/// Runs all steps and prints the count; fails when anything failed.
pub(crate) fn test(place: &Place) -> Outcome {
    let mut tally = Tally::default();
    for step in steps(place) {
        say::step(step.name);
        let start = Instant::now();
        let goes_on = perform(place, &step, &mut tally)?;
        tally.times.push((step.name.to_owned(), start.elapsed()));
        if !goes_on {
            break;
        }
    }
    if in_ci() {
        tally.judge_skips_in_ci(has_corpus(place));
    }
    say::text(&tally.report());
    if tally.failed == 0 {
        Ok(())
    } else {
        // The report said it all; the last line of the output stays the count.
        std::process::exit(1)
    }
}

/// Whether this is a CI run, where hardly anything may be skipped.
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

/// Whether the test images beside the project are there.
fn has_corpus(place: &Place) -> bool {
    place.root.join("../shared/corpus").is_dir()
}

fn steps(place: &Place) -> Vec<Step> {
    use Kind::{Build, CargoTests, Check, Optional, PageTests};
    let page = |script: &str| {
        let npm = Program::npm().args(["run", "--silent", script]);
        Work::Start(npm.folder(place.ui()).env("NO_COLOR", "1"))
    };
    let cargo = |words: &str| {
        let cargo = Program::cargo().args(words.split(' '));
        Work::Start(cargo.folder(&place.root))
    };
    let rust_tests = Program::cargo()
        .args(["test", "--locked", "--workspace", "--no-fail-fast"])
        // Shows what passing tests print too: they name the parts that they skipped.
        .args(["--", "--show-output"])
        .env(codegen::MODE_VARIABLE, "check")
        .folder(&place.root);
    let step = |name, kind, work| Step { name, kind, work };
    vec![
        step("set up", Build, Work::Here(set_up)),
        step(
            "set up apptainer",
            Optional("apptainer"),
            Work::Here(apptainer::set_up),
        ),
        step("page: types", Check, page("check")),
        step("page: lints", Check, page("lint")),
        step("page: format", Check, page("format:check")),
        step("page: tests in a browser", PageTests, page("test")),
        step("Rust: format", Check, cargo("fmt --all --check")),
        step("rules of the house", Check, Work::Here(tidy::tidy)),
        step(
            "Rust: lints",
            Check,
            cargo("clippy --locked --workspace --all-targets -- -D warnings"),
        ),
        step(
            "Rust: compile the tests",
            Build,
            cargo("test --locked --workspace --no-run"),
        ),
        step(
            "Rust: tests, bindings, journeys in the window",
            CargoTests,
            Work::Start(rust_tests),
        ),
    ]
}

fn set_up(place: &Place) -> Outcome {
    setup::set_up(place, Purpose::Test)
}

/// Performs one step and tells whether the run may go on.
fn perform(place: &Place, step: &Step, tally: &mut Tally) -> Outcome<bool> {
    match (step.kind, &step.work) {
        (Kind::CargoTests, Work::Start(program)) => {
            let log = place.made("test")?.join("rust.log");
            watch(
                &with_apptainer(program),
                &log,
                tally,
                Tally::read_cargo_line,
            );
            Ok(true)
        }
        (Kind::PageTests, Work::Start(program)) => {
            let log = place.made("test")?.join("page.log");
            watch(program, &log, tally, Tally::read_vitest_line);
            Ok(true)
        }
        (kind, work) => {
            let mut heard = Excerpt::of(step.name);
            let done = match work {
                Work::Start(program) => hear(program, &place.made("test")?, &mut heard),
                Work::Here(function) => function(place),
            };
            let goes_on = done.is_ok() || kind != Kind::Build;
            match (kind, done) {
                (Kind::Optional(part), Err(Failure(why))) => tally.skip(part, &why),
                (Kind::Optional(_), Ok(())) => {}
                (_, done) => tally.judge(step.name, done, heard),
            }
            Ok(goes_on)
        }
    }
}

/// Tells the tests where apptainer is, once it is set up.
fn with_apptainer(program: &Program) -> Program {
    match apptainer::folder() {
        Some(folder) => program.clone().env(apptainer::VARIABLE, folder),
        None => program.clone(),
    }
}

/// Runs a program with its output shown, and kept in a folder and, shortened, in `heard`.
pub(crate) fn hear(program: &Program, folder: &Path, heard: &mut Excerpt) -> Outcome {
    let status = program.watch(&folder.join("step.log"), |line| {
        say::plain(line);
        heard.push(line);
    })?;
    if status.success() {
        Ok(())
    } else {
        stop(format!("`{}` failed ({status})", program.shown()))
    }
}

/// Runs a program whose lines are counted. A failure that no line explains counts as one, and so does a run without tests.
pub(crate) fn watch(program: &Program, log: &Path, tally: &mut Tally, read: fn(&mut Tally, &str)) {
    tally.add(count(program, log, read, say::plain));
}

fn count(program: &Program, log: &Path, read: fn(&mut Tally, &str), show: fn(&str)) -> Tally {
    let mut counted = Tally::default();
    let mut heard = Excerpt::of(&program.shown());
    let unexplained = match program.watch(log, |line| {
        show(line);
        read(&mut counted, line);
        heard.push(line);
    }) {
        Err(Failure(why)) => why,
        Ok(status) if !status.success() && counted.failed == 0 => {
            format!("`{}` ended with {status}", program.shown())
        }
        Ok(_) if counted.passed + counted.failed == 0 => {
            format!("`{}` ran no test", program.shown())
        }
        Ok(_) => return counted,
    };
    counted.fail(unexplained);
    counted.said.add(heard);
    counted
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn counts(script: &str) -> (u64, u64) {
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        let program = Program::new("sh").args(["-c", script]);
        // Shown lines would be counted by the run that this test is part of.
        let tally = count(&program, log.path(), Tally::read_cargo_line, |_| {});
        (tally.passed, tally.failed)
    }

    #[test]
    fn an_optional_step_that_fails_is_a_skip() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Place {
            root: folder.path().to_path_buf(),
            target: folder.path().join("target"),
        };
        let mut tally = Tally::default();
        for (kind, script) in [
            (Kind::Optional("apptainer"), "true"),
            (Kind::Optional("apptainer"), "exit 3"),
            (Kind::Check, "true"),
        ] {
            let work = Work::Start(Program::new("sh").args(["-c", script]));
            let step = Step {
                name: "part",
                kind,
                work,
            };
            assert!(perform(&place, &step, &mut tally).is_ok_and(|goes_on| goes_on));
        }
        assert_eq!((tally.passed, tally.failed), (1, 0));
        let skipped: Vec<&String> = tally.skipped.iter().collect();
        assert!(matches!(skipped.as_slice(), [one] if one.starts_with("apptainer: `sh")));
        tally.judge_skips_in_ci(true);
        assert_eq!(tally.failed, 0, "it may be missing there");
    }

    #[test]
    fn no_failure_goes_uncounted() {
        let good = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'";
        assert_eq!(counts(good), (2, 0));
        assert_eq!(counts(&format!("{good}; exit 101")), (2, 1));
        assert_eq!(counts("exit 0"), (0, 1));
        let bad = "echo 'test result: FAILED. 2 passed; 3 failed; 0 ignored'; exit 101";
        assert_eq!(counts(bad), (2, 3));
    }
}

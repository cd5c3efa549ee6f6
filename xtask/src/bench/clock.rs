//! Times and peak memory of other programs.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::process::Program;
use crate::{Outcome, stop};

/// One side of a comparison: what to do before each round, unmeasured, and what to measure.
pub(super) struct Side<'a> {
    pub(super) before: Box<dyn Fn() -> Outcome + 'a>,
    pub(super) program: Program,
}

impl Side<'_> {
    pub(super) fn of(program: Program) -> Self {
        Self {
            before: Box::new(|| Ok(())),
            program,
        }
    }
}

/// The median seconds of each side; the sides take turns. One round before is not counted: it warms the page cache.
pub(super) fn medians(sides: &[Side<'_>], rounds: usize) -> Outcome<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); sides.len()];
    for round in 0..=rounds {
        for (side, times) in sides.iter().zip(&mut times) {
            (side.before)()?;
            let start = Instant::now();
            run(&side.program)?;
            if round > 0 {
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

/// The middle value; of an even count the mean of the two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (1, Some(value)) => *value,
        (_, Some(upper)) => (values[middle - 1] + upper) / 2.0,
        (_, None) => f64::NAN,
    }
}

fn run(program: &Program) -> Outcome {
    let child = start(program)?;
    finish(program, child)
}

/// The most memory that a program held at once, in MiB, as the kernel counted it.
pub(super) fn peak_memory(program: &Program) -> Outcome<f64> {
    let mut child = start(program)?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        // The kernel keeps the high-water mark, so the last reading before the end counts.
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        peak = peak.max(kibibytes(&now, "VmHWM:").unwrap_or(0));
        std::thread::sleep(Duration::from_micros(100));
    }
    finish(program, child)?;
    Ok(mebibytes(peak))
}

fn start(program: &Program) -> Outcome<Child> {
    let mut command = program.command();
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    match command.spawn() {
        Ok(child) => Ok(child),
        Err(error) => stop(format!("`{}` does not start: {error}", program.shown())),
    }
}

fn finish(program: &Program, child: Child) -> Outcome {
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    stop(format!("`{}` failed: {}", program.shown(), said.trim()))
}

/// A figure of one of the kernel's tables of `name: value kB`.
pub(super) fn kibibytes(table: &str, name: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Figures here are far below the 2^53 KiB that a float holds exactly.
pub(super) fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn kernel_tables_are_read() {
        let table = "Name:\tx\nVmHWM:\t    2048 kB\n";
        assert_eq!(kibibytes(table, "VmHWM:"), Some(2048));
        assert_eq!(kibibytes(table, "Pss:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sides_take_turns_and_failures_are_told() {
        let side = |script: &str| Side::of(Program::new("sh").args(["-c", script]));
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log").display().to_string();
        let sides = [
            side(&format!("echo a >>{log}")),
            side(&format!("echo b >>{log}")),
        ];
        assert_eq!(medians(&sides, 1).unwrap().len(), 2);
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "a\nb\na\nb\n");
        assert!(medians(&[side("exit 1")], 1).is_err());
    }
}

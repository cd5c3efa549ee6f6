//! The window beside a bare Tauri window: time to first paint, memory, and work while idle.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::clock::{kibibytes, mebibytes, median};
use super::report::{Goal, Line, Unit};
use super::screen;
use crate::Outcome;
use crate::desktop::{Desktop, Running};
use crate::place::Place;
use crate::process::Program;

const ROUNDS: usize = 7;
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a painted window is left alone before its memory is read, and then watched for work.
const SETTLE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(5);

/// What one start showed.
struct Start {
    paint: f64,
    memory: f64,
    idle: f64,
}

pub(super) fn measure(place: &Place) -> Outcome<Vec<Line>> {
    let ours = place.program("release", "sifter");
    let bare = place.program("release/examples", "bare");
    let mut starts = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (program, starts) in [&ours, &bare].into_iter().zip(&mut starts) {
            // Memory and idle work are looked at once; they do not change from start to start.
            let start = start(place, program, round == ROUNDS)?;
            if round > 0 {
                starts.push(start);
            }
        }
    }
    let [ours, bare] = starts;
    let figure = |starts: &[Start], of: fn(&Start) -> f64| {
        median(starts.iter().map(of).filter(|v| !v.is_nan()).collect())
    };
    let line = |work: &str, unit, goal, of: fn(&Start) -> f64| Line {
        work: work.into(),
        unit,
        ours: figure(&ours, of),
        against: "a bare Tauri window".into(),
        theirs: figure(&bare, of),
        goal,
    };
    Ok(vec![
        line(
            "window to first paint",
            Unit::Seconds,
            Goal::Ratio(1.2),
            |s| s.paint,
        ),
        line(
            "memory of the window, all processes",
            Unit::Mebibytes,
            Goal::None,
            |s| s.memory,
        ),
        line(
            "processor time in 5 s of idling",
            Unit::Seconds,
            Goal::None,
            |s| s.idle,
        ),
    ])
}

/// Starts a program on a fresh desktop with an empty home.
fn start(place: &Place, program: &PathBuf, look_longer: bool) -> Outcome<Start> {
    let desktop = Desktop::start(&place.made("bench")?.join("desktop"))?;
    let program = desktop.inside(Program::new(program));
    let start = Instant::now();
    let running = Running::start(&program)?;
    let paint = screen::wait_for_paint(&desktop, start, PATIENCE)?.as_secs_f64();
    if !look_longer {
        return Ok(Start {
            paint,
            memory: f64::NAN,
            idle: f64::NAN,
        });
    }
    std::thread::sleep(SETTLE);
    let tree = tree(running.id());
    let before = processor_time(&tree);
    std::thread::sleep(WATCH);
    Ok(Start {
        paint,
        memory: tree.iter().map(|id| memory(*id)).sum(),
        idle: processor_time(&tree) - before,
    })
}

/// A process and all that it started.
fn tree(root: u32) -> Vec<u32> {
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(id) = tree.get(next).copied() {
        let threads = fs::read_dir(format!("/proc/{id}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children"));
            let children = children.unwrap_or_default();
            tree.extend(
                children
                    .split_whitespace()
                    .filter_map(|id| id.parse::<u32>().ok()),
            );
        }
        next += 1;
    }
    tree
}

/// Memory of a process in MiB; what it shares is shared out.
fn memory(id: u32) -> f64 {
    let table = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    mebibytes(kibibytes(&table, "Pss:").unwrap_or(0))
}

/// Seconds of work of all processes so far.
fn processor_time(tree: &[u32]) -> f64 {
    /// The kernel's unit in this file on every Linux that Rust supports.
    const TICKS_PER_SECOND: f64 = 100.0;
    let ticks = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let behind_name = stat.rsplit(')').next().unwrap_or_default().to_owned();
        let fields = behind_name.split_whitespace().skip(11).take(2);
        fields
            .filter_map(|field| field.parse::<f64>().ok())
            .sum::<f64>()
    };
    tree.iter().map(ticks).sum::<f64>() / TICKS_PER_SECOND
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn children_belong_to_the_tree() {
        let child = Running::start(&Program::new("sleep").args(["60"])).unwrap();
        assert!(tree(std::process::id()).contains(&child.id()));
        assert!(memory(std::process::id()) > 0.0);
    }
}

//! One line of progress on a terminal; nothing elsewhere.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::Mutex,
    time::{Duration, Instant},
};

use sifter_api::{
    ApiEvent, EventStream, Result, Sifter,
    tasks::{TaskEvent, TaskView},
    units::TaskId,
};

use crate::print;

const PACE: Duration = Duration::from_millis(100);

/// A line that is drawn over itself.
#[derive(Debug)]
pub(crate) struct Line {
    on: bool,
    started: Instant,
    last: Mutex<Option<Instant>>,
}

impl Line {
    pub(crate) fn new(quiet: bool) -> Self {
        let on = !quiet && std::io::stderr().is_terminal();
        Self {
            on,
            started: Instant::now(),
            last: Mutex::new(None),
        }
    }

    pub(crate) fn show(&self, done: u64, total: Option<u64>) {
        if !self.on || self.started.elapsed() < PACE {
            return;
        }
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < PACE) {
            return;
        }
        *last = Some(Instant::now());
        let text = match total.filter(|total| *total > 0) {
            Some(total) => format!(
                "{} of {}, {} %",
                print::size(done),
                print::size(total),
                u128::from(done) * 100 / u128::from(total)
            ),
            None => print::size(done),
        };
        // Nothing is lost when the terminal went away.
        let _ = write!(std::io::stderr(), "\r{text:<40}");
    }

    pub(crate) fn clear(&self) {
        let drawn = self
            .last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .is_some();
        if drawn {
            let _ = write!(std::io::stderr(), "\r{:<40}\r", "");
        }
    }
}

/// Waits for the end of a task and draws its progress. Its row is not kept: this program ends with it.
pub(crate) async fn follow(
    sifter: &Sifter,
    events: &mut EventStream,
    id: TaskId,
    quiet: bool,
) -> Result<TaskView> {
    let line = Line::new(quiet);
    let view = loop {
        match events.next().await {
            Some(ApiEvent::Task(TaskEvent::Progress { id: of, progress })) if of == id => {
                line.show(progress.done.0, progress.total.map(|total| total.0));
            }
            Some(ApiEvent::Task(TaskEvent::Finished { task })) if task.id == id => break task,
            Some(_) => {}
            None => break sifter.get_task(id).await?,
        }
    };
    line.clear();
    sifter.forget_tasks(vec![id]).await?;
    Ok(view)
}

//! Native drag and drop: the page learns what kinds of files are over it and where they were dropped, never their paths.

#[cfg(target_os = "linux")]
pub(crate) mod exact_names;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use sifter_api::{Sifter, images::DropView};
use tauri::{AppHandle, DragDropEvent, Manager, PhysicalPosition, Runtime, Window};

use crate::{
    engine::Engine,
    events::{DragEntered, DragLeft, DragMoved, Dropped, tell},
};

/// What is being dragged, from enter to drop or leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dragged(Arc<Mutex<Drag>>);

#[derive(Debug, Default)]
struct Drag {
    /// Counts drags, so that a slow answer does not speak for a drag that is over.
    number: u64,
    over: bool,
    offered: Option<(Vec<PathBuf>, DropView)>,
    /// What the desktop itself calls the files, where it was asked.
    #[cfg(target_os = "linux")]
    exact: Vec<PathBuf>,
}

impl Dragged {
    fn enter(&self) -> u64 {
        let mut drag = self.lock();
        drag.number += 1;
        drag.over = true;
        drag.offered = None;
        drag.number
    }

    /// Keeps what the files of drag `number` are; returns whether it still goes on.
    fn offer(&self, number: u64, paths: Vec<PathBuf>, view: DropView) -> bool {
        let mut drag = self.lock();
        if drag.number != number {
            return false;
        }
        drag.offered = Some((paths, view));
        drag.over
    }

    /// Ends the drag; returns what `paths` were found to be, if that is known already.
    fn end(&self, paths: &[PathBuf]) -> Option<DropView> {
        let mut drag = self.lock();
        drag.over = false;
        drag.offered
            .take()
            .filter(|(offered, _)| offered == paths)
            .map(|(_, view)| view)
    }

    #[cfg(target_os = "linux")]
    fn note_exact(&self, paths: Vec<PathBuf>) {
        self.lock().exact = paths;
    }

    /// Returns `paths` with their exact names.
    fn exact(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        #[cfg(target_os = "linux")]
        return exact_names::restored(paths.to_vec(), &self.lock().exact);
        #[cfg(not(target_os = "linux"))]
        return paths.to_vec();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Drag> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the page what a drag event means.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &DragDropEvent) {
    let app = window.app_handle();
    let dragged = app.state::<Dragged>();
    let scale = scale_of(window);
    match event {
        DragDropEvent::Enter { paths, position } => {
            entered(app, dragged.exact(paths), place(*position, scale));
        }
        DragDropEvent::Over { position } => {
            let (x, y) = place(*position, scale);
            tell(app, DragMoved { x, y });
        }
        DragDropEvent::Drop { paths, position } => {
            dropped(app, dragged.exact(paths), place(*position, scale));
        }
        DragDropEvent::Leave => {
            dragged.end(&[]);
            tell(app, DragLeft);
        }
        _ => {}
    }
}

fn entered<R: Runtime>(app: &AppHandle<R>, paths: Vec<PathBuf>, (x, y): (i32, i32)) {
    let dragged = app.state::<Dragged>().inner().clone();
    let number = dragged.enter();
    with_sifter(app, move |app, sifter| async move {
        match sifter.offer_paths(paths.clone()).await {
            Ok(view) => {
                if dragged.offer(number, paths, view.clone()) {
                    tell(&app, DragEntered(view));
                    tell(&app, DragMoved { x, y });
                }
            }
            Err(error) => tracing::warn!(code = ?error.code, "dragged files were not recognised"),
        }
    });
}

fn dropped<R: Runtime>(app: &AppHandle<R>, paths: Vec<PathBuf>, (x, y): (i32, i32)) {
    let known = app.state::<Dragged>().end(&paths);
    with_sifter(app, move |app, sifter| async move {
        let offered = match known {
            Some(view) => Ok(view),
            None => sifter.offer_paths(paths).await,
        };
        match offered {
            Ok(view) => tell(
                &app,
                Dropped {
                    files: view.files,
                    x,
                    y,
                },
            ),
            Err(error) => {
                tracing::warn!(code = ?error.code, "dropped files were not recognised");
                tell(&app, DragLeft);
            }
        }
    });
}

fn with_sifter<R: Runtime, F>(app: &AppHandle<R>, work: impl FnOnce(AppHandle<R>, Sifter) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Ok(sifter) = app.state::<Engine>().sifter() {
        tauri::async_runtime::spawn(work(app.clone(), sifter.clone()));
    }
}

/// Only Windows reports device pixels; the others report what the page calls pixels.
fn scale_of<R: Runtime>(window: &Window<R>) -> f64 {
    if cfg!(windows) {
        window.scale_factor().unwrap_or(1.0)
    } else {
        1.0
    }
}

fn place(position: PhysicalPosition<f64>, scale: f64) -> (i32, i32) {
    position.to_logical::<i32>(scale).into()
}

#[cfg(test)]
mod tests {
    use sifter_api::units::FilesId;

    use super::*;

    fn view(files: &str) -> DropView {
        DropView {
            files: FilesId(files.into()),
            images: 1,
            keys: 0,
            definitions: 0,
            folders: 0,
            others: 0,
            names: Vec::new(),
            seems_to_be: None,
        }
    }

    #[test]
    fn a_drop_reuses_what_the_drag_found() {
        let dragged = Dragged::default();
        let paths = vec![PathBuf::from("a.sif")];
        let number = dragged.enter();
        assert!(dragged.offer(number, paths.clone(), view("1")));
        assert_eq!(dragged.end(&paths), Some(view("1")));
        assert_eq!(dragged.end(&paths), None, "a drop happens once");
    }

    #[test]
    fn a_slow_answer_does_not_speak_for_another_drag() {
        let dragged = Dragged::default();
        let first = dragged.enter();
        dragged.end(&[]);
        assert!(
            !dragged.offer(first, vec![PathBuf::from("a.sif")], view("1")),
            "left before the answer"
        );
        let second = dragged.enter();
        assert!(
            !dragged.offer(first, vec![PathBuf::from("a.sif")], view("1")),
            "another drag goes on"
        );
        assert!(dragged.offer(second, vec![PathBuf::from("b.sif")], view("2")));
        assert_eq!(dragged.end(&[PathBuf::from("a.sif")]), None, "other files");
    }
}

//! The one window: its place and size, how it closes, how it comes to the front.

use std::time::Duration;

use sifter_api::{
    Sifter,
    settings::{CloseBehaviour, Theme},
    tasks::{TaskNeed, TaskState, TaskView},
};
use tauri::{
    AppHandle, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize, Runtime,
    WebviewWindow, Window, WindowEvent,
};
use tauri_plugin_window_state::StateFlags;

use crate::{
    drop,
    engine::Engine,
    events::{CloseAsked, tell},
};

/// The label of the window in `tauri.conf.json`.
pub(crate) const MAIN: &str = "main";

const FIRST_SIZE: LogicalSize<f64> = LogicalSize {
    width: 1280.0,
    height: 800.0,
};

/// What of the window is remembered.
pub(crate) fn remembered() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED
}

/// Handles what happens to a window.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    match event {
        WindowEvent::DragDrop(event) => drop::on_event(window, event),
        WindowEvent::Focused(true) => look_again(window.app_handle()),
        WindowEvent::CloseRequested { api, .. } => {
            if let Ok(sifter) = window.app_handle().state::<Engine>().sifter() {
                // Closing has to be answered now, and what runs is known only later: the answer is always "not yet".
                api.prevent_close();
                decide_close(window.app_handle().clone(), sifter.clone());
            }
        }
        _ => {}
    }
}

/// Files and keyrings may have changed while another program had the focus.
fn look_again<R: Runtime>(app: &AppHandle<R>) {
    if let Ok(sifter) = app.state::<Engine>().sifter() {
        let sifter = sifter.clone();
        tauri::async_runtime::spawn(async move {
            if let Err(error) = sifter.focus_gained().await {
                tracing::debug!(code = ?error.code, "could not look again");
            }
        });
    }
}

fn decide_close<R: Runtime>(app: AppHandle<R>, sifter: Sifter) {
    tauri::async_runtime::spawn(async move {
        let running = running(&sifter).await;
        let behaviour = sifter
            .get_settings()
            .await
            .map_or(CloseBehaviour::Ask, |view| view.settings.close_behaviour);
        match (running, behaviour) {
            (0, _) | (_, CloseBehaviour::StopAndQuit) => quit(&app),
            (running, CloseBehaviour::Ask) => {
                show(&app);
                tell(&app, CloseAsked { running });
            }
            (_, CloseBehaviour::KeepWorking) => work_on_hidden(&app, &sifter).await,
        }
    });
}

/// Closes the window as its own button does.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // A window that cannot be closed is gone already.
        let _ = window.close();
    }
}

/// Transfers that run may take so long to stop before the program ends.
const ENDING: Duration = Duration::from_secs(3);

/// Quits: transfers stop and go on at the next start, other tasks are cancelled.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>) {
    tracing::info!("quit");
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        suspend(&app).await;
        app.exit(0);
    });
}

/// Stops what runs, so that the next start goes on with it. Whoever ends the program otherwise comes here too.
pub(crate) async fn suspend<R: Runtime>(app: &AppHandle<R>) {
    let Ok(sifter) = app.state::<Engine>().sifter().cloned() else {
        return;
    };
    if !matches!(sifter.suspend_tasks(ENDING).await, Ok(true)) {
        tracing::warn!("not every task stopped in time");
    }
}

/// Hides the window; the program quits when the tasks have ended, which may be before the window is hidden.
pub(crate) async fn work_on_hidden<R: Runtime>(app: &AppHandle<R>, sifter: &Sifter) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!("the window stays: {error}");
    }
    quit_if_hidden_and_done(app, sifter).await;
}

/// Quits if a person closed the window and the last task has ended since.
pub(crate) async fn quit_if_hidden_and_done<R: Runtime>(app: &AppHandle<R>, sifter: &Sifter) {
    let hidden = app
        .get_webview_window(MAIN)
        .is_some_and(|window| !window.is_visible().unwrap_or(true));
    if hidden && running(sifter).await == 0 {
        quit(app);
    }
}

async fn running(sifter: &Sifter) -> u32 {
    let tasks = sifter.list_tasks().await.unwrap_or_default();
    u32::try_from(tasks.iter().filter(|task| is_running(task)).count()).unwrap_or(u32::MAX)
}

fn is_running(task: &TaskView) -> bool {
    match &task.state {
        TaskState::Queued | TaskState::Running | TaskState::Paused | TaskState::Retrying { .. } => {
            true
        }
        // Kept, and without work until a person looks.
        TaskState::NeedsInput { need } => !matches!(need, TaskNeed::Review { .. }),
        TaskState::WaitsForNetwork { .. }
        | TaskState::Done { .. }
        | TaskState::Failed { .. }
        | TaskState::Cancelled => false,
    }
}

/// Brings the window to the front.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let raised = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::debug!("the window could not be raised: {error}");
    }
}

/// Whether the person looks at the window.
pub(crate) fn has_focus<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.get_webview_window(MAIN)
        .is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Gives the frame of the window the theme of the page.
pub(crate) fn set_theme<R: Runtime>(app: &AppHandle<R>, theme: Theme) {
    let wanted = match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    };
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.set_theme(wanted)
    {
        tracing::debug!("the frame keeps its theme: {error}");
    }
}

/// Puts the window back to its first size, in the middle of the screen.
pub(crate) fn reset_layout<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let reset = window
        .unmaximize()
        .and_then(|()| window.set_size(FIRST_SIZE))
        .and_then(|()| window.center());
    if let Err(error) = reset {
        tracing::warn!("the window keeps its layout: {error}");
    }
    keep_on_screen(&window);
}

/// Moves a window back that reaches outside every screen, and shrinks one that is larger than its screen.
pub(crate) fn keep_on_screen<R: Runtime>(window: &WebviewWindow<R>) {
    if window.is_maximized().unwrap_or(false) {
        return;
    }
    let (Ok(place), Ok(size), Ok(monitors)) = (
        window.outer_position(),
        window.outer_size(),
        window.available_monitors(),
    ) else {
        return;
    };
    let screens: Vec<Area> = monitors.iter().map(Area::from).collect();
    let Some((new_place, new_size)) = clamped(place, size, &screens) else {
        return;
    };
    let moved = window
        .set_size(new_size)
        .and_then(|()| window.set_position(new_place));
    if let Err(error) = moved {
        tracing::debug!("the window stays where it is: {error}");
    }
}

/// The usable part of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    place: PhysicalPosition<i32>,
    size: PhysicalSize<u32>,
}

impl From<&Monitor> for Area {
    fn from(monitor: &Monitor) -> Self {
        let area = monitor.work_area();
        Self {
            place: area.position,
            size: area.size,
        }
    }
}

impl Area {
    /// How much of a window lies on it.
    fn overlap(&self, place: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> i64 {
        let side = |start: i32, length: u32, window: i32, window_length: u32| {
            let end = (i64::from(start) + i64::from(length))
                .min(i64::from(window) + i64::from(window_length));
            (end - i64::from(start.max(window))).max(0)
        };
        side(self.place.x, self.size.width, place.x, size.width)
            * side(self.place.y, self.size.height, place.y, size.height)
    }
}

/// Where the window goes and how large it is then; nothing when it is fine as it is.
fn clamped(
    place: PhysicalPosition<i32>,
    size: PhysicalSize<u32>,
    screens: &[Area],
) -> Option<(PhysicalPosition<i32>, PhysicalSize<u32>)> {
    let screen = screens
        .iter()
        .max_by_key(|screen| screen.overlap(place, size))?;
    let new_size = PhysicalSize::new(
        size.width.min(screen.size.width),
        size.height.min(screen.size.height),
    );
    let within = |value: i32, start: i32, length: u32, window: u32| {
        let last = i64::from(start) + i64::from(length) - i64::from(window);
        i32::try_from(i64::from(value).clamp(i64::from(start), last.max(i64::from(start))))
            .unwrap_or(start)
    };
    let new_place = PhysicalPosition::new(
        within(place.x, screen.place.x, screen.size.width, new_size.width),
        within(place.y, screen.place.y, screen.size.height, new_size.height),
    );
    ((new_place, new_size) != (place, size)).then_some((new_place, new_size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
        Area {
            place: PhysicalPosition::new(x, y),
            size: PhysicalSize::new(width, height),
        }
    }

    #[track_caller]
    fn check(
        window: (i32, i32, u32, u32),
        screens: &[Area],
        expected: Option<(i32, i32, u32, u32)>,
    ) {
        let (x, y, width, height) = window;
        let new = clamped(
            PhysicalPosition::new(x, y),
            PhysicalSize::new(width, height),
            screens,
        );
        assert_eq!(
            new.map(|(place, size)| (place.x, place.y, size.width, size.height)),
            expected
        );
    }

    #[test]
    fn a_window_stays_on_a_screen() {
        let one = [area(0, 0, 1920, 1080)];
        let two = [area(0, 0, 1920, 1080), area(1920, 0, 1280, 1024)];
        check((100, 100, 1280, 800), &one, None);
        check((1900, 100, 1280, 800), &one, Some((640, 100, 1280, 800)));
        check((-4000, -4000, 1280, 800), &one, Some((0, 0, 1280, 800)));
        check((0, 0, 4000, 3000), &one, Some((0, 0, 1920, 1080)));
        check((2500, 100, 1280, 800), &two, Some((1920, 100, 1280, 800)));
        check(
            (i32::MAX, i32::MIN, u32::MAX, u32::MAX),
            &one,
            Some((0, 0, 1920, 1080)),
        );
        check((5, 5, 10, 10), &[], None);
    }
}

//! Everything that the shell tells the page, and the one place that forwards what Sifter tells.

use serde::{Deserialize, Serialize};
use sifter_api::{
    events::ApiEvent,
    images::DropView,
    keys::LockState,
    library::ContainerPlace,
    settings::SettingsView,
    tasks::TaskEvent,
    units::{FilesId, ImageId, RemoteId, TaskId},
};
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_specta::{Event, Events, collect_events};

use crate::{
    engine::Engine, links::Registration, logs::Logs, network::Network, notify::Notifier,
    taskbar::Taskbar, window,
};

/// One step of a task.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
#[tauri_specta(event_name = "task-event")]
pub(crate) struct TaskEventMessage(pub(crate) TaskEvent);

/// Rows of Images changed, came or went.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct ImagesChanged {
    pub(crate) ids: Vec<ImageId>,
}

/// The list of watched folders, or the state of one, changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct FoldersChanged;

/// A keyring file or trust in a key changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct KeysChanged;

/// Keys were locked or unlocked.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct LockChanged(pub(crate) LockState);

/// A setting changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct SettingsChanged(pub(crate) SettingsView);

/// Files that were opened from outside wait to be taken.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct FilesOpened;

/// A remote, a login, the current remote or the embedded cloud changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct RemotesChanged;

/// A container of a library was changed from here.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct LibraryChanged {
    pub(crate) remote: RemoteId,
    pub(crate) path: String,
}

/// Links that came from outside wait to be taken.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct LinkOpened;

/// Files are being dragged over the window.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct DragEntered(pub(crate) DropView);

/// The pointer moved while dragging; in CSS pixels of an unzoomed page.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct DragMoved {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// The files were dragged away again.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct DragLeft;

/// The files were dropped at this place.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct Dropped {
    pub(crate) files: FilesId,
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A command was chosen in the menu bar: its id.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct MenuChosen(pub(crate) String);

/// The person closes the window while tasks run.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CloseAsked {
    pub(crate) running: u32,
}

/// A notification was clicked: where it leads.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct NotificationChosen(pub(crate) NotificationTarget);

/// The place that a notification is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
pub(crate) enum NotificationTarget {
    Image(ImageId),
    Task(TaskId),
    Container(ContainerPlace),
    Activity,
}

/// All of the above, for the bindings.
pub(crate) fn all() -> Events {
    collect_events![
        TaskEventMessage,
        ImagesChanged,
        FoldersChanged,
        KeysChanged,
        LockChanged,
        SettingsChanged,
        FilesOpened,
        RemotesChanged,
        LibraryChanged,
        LinkOpened,
        DragEntered,
        DragMoved,
        DragLeft,
        Dropped,
        MenuChosen,
        CloseAsked,
        NotificationChosen,
    ]
}

/// Sends `event` to the page. A page that is gone misses nothing that it will not ask for again when it starts.
#[expect(clippy::needless_pass_by_value, reason = "an event is made to be told")]
pub(crate) fn tell<R: Runtime, E: Event + Serialize + Clone>(app: &AppHandle<R>, event: E) {
    if let Err(error) = event.emit(app) {
        tracing::debug!(event = E::NAME, "not delivered: {error}");
    }
}

/// Forwards what Sifter tells, for as long as it runs.
pub(crate) fn forward<R: Runtime>(app: &AppHandle<R>, engine: &Engine) {
    let Ok(sifter) = engine.sifter() else { return };
    let mut stream = sifter.events();
    let sifter = sifter.clone();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let notifier = Notifier::new(app.clone());
        let mut taskbar = Taskbar::new(app.clone());
        let mut network = Network::default();
        while let Some(event) = stream.next().await {
            match event {
                ApiEvent::Task(event) => {
                    taskbar.follow(&event);
                    notifier.consider(&event, &sifter).await;
                    let rests = network.follow(&event, &sifter);
                    let ended = matches!(event, TaskEvent::Finished { .. });
                    tell(&app, TaskEventMessage(event));
                    if ended || rests {
                        window::quit_if_hidden_and_done(&app, &sifter).await;
                    }
                }
                ApiEvent::ImagesChanged(ids) => tell(&app, ImagesChanged { ids }),
                ApiEvent::FoldersChanged => tell(&app, FoldersChanged),
                ApiEvent::KeysChanged => tell(&app, KeysChanged),
                ApiEvent::LockChanged(state) => tell(&app, LockChanged(state)),
                ApiEvent::SettingsChanged(view) => {
                    apply(&app, &view);
                    tell(&app, SettingsChanged(view));
                }
                ApiEvent::FilesOpened => tell(&app, FilesOpened),
                ApiEvent::RemotesChanged => tell(&app, RemotesChanged),
                ApiEvent::LibraryChanged(remote, path) => {
                    tell(&app, LibraryChanged { remote, path });
                }
                ApiEvent::LinkOpened => tell(&app, LinkOpened),
            }
        }
    });
}

/// Settings that concern the shell itself.
pub(crate) fn apply<R: Runtime>(app: &AppHandle<R>, view: &SettingsView) {
    use tauri::Manager;
    if let Some(logs) = app.try_state::<Logs>() {
        logs.set_level(view.settings.log_level);
    }
    app.state::<Registration>()
        .follow(app, view.settings.open_library_links);
    window::set_theme(app, view.settings.theme);
}

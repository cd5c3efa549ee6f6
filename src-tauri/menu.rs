//! The menu bar of macOS. Elsewhere the page draws its menu itself, beside the title, from the same command ids.
//!
//! Choosing an item only tells the page the command's id: the page knows what it means on the screen that is open.

/// One entry of a menu.
#[cfg_attr(
    not(any(target_os = "macos", test)),
    expect(dead_code, reason = "only macOS has a menu bar")
)]
#[derive(Clone, Copy, Debug)]
enum Entry {
    /// Command id, text, keys.
    Command(&'static str, &'static str, Option<&'static str>),
    Separator,
}

#[cfg_attr(
    not(any(target_os = "macos", test)),
    expect(dead_code, reason = "only macOS has a menu bar")
)]
mod model {
    use super::Entry::{self, Command, Separator};

    pub(super) const APP: &[Entry] = &[
        Command("help.about", "About Sifter", None),
        Separator,
        Command("go.settings", "Settings…", Some("Cmd+,")),
        Command("lock.keys", "Lock Keys", None),
    ];
    pub(super) const FILE: &[Entry] = &[
        Command("open.images", "Open…", Some("Cmd+O")),
        Command("pull", "Pull an Image…", Some("Cmd+D")),
        Separator,
        Command("new.key", "Create a Key…", None),
        Command("import.keys", "Import Keys…", None),
        Command("keys.find", "Find Keys…", None),
        Separator,
        Command("remote.signIn", "Sign In…", None),
        Command("remote.add", "Add a Remote…", None),
        Command("registry.signIn", "Sign In to a Registry…", None),
    ];
    pub(super) const IMAGE: &[Entry] = &[
        Command("inspect.current", "Inspect", None),
        Command("verify.current", "Verify", Some("Cmd+Shift+V")),
        Command("sign.current", "Sign…", Some("Cmd+Shift+S")),
        Command("push.current", "Push…", Some("Cmd+U")),
        Command("copy.hash", "Copy Hash", Some("Cmd+Shift+C")),
        Separator,
        Command("task.cancel", "Cancel Task", Some("Cmd+.")),
    ];
    pub(super) const VIEW: &[Entry] = &[
        Command("palette", "Command Palette…", Some("Cmd+K")),
        Command("find", "Find", Some("Cmd+F")),
        Command("reload", "Reload Data", Some("Cmd+R")),
        Separator,
        Command("sidebar.toggle", "Show or Hide Sidebar", Some("Cmd+B")),
        Command("zoom.in", "Zoom In", Some("Cmd+Plus")),
        Command("zoom.out", "Zoom Out", Some("Cmd+-")),
        Command("zoom.reset", "Actual Size", Some("Cmd+0")),
        Separator,
        Command("view.resetLayout", "Reset Window Layout", None),
    ];
    pub(super) const GO: &[Entry] = &[
        Command("back", "Back", Some("Cmd+[")),
        Command("forward", "Forward", Some("Cmd+]")),
        Separator,
        Command("go.home", "Home", Some("Cmd+1")),
        Command("go.images", "Images", Some("Cmd+2")),
        Command("go.library", "Library", Some("Cmd+3")),
        Command("go.keys", "Keys", Some("Cmd+6")),
        Command("go.activity", "Activity", Some("Cmd+7")),
        Separator,
        Command("remote.switch", "Switch Remote…", None),
    ];
    pub(super) const HELP: &[Entry] = &[
        Command("shortcuts.show", "Keyboard Shortcuts", Some("Cmd+/")),
        Command("help.firstRun", "First Steps", None),
    ];
}

/// Puts the menu bar up and tells the page what is chosen in it.
#[cfg(target_os = "macos")]
pub(crate) fn install<R: tauri::Runtime>(app: &tauri::AppHandle<R>) -> tauri::Result<()> {
    use tauri::menu::{Menu, PredefinedMenuItem, Submenu};

    use crate::events::{MenuChosen, tell};

    let application = submenu(app, "Sifter", model::APP)?;
    application.append_items(&[
        &PredefinedMenuItem::separator(app)?,
        &PredefinedMenuItem::hide(app, None)?,
        &PredefinedMenuItem::hide_others(app, None)?,
        &PredefinedMenuItem::show_all(app, None)?,
        &PredefinedMenuItem::separator(app)?,
        &tauri::menu::MenuItem::with_id(app, "quit", "Quit Sifter", true, Some("Cmd+Q"))?,
    ])?;
    let edit = Submenu::with_items(
        app,
        "Edit",
        true,
        &[
            &PredefinedMenuItem::undo(app, None)?,
            &PredefinedMenuItem::redo(app, None)?,
            &PredefinedMenuItem::separator(app)?,
            &PredefinedMenuItem::cut(app, None)?,
            &PredefinedMenuItem::copy(app, None)?,
            &PredefinedMenuItem::paste(app, None)?,
            &PredefinedMenuItem::select_all(app, None)?,
        ],
    )?;
    let window = Submenu::with_items(
        app,
        "Window",
        true,
        &[
            &PredefinedMenuItem::minimize(app, None)?,
            &PredefinedMenuItem::maximize(app, None)?,
            &PredefinedMenuItem::close_window(app, None)?,
        ],
    )?;
    let bar = Menu::with_items(
        app,
        &[
            &application,
            &submenu(app, "File", model::FILE)?,
            &edit,
            &submenu(app, "Image", model::IMAGE)?,
            &submenu(app, "View", model::VIEW)?,
            &submenu(app, "Go", model::GO)?,
            &window,
            &submenu(app, "Help", model::HELP)?,
        ],
    )?;
    app.set_menu(bar)?;
    app.on_menu_event(|app, event| match event.id().as_ref() {
        "quit" => crate::window::close(app),
        id => tell(app, MenuChosen(id.to_owned())),
    });
    Ok(())
}

#[cfg(target_os = "macos")]
fn submenu<R: tauri::Runtime>(
    app: &tauri::AppHandle<R>,
    title: &str,
    entries: &[Entry],
) -> tauri::Result<tauri::menu::Submenu<R>> {
    use tauri::menu::{MenuItem, PredefinedMenuItem, Submenu};

    let menu = Submenu::new(app, title, true)?;
    for entry in entries {
        match *entry {
            Entry::Command(id, text, keys) => {
                menu.append(&MenuItem::with_id(app, id, text, true, keys)?)?
            }
            Entry::Separator => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
    }
    Ok(menu)
}

#[cfg(not(target_os = "macos"))]
#[expect(clippy::unnecessary_wraps, reason = "the twin of macOS can fail")]
pub(crate) fn install<R: tauri::Runtime>(_app: &tauri::AppHandle<R>) -> tauri::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Entry, model};

    #[test]
    fn each_command_and_each_key_stands_once() {
        let entries: Vec<_> = [
            model::APP,
            model::FILE,
            model::IMAGE,
            model::VIEW,
            model::GO,
            model::HELP,
        ]
        .concat();
        let mut ids: Vec<_> = Vec::new();
        let mut keys: Vec<_> = Vec::new();
        for entry in &entries {
            if let Entry::Command(id, text, key) = entry {
                assert!(!text.is_empty());
                ids.push(*id);
                keys.extend(*key);
            }
        }
        let unique = |list: &[&str]| list.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(unique(&ids), ids.len());
        assert_eq!(unique(&keys), keys.len());
    }
}

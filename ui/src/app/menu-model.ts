/**
 * Which commands the menus have: the same in the same order as the menu bar of macOS (`src-tauri/menu.rs`), where a
 * test compares them. Data only.
 */

interface MenuGroup {
  title: `app.menu.${"file" | "image" | "view" | "go" | "help"}`;
  /** Command ids; nothing is a line between them. */
  ids: readonly (string | undefined)[];
}

export const menuGroups: readonly MenuGroup[] = [
  {
    title: "app.menu.file",
    ids: [
      "open.images",
      "pull",
      undefined,
      "new.key",
      "import.keys",
      "keys.find",
      "lock.keys",
      undefined,
      "remote.signIn",
      "remote.add",
      "registry.signIn",
      undefined,
      "go.settings",
    ],
  },
  {
    title: "app.menu.image",
    ids: [
      "inspect.current",
      "verify.current",
      "sign.current",
      "push.current",
      "copy.hash",
      undefined,
      "task.cancel",
    ],
  },
  {
    title: "app.menu.view",
    ids: [
      "palette",
      "find",
      "reload",
      undefined,
      "sidebar.toggle",
      "zoom.in",
      "zoom.out",
      "zoom.reset",
      undefined,
      "view.resetLayout",
    ],
  },
  {
    title: "app.menu.go",
    ids: [
      "back",
      "forward",
      undefined,
      "go.home",
      "go.images",
      "go.library",
      "go.keys",
      "go.activity",
      undefined,
      "remote.switch",
    ],
  },
  { title: "app.menu.help", ids: ["shortcuts.show", "help.firstRun", undefined, "help.about"] },
];

/** What stands alone below the groups. */
export const lastCommand = "quit";

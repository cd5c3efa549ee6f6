/** The shortcuts in groups: commands with their keys of now, and the fixed keys of lists and sheets; pure. */

import { t } from "$messages";

export interface ShortcutLine {
  id: string;
  title: string;
  keys: string[];
}

export interface ShortcutGroup {
  id: string;
  title: string;
  lines: ShortcutLine[];
}

interface CommandLike {
  id: string;
  title: () => string;
}

function groupOf(id: string): "goTo" | "image" | "view" | "everywhere" {
  if (id.startsWith("go.") || id === "back" || id === "forward" || id === "input.focus") return "goTo";
  if (id.endsWith(".current") || id.startsWith("copy.")) return "image";
  if (
    id.startsWith("zoom.") ||
    id.startsWith("region.") ||
    id.startsWith("sidebar.") ||
    id.startsWith("view.")
  ) {
    return "view";
  }
  return "everywhere";
}

/** `keysOf` gives a command's keys as they are shown on this system. */
export function groupsOf(
  commands: readonly CommandLike[],
  keysOf: (id: string) => string[],
  system: { modKey: string; singleKeys: boolean },
): ShortcutGroup[] {
  const lines = commands
    .map((command) => ({ id: command.id, title: command.title(), keys: keysOf(command.id) }))
    .filter((line) => line.keys.length > 0);
  const fromCommands = (["everywhere", "goTo", "image", "view"] as const).map((id) => ({
    id,
    title: t(`shortcuts.${id}`),
    lines: lines.filter((line) => groupOf(line.id) === id),
  }));
  return [...fromCommands, listGroup(system), sheetGroup(system)].filter((group) => group.lines.length > 0);
}

function listGroup({ modKey, singleKeys }: { modKey: string; singleKeys: boolean }): ShortcutGroup {
  const lines: ShortcutLine[] = [
    { id: "open", title: t("shortcuts.lists.open"), keys: ["Enter"] },
    { id: "look", title: t("shortcuts.lists.look"), keys: ["Space"] },
    { id: "selectAll", title: t("shortcuts.lists.selectAll"), keys: [`${modKey}+A`] },
    { id: "range", title: t("shortcuts.lists.range"), keys: ["Shift+↑", "Shift+↓"] },
    { id: "menu", title: t("shortcuts.lists.menu"), keys: ["Shift+F10"] },
    { id: "trash", title: t("shortcuts.lists.trash"), keys: [modKey === "Cmd" ? "Cmd+Backspace" : "Delete"] },
  ];
  const single: ShortcutLine[] = [
    { id: "toggle", title: t("shortcuts.lists.toggle"), keys: ["X"] },
    { id: "verify", title: t("shortcuts.lists.verify"), keys: ["V"] },
    { id: "sign", title: t("shortcuts.lists.sign"), keys: ["S"] },
    { id: "push", title: t("shortcuts.lists.push"), keys: ["P"] },
    { id: "inspect", title: t("shortcuts.lists.inspect"), keys: ["I"] },
  ];
  return { id: "lists", title: t("shortcuts.lists"), lines: singleKeys ? [...lines, ...single] : lines };
}

function sheetGroup({ modKey }: { modKey: string }): ShortcutGroup {
  return {
    id: "sheets",
    title: t("shortcuts.sheets"),
    lines: [
      { id: "primary", title: t("shortcuts.sheets.primary"), keys: [`${modKey}+Enter`] },
      { id: "cancel", title: t("shortcuts.sheets.cancel"), keys: ["Esc"] },
    ],
  };
}

/** Which keys run which command. `Mod` is Cmd on macOS and Ctrl elsewhere. */

import type { Shortcut } from "$bindings";

/** Command id → keys; several are separated by a blank. */
export const defaultKeys: Readonly<Record<string, string>> = {
  palette: "Mod+K F1",
  "go.home": "Mod+1",
  "go.images": "Mod+2",
  "go.library": "Mod+3",
  "go.keys": "Mod+6",
  "go.activity": "Mod+7 Mod+Shift+A",
  "go.settings": "Mod+8 Mod+,",
  "input.focus": "Mod+L",
  "open.images": "Mod+O",
  "library.search": "Mod+Shift+F",
  pull: "Mod+D",
  "push.current": "Mod+U",
  "sign.current": "Mod+Shift+S",
  "verify.current": "Mod+Shift+V",
  find: "Mod+F",
  back: "Alt+ArrowLeft Mod+[",
  forward: "Alt+ArrowRight Mod+]",
  reload: "Mod+R",
  "region.next": "F6",
  "region.previous": "Shift+F6",
  "task.cancel": "Mod+.",
  "zoom.in": "Mod++ Mod+=",
  "zoom.out": "Mod+-",
  "zoom.reset": "Mod+0",
  "sidebar.toggle": "Mod+B",
  "shortcuts.show": "Mod+/",
  "copy.hash": "Mod+Shift+C",
};

/** Commands that a text field keeps for itself. */
const notInFields = new Set(["verify.current", "copy.hash", "back", "forward"]);

/** The keys of a command with the person's own choice first. */
export function keysOf(command: string, own: readonly Shortcut[]): string[] {
  const chosen = own.find((shortcut) => shortcut.command === command);
  const keys = chosen ? chosen.keys : (defaultKeys[command] ?? "");
  return keys.split(" ").filter(Boolean);
}

/** The command of a key press, if one has it. */
export function commandOf(
  event: KeyboardEvent,
  own: readonly Shortcut[],
  ids: Iterable<string>,
  mac: boolean,
): string | undefined {
  const pressed = pressedKeys(event, mac);
  if (pressed === undefined) return undefined;
  const inField = isTextField(event.target);
  for (const id of ids) {
    if (keysOf(id, own).some((keys) => normal(keys) === pressed)) {
      return inField && notInFields.has(id) ? undefined : id;
    }
  }
  return undefined;
}

/** A key press as written in the map, for example `Mod+Shift+S`; nothing for a lone modifier. */
export function pressedKeys(event: KeyboardEvent, mac: boolean): string | undefined {
  if (["Control", "Shift", "Alt", "Meta", "Dead", "Unidentified"].includes(event.key)) return undefined;
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (other) return undefined;
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shiftMatters = key.length > 1 || /[A-Z]/.test(key);
  const parts = [
    mod ? "Mod" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey && shiftMatters ? "Shift" : "",
    key,
  ];
  return normal(parts.filter(Boolean).join("+"));
}

/** The keys as a person reads them on this system. */
export function showKeys(keys: string, modKey: string): string {
  return keys
    .replace("Mod", modKey)
    .replace("ArrowLeft", "←")
    .replace("ArrowRight", "→")
    .replace("ArrowUp", "↑")
    .replace("ArrowDown", "↓");
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return (
    target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type)
  );
}

const order = ["Mod", "Alt", "Shift"];

function normal(keys: string): string {
  const plus = keys.endsWith("++") || keys === "+";
  const parts = (plus ? keys.slice(0, -1) : keys).split("+").filter(Boolean);
  const modifiers = order.filter((name) => parts.includes(name));
  const key = plus ? "+" : (parts.find((part) => !order.includes(part)) ?? "");
  return [...modifiers, key.length === 1 ? key.toUpperCase() : key].join("+");
}

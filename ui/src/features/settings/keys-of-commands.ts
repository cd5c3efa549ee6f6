/** The keyboard map as a person edits it; pure. */

import type { Shortcut } from "$bindings";
import { defaultKeys, keysOf } from "$store";

export type Refusal = { kind: "taken"; by: string } | { kind: "needsModifier" };

/** Keys that a command may have: with a modifier, or a function key. */
export function mayBeShortcut(keys: string): boolean {
  return /^F\d{1,2}$/u.test(keys) || /(^|\+)(Mod|Alt)\+/u.test(keys) || /^Shift\+F\d{1,2}$/u.test(keys);
}

/** Why the keys cannot be given to the command; nothing when they can. */
export function refusalOf(
  command: string,
  keys: string,
  ids: readonly string[],
  own: readonly Shortcut[],
): Refusal | undefined {
  if (!mayBeShortcut(keys)) return { kind: "needsModifier" };
  const by = ids.find((id) => id !== command && keysOf(id, own).includes(keys));
  return by === undefined ? undefined : { kind: "taken", by };
}

/** The list with other keys for one command; its default keys take it out of the list. */
export function withKeys(own: readonly Shortcut[], command: string, keys: string): Shortcut[] {
  const others = own.filter((shortcut) => shortcut.command !== command);
  return keys === (defaultKeys[command] ?? "") ? others : [...others, { command, keys }];
}

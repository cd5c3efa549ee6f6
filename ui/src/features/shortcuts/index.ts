/** The list of keyboard shortcuts. */

import { openSheet } from "$shared/sheets.svelte";

import ShortcutsSheet from "./ShortcutsSheet.svelte";

export { groupsOf, type ShortcutGroup } from "./groups";
export { listedCommands } from "./listed";

/** Shows all keys. */
export function openShortcuts(): Promise<undefined> {
  return openSheet<object, undefined>(ShortcutsSheet, {});
}

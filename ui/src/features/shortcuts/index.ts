/** The list of keyboard shortcuts. */

import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";

export { groupsOf, type ShortcutGroup } from "./groups";
export { elsewhere, listedCommands } from "./listed";

const ShortcutsSheet = later(async () => (await import("./ShortcutsSheet.svelte")).default);

/** Shows all keys. */
export function openShortcuts(): Promise<undefined> {
  return openLater<object, undefined>(ShortcutsSheet, {});
}

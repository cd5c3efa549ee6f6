/** The command palette: one box that finds actions, places, images, keys and settings. */

import { openSheet } from "$shared/sheets.svelte";

import PaletteSheet from "./PaletteSheet.svelte";

let open = false;

/** Opens the palette; when it is open already, nothing happens. */
export async function openPalette(): Promise<void> {
  if (open) return;
  open = true;
  const run = await openSheet<object, () => unknown>(PaletteSheet, {});
  open = false;
  await run?.();
}

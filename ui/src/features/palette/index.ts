/** The command palette: one box that finds actions, places, images, keys and settings. */

import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";

export { asFingerprint } from "./search";

const PaletteSheet = later(async () => (await import("./PaletteSheet.svelte")).default);

let open = false;

/** Opens the palette; when it is open already, nothing happens. */
export async function openPalette(): Promise<void> {
  if (open) return;
  open = true;
  const run = await openLater<object, () => unknown>(PaletteSheet, {});
  open = false;
  await run?.();
}

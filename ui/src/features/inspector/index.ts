/** One image in full: its verdict, its map, its parts, its texts and its bytes. */

import { later } from "$shared/later.svelte";

export const InspectorPage = later(async () => (await import("./InspectorPage.svelte")).default);

/** The raw view, fetched when it is looked at. */

import { later } from "$shared/later.svelte";

export const RawTab = later(async () => (await import("./RawTab.svelte")).default);

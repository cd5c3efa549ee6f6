/** The first start. */

import { later } from "$shared/later.svelte";

export const FirstRunPage = later(async () => (await import("./FirstRunPage.svelte")).default);

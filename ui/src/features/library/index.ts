/** Looking into the libraries of remotes: their levels, containers, and what can be done there. */

import { later } from "$shared/later.svelte";

export { moveBack, openPlace } from "./actions";
export { searchLibrary } from "./search";
export const ContainerPage = later(async () => (await import("./ContainerPage.svelte")).default);
export const LibraryPage = later(async () => (await import("./LibraryPage.svelte")).default);

/** The list of image files on this computer, and what can be done with several of them. */

import { later } from "$shared/later.svelte";

export { quickLook, removeImages, signImages, trashImages, verifyImages } from "./actions";
export const ImagesPage = later(async () => (await import("./ImagesPage.svelte")).default);
export { filterRows, rowLabel, sortRows } from "./rows";

/** Files that come from outside: dropped, picked, pasted, opened with the program. */

export { offerImages, takeOpenedFiles } from "./act";
export { default as DropOverlay } from "./DropOverlay.svelte";

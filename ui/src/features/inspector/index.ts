/** One image in full: its verdict, its map, its parts, its texts and its bytes. */

export { default as InspectorPage } from "./InspectorPage.svelte";

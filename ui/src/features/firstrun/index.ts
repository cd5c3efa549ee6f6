/** The first start. */

export { default as FirstRunPage } from "./FirstRunPage.svelte";

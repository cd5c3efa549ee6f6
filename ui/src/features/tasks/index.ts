/** Activity: the page of tasks, and how a task is named elsewhere. */

export { default as ActivityPage } from "./ActivityPage.svelte";
export { openTask, targetOf } from "./actions";
export { countWords, progressWords, stateWords, titleOf } from "./words";

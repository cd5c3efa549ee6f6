/** Activity: the page of tasks, and how a task is named elsewhere. */

import { later } from "$shared/later.svelte";

export const ActivityPage = later(async () => (await import("./ActivityPage.svelte")).default);
export { answerNeed, openTask, targetOf } from "./actions";
export { countWords, outcomeWords, progressWords, stateWords, titleOf } from "./words";

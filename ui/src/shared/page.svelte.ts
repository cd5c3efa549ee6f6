/** What the open page puts into the toolbar. */

import type { Snippet } from "svelte";

export interface PageBar {
  title: string;
  actions: Snippet | undefined;
}

let bar = $state.raw<PageBar>({ title: "", actions: undefined });
// Beside the state: while an effect is torn down, Svelte reads states as they were before the change.
let latest: PageBar | undefined;

export function pageBar(): PageBar {
  return bar;
}

/** Sets the toolbar; returns how to clear it again, which does nothing when another page has set it since. */
export function setPageBar(next: PageBar): () => void {
  bar = next;
  latest = next;
  return () => {
    if (latest === next) bar = { title: next.title, actions: undefined };
  };
}

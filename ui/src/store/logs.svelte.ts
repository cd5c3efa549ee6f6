/** The lines that tasks have told. A task may tell a hundred thousand: they are kept in place, and shown once a frame. */

import type { TaskId } from "$bindings";

/** How many lines of one task are kept. */
export const LOG_LIMIT = 100_000;

const none: readonly string[] = [];

export class TaskLogs {
  // Read by nothing that is drawn; what is drawn is replaced as a whole.
  /* eslint-disable svelte/prefer-svelte-reactivity */
  #lines = new Map<TaskId, string[]>();
  #shown = $state.raw<ReadonlyMap<TaskId, readonly string[]>>(new Map());
  #changed = new Set<TaskId>();

  /** The lines as of the last frame. */
  of(task: TaskId): readonly string[] {
    return this.#shown.get(task) ?? none;
  }

  /** Adds a line; the oldest go when there are too many. */
  add(task: TaskId, line: string): void {
    const lines = this.#lines.get(task) ?? [];
    if (lines.length === 0) this.#lines.set(task, lines);
    lines.push(line);
    // In steps: taking each one off the front would move all the others every time.
    if (lines.length > LOG_LIMIT + LOG_LIMIT / 10) lines.splice(0, lines.length - LOG_LIMIT);
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#show());
    this.#changed.add(task);
  }

  #show(): void {
    const next = new Map(this.#shown);
    for (const task of this.#changed) next.set(task, this.#lines.get(task)?.slice(-LOG_LIMIT) ?? none);
    this.#changed.clear();
    this.#shown = next;
  }
}

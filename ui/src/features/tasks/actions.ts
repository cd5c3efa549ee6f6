/** What a row of Activity can do. */

import type { TaskId, TaskView } from "$bindings";
import { asApiError, host } from "$host";
import { describeError } from "$messages";
import { showToast } from "$shared/toasts.svelte";
import { navigate, type Route } from "$store";

/** Where a task leads; nothing when it has no place of its own. */
export function targetOf(task: TaskView): Route | undefined {
  if (task.state.kind === "done" && task.state.outcome.kind === "keyCreated") {
    return { name: "key", fingerprint: task.state.outcome.fingerprint };
  }
  const [first] = task.images;
  if (first === undefined) return undefined;
  return task.images.length === 1 ? { name: "image", id: first } : { name: "images", select: task.images };
}

export function openTask(task: TaskView): void {
  const target = targetOf(task);
  if (target) navigate(target);
}

type Call = "cancelTask" | "pauseTask" | "resumeTask" | "retryTask";

/** Asks the program; a refusal is said. */
export async function runTask(call: Call, task: { id: TaskId }): Promise<void> {
  try {
    await host[call](task.id);
  } catch (thrown) {
    showToast(describeError(asApiError(thrown)).what, { urgency: "assertive" });
  }
}

/** What a row of Activity can do. */

import type { TaskId, TaskOutcome, TaskView } from "$bindings";
import { openRegistrySignIn, openSignIn } from "$features/remotes";
import { answerTask } from "$features/signatures";
import { openPushReview, openPushSheet } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import type { Way, Ways } from "$shared/fixes";
import { tryTo } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";
import { navigate, type Route } from "$store";

/** Where a task leads; nothing when it has no place of its own. */
export function targetOf(task: TaskView): Route | undefined {
  if (task.state.kind === "done" && task.state.outcome.kind === "keyCreated") {
    return { name: "key", fingerprint: task.state.outcome.fingerprint };
  }
  if (task.state.kind === "done") {
    const place = placeOf(task.state.outcome);
    if (place) return place;
  }
  const [first] = task.images;
  if (first === undefined) return undefined;
  return task.images.length === 1 ? { name: "image", id: first } : { name: "images", select: task.images };
}

/** The file that was pulled, or the container that was pushed to; of several, the list or nothing. */
function placeOf(outcome: TaskOutcome): Route | undefined {
  if (outcome.kind === "pulled") {
    const here = outcome.items.flatMap((item) => item.image ?? []);
    const [only] = here;
    if (only === undefined) return undefined;
    return here.length === 1 ? { name: "image", id: only } : { name: "images", select: here };
  }
  if (outcome.kind !== "pushed") return undefined;
  const containers = outcome.items.flatMap((item) => item.container ?? []);
  const [only] = containers;
  const same = containers.every((other) => other.remote === only?.remote && other.path === only.path);
  return only && same ? { name: "container", ...only } : undefined;
}

export function openTask(task: TaskView): void {
  const target = targetOf(task);
  if (target) navigate(target);
}

type Call = "cancelTask" | "pauseTask" | "resumeTask" | "retryTask" | "hurryTask";

/** Asks the program; a refusal is said. */
export async function runTask(call: Call, task: { id: TaskId }): Promise<void> {
  await tryTo(() => host[call](task.id));
}

/** The ways out of a failure that only the task knows: trying it again, or pushing its images elsewhere. */
export function waysOf(task: TaskView): Ways {
  const elsewhere: Way | undefined =
    task.kind === "push" && task.images.length > 0 ? () => void openPushSheet(task.images) : undefined;
  return {
    again: task.canRetry ? () => runTask("retryTask", task) : undefined,
    otherName: elsewhere,
    otherPlace: elsewhere,
  };
}

/** Gives a task what it waits for; it goes on by itself. */
export async function answerNeed(task: TaskView): Promise<void> {
  if (task.state.kind !== "needsInput") return;
  const { need } = task.state;
  if (need.kind === "passphrase") await answerTask(task);
  else if (need.kind === "review") await openPushReview(task.id, need.push);
  else if (need.kind === "signIn") await openSignIn(need.remote);
  else await openRegistrySignIn(need.host);
}

/** The key that a keyserver has, where one was looked for while nobody waited. */
export function foundKeyOf({ state }: TaskView): string | undefined {
  if (state.kind !== "done" || state.outcome.kind !== "keyLookedFor") return undefined;
  return state.outcome.keyserver === null ? undefined : state.outcome.fingerprint;
}

/** Whether an ended pull may have left bytes that are of use only if it is tried again. */
export function hasPartial(task: TaskView): boolean {
  const ended = task.state.kind === "failed" || task.state.kind === "cancelled";
  return task.kind === "pull" && ended && task.canRetry && (task.progress?.done ?? 0) > 0;
}

/** Removes what an ended pull left on the disk. */
export async function removePartial(task: TaskView): Promise<void> {
  if (await tryTo(() => host.removePartial(task.id))) showToast(t("tasks.partialRemoved"));
}

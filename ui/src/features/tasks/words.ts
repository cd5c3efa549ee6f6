/** How tasks are named and described, and which group and filter they belong to; pure. */

import type { ApiError, Badge, ImageId, KeyRow, TaskOutcome, TaskProgress, TaskView } from "$bindings";
import { badgeOrder } from "$features/signatures";
import { describeError, errorLine, t } from "$messages";
import { formatBytes, formatDuration, formatPercent } from "$shared/format";

/** `Verify samtools_1.19.sif`. */
export function titleOf(task: Pick<TaskView, "kind" | "subject">): string {
  return t(`tasks.kind.${task.kind}`, { subject: task.subject });
}

/** The title around its subject, so that the subject can stand isolated. */
export function titleKey(task: Pick<TaskView, "kind">): `tasks.kind.${TaskView["kind"]}` {
  return `tasks.kind.${task.kind}`;
}

/** Phase, item, bytes, percent, rate and time left: as far as they are known. */
export function progressWords(progress: TaskProgress): string[] {
  const { phase, done, total, rate, eta, stalled, item } = progress;
  const words = [t(`tasks.phase.${phase}`)];
  if (item !== null) words.push(t("tasks.item", { number: item.number, of: item.of, name: item.name }));
  if (total !== null) {
    words.push(t("tasks.total.bytes", { done: formatBytes(done), total: formatBytes(total) }));
    const percent = formatPercent(done, total);
    if (percent !== undefined) words.push(percent);
  } else if (done > 0) {
    words.push(formatBytes(done));
  }
  if (stalled !== null) words.push(t("tasks.stalled", { n: stalled }));
  else if (rate !== null && rate > 0) words.push(t("tasks.rate", { rate: formatBytes(rate) }));
  if (eta !== null && stalled === null) words.push(t("tasks.left", { time: formatDuration(eta) }));
  return words;
}

/** While it is paused, neither rate nor time left mean anything. */
export function pausedWords(progress: TaskProgress): string[] {
  const [, ...words] = progressWords({ ...progress, rate: null, eta: null, stalled: null });
  return [t("tasks.state.paused"), ...words];
}

/** What an ended task brought, in a few words. */
export function outcomeWords(outcome: TaskOutcome): string {
  switch (outcome.kind) {
    case "verified":
      return withFailures(t("tasks.outcome.verified", { n: outcome.items.length }), outcome.items);
    case "signed":
      return withFailures(t("tasks.outcome.signed", { n: goodOf(outcome.items) }), outcome.items);
    case "keyCreated":
      return t("tasks.outcome.keyCreated");
    case "exported":
      return t("tasks.outcome.exported", { name: outcome.name, size: formatBytes(outcome.size) });
    case "folderRead":
      return t("tasks.outcome.folderRead", { n: outcome.images });
    case "pulled":
      return withFailures(t("tasks.outcome.pulled", { n: goodOf(outcome.items) }), outcome.items);
    case "pushed":
      return withFailures(t("tasks.outcome.pushed", { n: goodOf(outcome.items) }), outcome.items);
    case "keyPublished":
      return t("tasks.outcome.keyPublished", { server: outcome.keyserver });
    case "keyLookedFor":
      return outcome.keyserver === null
        ? t("tasks.outcome.keyMissing")
        : t("tasks.outcome.keyFound", { server: outcome.keyserver });
  }
}

export interface OutcomeItem {
  image: ImageId | null;
  name: string;
  badge: Badge | undefined;
  error: ApiError | null;
}

/** What is worth a line of its own: each checked image, the worst first, or those that were not signed. */
export function outcomeItems(outcome: TaskOutcome): OutcomeItem[] {
  switch (outcome.kind) {
    case "verified":
      return outcome.items
        .map((item) => ({ ...item }))
        .sort(
          (one, other) =>
            Number(other.error !== null) - Number(one.error !== null) ||
            badgeOrder.indexOf(one.badge) - badgeOrder.indexOf(other.badge),
        );
    case "signed":
      return outcome.items
        .filter((item) => item.error !== null)
        .map(({ image, name, error }) => ({ image, name, badge: undefined, error }));
    case "pulled":
      return outcome.items.map(({ image, name, badge, error }) => ({
        image,
        name,
        badge: badge ?? undefined,
        error,
      }));
    default:
      return [];
  }
}

/** How many images have which badge, the worst first, when several were checked. */
export function badgeCounts(outcome: TaskOutcome): { badge: Badge; n: number }[] {
  if ((outcome.kind !== "verified" && outcome.kind !== "pulled") || outcome.items.length < 2) return [];
  return badgeOrder
    .map((badge) => ({ badge, n: outcome.items.filter((item) => item.badge === badge).length }))
    .filter(({ n }) => n > 0);
}

/** How a key is called where a task asks for it. */
export function keyWords(fingerprint: string, keys: readonly KeyRow[]): string {
  const key = keys.find((other) => other.fingerprint === fingerprint);
  const print = fingerprint.slice(-8).replace(/(.{4})(?=.)/u, "$1 ");
  return [key?.name ?? key?.mail, print].filter(Boolean).join(" · ");
}

function goodOf(items: readonly { error: unknown }[]): number {
  return items.filter((item) => item.error === null).length;
}

function withFailures(words: string, items: readonly { error: unknown }[]): string {
  const failed = items.filter((item) => item.error !== null).length;
  return failed === 0 ? words : `${words}, ${t("tasks.outcome.itemsFailed", { n: failed })}`;
}

/** The state in a few words, for a row's label. */
export function stateWords(task: TaskView): string {
  switch (task.state.kind) {
    case "done":
      return outcomeWords(task.state.outcome);
    case "failed":
      return describeError(task.state.error).what;
    case "retrying":
      return t("tasks.state.retrying");
    default:
      return t(`tasks.state.${task.state.kind}`);
  }
}

/** How long until it is tried again, and why it has to be. */
export function retryWords(state: Extract<TaskView["state"], { kind: "retrying" }>, now: number): string {
  const { at, attempt, of, why } = state;
  const reason = errorLine(why);
  const left = Math.max(0, Math.ceil(at - now));
  return t("tasks.retrying", { n: left, attempt, of, why: reason });
}

export type Group = "needsYou" | "running" | "queued" | "finished";
export const groups: readonly Group[] = ["needsYou", "running", "queued", "finished"];

export function groupOf(task: TaskView): Group {
  switch (task.state.kind) {
    case "needsInput":
      return "needsYou";
    case "running":
    case "paused":
    case "retrying":
      return "running";
    case "queued":
    case "waitsForNetwork":
      return "queued";
    default:
      return "finished";
  }
}

export type Filter = "all" | "active" | "failed" | "done";
export const filters: readonly Filter[] = ["all", "active", "failed", "done"];

export function passes(task: TaskView, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "active":
      return groupOf(task) !== "finished";
    case "failed":
      return task.state.kind === "failed";
    case "done":
      return groupOf(task) === "finished";
  }
}

/** The tasks of each group that pass the filter, newest first; empty groups are left out. */
export function grouped(tasks: readonly TaskView[], filter: Filter): { group: Group; tasks: TaskView[] }[] {
  const passing = tasks.filter((task) => passes(task, filter));
  return groups
    .map((group) => ({
      group,
      tasks: passing
        .filter((task) => groupOf(task) === group)
        .sort((a, b) => b.created - a.created || b.id - a.id),
    }))
    .filter((entry) => entry.tasks.length > 0);
}

/** How many tasks do what, in the same words wherever tasks are counted; nothing when all have ended. */
export function countWords(tasks: readonly TaskView[]): string[] {
  const of = (kind: TaskView["state"]["kind"]): number =>
    tasks.filter((task) => task.state.kind === kind).length;
  const running = of("running") + of("retrying");
  const [waiting, paused, queued] = [of("needsInput"), of("paused"), of("queued")];
  const offline = of("waitsForNetwork");
  return [
    running > 0 ? t("tasks.total.running", { n: running }) : "",
    waiting > 0 ? t("tasks.total.waiting", { n: waiting }) : "",
    paused > 0 ? t("tasks.total.paused", { n: paused }) : "",
    queued > 0 ? t("tasks.total.queued", { n: queued }) : "",
    offline > 0 ? t("tasks.total.offline", { n: offline }) : "",
  ].filter(Boolean);
}

/** The one line that sums up what runs. */
export function totalLine(tasks: readonly TaskView[]): string[] {
  const running = tasks.filter((task) => task.state.kind === "running");
  const words = countWords(tasks);
  if (words.length === 0) return [t("tasks.total.idle")];
  const measured = running.flatMap(({ progress }) =>
    progress?.total ? [{ ...progress, total: progress.total }] : [],
  );
  if (measured.length > 0) {
    const sum = (pick: (progress: (typeof measured)[number]) => number): number =>
      measured.reduce((total, progress) => total + pick(progress), 0);
    words.push(
      t("tasks.total.bytes", {
        done: formatBytes(sum((p) => p.done)),
        total: formatBytes(sum((p) => p.total)),
      }),
    );
    const rate = sum((progress) => progress.rate ?? 0);
    if (rate > 0) words.push(t("tasks.rate", { rate: formatBytes(rate) }));
    const left = Math.max(...measured.map((progress) => progress.eta ?? 0));
    if (left > 0) words.push(t("tasks.total.left", { time: formatDuration(left) }));
  }
  return words;
}

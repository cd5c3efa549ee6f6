/** Tasks that move only when a test says so. */

import type { ApiError, ImageId, TaskKind, TaskPhase, TaskProgress, TaskState, TaskView } from "$bindings";

import { makeApiError } from "../error";
import { ANNA } from "./keys";
import { type Events, nextId, now, type World } from "./world";

const PHASES: Record<TaskKind, TaskPhase> = {
  verify: "hash",
  sign: "hash",
  createKey: "makeKey",
  export: "write",
  readFolder: "read",
  pull: "download",
  push: "upload",
  publishKey: "upload",
  findKey: "resolve",
};

function makeTask(
  id: number,
  kind: TaskKind,
  subject: string,
  state: TaskState,
  more: Partial<TaskView> = {},
): TaskView {
  const live = ["queued", "running", "paused", "retrying", "needsInput", "waitsForNetwork"].includes(
    state.kind,
  );
  return {
    id,
    kind,
    subject,
    state,
    progress: null,
    created: now() - 60,
    ended: live ? null : now() - 30,
    images: [],
    canCancel: live,
    canPause: live && kind !== "createKey",
    canRetry: state.kind === "failed" || state.kind === "cancelled",
    canHurry: state.kind === "queued" && (kind === "pull" || kind === "push"),
    interrupted: false,
    ...more,
  };
}

function progressOf(kind: TaskKind, done: number, total: number | null): TaskProgress {
  const rate = 412_000_000;
  const eta = total === null ? null : Math.ceil((total - done) / rate);
  return {
    phase: PHASES[kind],
    done,
    total,
    rate: total === null ? null : rate,
    eta,
    stalled: null,
    item: null,
  };
}

/** One task of every state, for Activity. */
export function exampleTasks(): TaskView[] {
  return [
    makeTask(
      1,
      "verify",
      "huge-reference.sif",
      { kind: "running" },
      {
        images: [10],
        progress: progressOf("verify", 8_804_682_956, 21_474_836_480),
      },
    ),
    makeTask(
      2,
      "export",
      "squashfs of r-env.sif",
      { kind: "paused" },
      {
        images: [2],
        progress: progressOf("export", 300_000_000, 812_000_000),
      },
    ),
    makeTask(
      3,
      "sign",
      "draft.sif",
      { kind: "needsInput", need: { kind: "passphrase", fingerprint: ANNA, wrong: false } },
      {
        images: [9],
      },
    ),
    makeTask(4, "readFolder", "Containers", { kind: "queued" }),
    makeTask(
      5,
      "verify",
      "samtools_1.19.sif",
      {
        kind: "done",
        outcome: {
          kind: "verified",
          items: [{ image: 1, name: "samtools_1.19.sif", badge: "verified", error: null }],
        },
      },
      { images: [1] },
    ),
    makeTask(
      6,
      "sign",
      "gatk_4.5.sif",
      {
        kind: "failed",
        error: makeApiError("disk-full", "no space is left on the disk that holds `gatk_4.5.sif`", {
          causes: ["writing 2048 bytes at 1104048128", "no space left on device"],
          retryable: true,
        }),
      },
      { images: [3] },
    ),
    makeTask(7, "createKey", "Tom Weber", { kind: "cancelled" }),
    makeTask(
      8,
      "verify",
      "salmon_1.10.sif",
      {
        kind: "done",
        outcome: {
          kind: "verified",
          items: [{ image: 8, name: "salmon_1.10.sif", badge: "tampered", error: null }],
        },
      },
      { images: [8], interrupted: true },
    ),
    ...exampleTransfers(),
  ];
}

/** Pulls and pushes in the states that only they have. */
function exampleTransfers(): TaskView[] {
  const place = { remote: "this-computer", path: "tom/tools/samtools" };
  const why = makeApiError("server-unreachable", "`lab.example.org` broke the connection", {
    retryable: true,
  });
  return [
    makeTask(
      9,
      "push",
      "r-env.sif",
      { kind: "retrying", at: now() + 8, attempt: 2, of: 5, why },
      { images: [2], progress: progressOf("push", 200_000_000, 812_000_000) },
    ),
    makeTask(10, "pull", "blast:2.15", {
      kind: "needsInput",
      need: { kind: "signIn", remote: "remote:Lab" },
    }),
    makeTask(11, "pull", "gatk:4.5", { kind: "queued" }),
    makeTask(14, "push", "bwa_0.7.sif", { kind: "waitsForNetwork", why: null }, { images: [3] }),
    makeTask(
      12,
      "pull",
      "samtools:1.18",
      { kind: "cancelled" },
      { progress: progressOf("pull", 400_000_000, 1_198_007_168) },
    ),
    makeTask(
      13,
      "push",
      "samtools_1.19.sif",
      {
        kind: "done",
        outcome: {
          kind: "pushed",
          items: [
            {
              image: 1,
              name: "samtools_1.19.sif",
              reference: "library://127.0.0.1:8780/tom/tools/samtools:1.19",
              container: place,
              undo: [],
              error: null,
            },
          ],
        },
      },
      { images: [1] },
    ),
  ];
}

/** Adds a task that waits for the network. */
export function restTask(
  world: World,
  events: Events,
  kind: TaskKind,
  subject: string,
  more: { images?: ImageId[]; why?: ApiError | null; effect?: () => TaskState } = {},
): number {
  const id = nextId(world);
  const { images = [], why = null, effect = () => ({ kind: "cancelled" }) } = more;
  const task = makeTask(id, kind, subject, { kind: "waitsForNetwork", why }, { images, created: now() });
  world.tasks = [task, ...world.tasks];
  world.effects.set(id, effect);
  events.emit("taskEvent", { kind: "started", task });
  return id;
}

/** Starts a task that a test moves on; `effect` is what it does when it ends well. */
export function startTask(
  world: World,
  events: Events,
  kind: TaskKind,
  subject: string,
  images: ImageId[],
  effect: () => TaskState,
): number {
  const id = nextId(world);
  const task = makeTask(
    id,
    kind,
    subject,
    { kind: "running" },
    {
      images,
      created: now(),
      progress: progressOf(kind, 0, kind === "createKey" ? null : 1_104_007_168),
    },
  );
  world.tasks = [task, ...world.tasks];
  world.effects.set(id, effect);
  events.emit("taskEvent", { kind: "started", task });
  return id;
}

function change(world: World, id: number, changes: Partial<TaskView>): TaskView | undefined {
  const old = world.tasks.find((task) => task.id === id);
  if (old === undefined) return undefined;
  const task = { ...old, ...changes };
  world.tasks = world.tasks.map((other) => (other.id === id ? task : other));
  return task;
}

/** Moves a task to a state and tells the page. */
export function moveTask(world: World, events: Events, id: number, state: TaskState): void {
  const ended = state.kind === "done" || state.kind === "failed" || state.kind === "cancelled";
  const task = change(world, id, {
    state,
    ended: ended ? now() : null,
    canCancel: !ended,
    canPause: !ended,
    canHurry: state.kind === "queued",
    canRetry: state.kind === "failed" || state.kind === "cancelled",
  });
  if (task !== undefined) {
    events.emit("taskEvent", ended ? { kind: "finished", task } : { kind: "changed", task });
  }
}

/** Progress to a fraction between 0 and 1. */
export function advanceTask(world: World, events: Events, id: number, fraction: number): void {
  const old = world.tasks.find((task) => task.id === id);
  if (old === undefined) return;
  const total = old.progress?.total ?? null;
  const progress = progressOf(old.kind, Math.round((total ?? 0) * fraction), total);
  change(world, id, { progress });
  events.emit("taskEvent", { kind: "progress", id, progress });
}

/** Ends a task well, with its effect. */
export function finishTask(world: World, events: Events, id: number): void {
  const effect = world.effects.get(id);
  world.effects.delete(id);
  const state: TaskState = effect?.() ?? {
    kind: "done",
    outcome: { kind: "folderRead", images: world.images.length },
  };
  moveTask(world, events, id, state);
}

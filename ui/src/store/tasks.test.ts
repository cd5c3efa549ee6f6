import { describe, expect, it } from "vitest";

import type { TaskProgress, TaskView } from "$bindings";

import { applyTaskEvent } from "./tasks";

const task = (id: number, state: TaskView["state"] = { kind: "running" }): TaskView => ({
  id,
  kind: "verify",
  subject: "a.sif",
  state,
  progress: null,
  created: 0,
  ended: null,
  images: [],
  canCancel: true,
  canPause: false,
  canRetry: false,
  canHurry: false,
  interrupted: false,
});
const progress: TaskProgress = {
  phase: "hash",
  done: 5,
  total: 10,
  rate: null,
  eta: null,
  stalled: null,
  item: null,
};

describe("applyTaskEvent", () => {
  it("puts a new task first and replaces a known one in place", () => {
    const list = applyTaskEvent([task(1)], { kind: "started", task: task(2) });
    expect(list.map((entry) => entry.id)).toEqual([2, 1]);
    const ended = applyTaskEvent(list, { kind: "finished", task: task(1, { kind: "cancelled" }) });
    expect(ended.map((entry) => [entry.id, entry.state.kind])).toEqual([
      [2, "running"],
      [1, "cancelled"],
    ]);
  });
  it("ignores progress that comes after the end", () => {
    const list = [task(1, { kind: "cancelled" })];
    expect(applyTaskEvent(list, { kind: "progress", id: 1, progress })).toBe(list);
  });
  it("starts a queued task with its first progress", () => {
    const [first] = applyTaskEvent([task(1, { kind: "queued" })], { kind: "progress", id: 1, progress });
    expect(first?.state.kind).toBe("running");
    expect(first?.progress).toEqual(progress);
  });
  it("keeps the list when the task is unknown", () => {
    const list = [task(1)];
    expect(applyTaskEvent(list, { kind: "progress", id: 9, progress })).toBe(list);
  });
});

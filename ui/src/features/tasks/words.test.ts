import { describe, expect, test } from "vitest";

import type { TaskProgress, TaskState, TaskView } from "$bindings";

import { exampleTasks } from "../../host/browser/tasks";
import {
  filters,
  grouped,
  groupOf,
  outcomeWords,
  passes,
  progressWords,
  stateWords,
  titleOf,
  totalLine,
} from "./words";

const tasks = exampleTasks();

function progress(more: Partial<TaskProgress> = {}): TaskProgress {
  return { phase: "hash", done: 500, total: 1000, rate: 100, eta: 5, stalled: null, item: null, ...more };
}

describe("groups and filters", () => {
  test("every task is in one group", () => {
    const sum = grouped(tasks, "all").reduce((count, entry) => count + entry.tasks.length, 0);
    expect(sum).toBe(tasks.length);
  });
  test("what needs a person comes first", () => {
    expect(grouped(tasks, "all").map((entry) => entry.group)).toEqual([
      "needsYou",
      "running",
      "queued",
      "finished",
    ]);
  });
  test("a filter without tasks gives no groups", () => {
    expect(grouped([], "failed")).toEqual([]);
  });
  test.each<[TaskState["kind"], string, string[]]>([
    ["queued", "queued", ["all", "active"]],
    ["running", "running", ["all", "active"]],
    ["paused", "running", ["all", "active"]],
    ["needsInput", "needsYou", ["all", "active"]],
    ["done", "finished", ["all", "done"]],
    ["failed", "finished", ["all", "failed", "done"]],
    ["cancelled", "finished", ["all", "done"]],
  ])("%s", (kind, group, passing) => {
    const task = tasks.find((other) => other.state.kind === kind) as TaskView;
    expect(groupOf(task)).toBe(group);
    expect(filters.filter((filter) => passes(task, filter))).toEqual(passing);
  });
});

describe("words", () => {
  test("titles name the verb and the subject", () => {
    expect(tasks.map(titleOf)).toContain("Verify huge-reference.sif");
  });
  test.each<[Partial<TaskProgress>, string]>([
    [{}, "Hashing · 500 B of 1 kB · 50 % · 100 B/s · 5 s left"],
    [{ total: null, eta: null }, "Hashing · 500 B · 100 B/s"],
    [{ stalled: 17 }, "Hashing · 500 B of 1 kB · 50 % · Stalled for 17 s"],
    [
      { item: { name: "a.sif", number: 2, of: 3 }, total: null, done: 0, rate: null, eta: null },
      "Hashing · 2 of 3: a.sif",
    ],
    [{ done: 0, total: 0, rate: 0, eta: null }, "Hashing · 0 B of 0 B"],
  ])("%o", (more, line) => {
    expect(progressWords(progress(more)).join(" · ")).toBe(line);
  });
  test("outcomes count what failed", () => {
    const error = { code: "io" as const, message: "x", hint: null, causes: [], retryable: false };
    const items = [
      { image: 1, name: "a", signatures: 1, error: null },
      { image: 2, name: "b", signatures: 0, error },
    ];
    expect(outcomeWords({ kind: "signed", items })).toBe("Signed 1 image, 1 failed");
  });
  test("every task has words for its state", () => {
    for (const task of tasks) expect(stateWords(task)).not.toBe("");
  });
  test("the total sums what runs and counts what waits", () => {
    expect(totalLine(tasks).slice(0, 3)).toEqual(["1 running", "1 needs you", "8.8 GB of 21.5 GB"]);
    expect(totalLine([])).toEqual(["Nothing is running"]);
  });
});

import { describe, expect, test } from "vitest";

import type { Badge, KeyRow, TaskProgress, TaskState, TaskView, VerifiedItem } from "$bindings";

import { exampleTasks } from "../../host/browser/tasks";
import {
  badgeCounts,
  filters,
  grouped,
  groupOf,
  keyWords,
  outcomeItems,
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
  test("of many checked images, the worst come first and each badge is counted", () => {
    const item = (image: number, badge: Badge): VerifiedItem => ({
      image,
      name: `${image}`,
      badge,
      error: null,
    });
    const items = [...Array(28).keys()].map((image) => item(image, "verified"));
    const outcome = {
      kind: "verified" as const,
      items: [...items, item(28, "notSigned"), item(29, "tampered")],
    };
    expect(
      outcomeItems(outcome)
        .map(({ badge }) => badge)
        .slice(0, 3),
    ).toEqual(["tampered", "notSigned", "verified"]);
    expect(outcomeItems(outcome)).toHaveLength(30);
    expect(badgeCounts(outcome)).toEqual([
      { badge: "tampered", n: 1 },
      { badge: "notSigned", n: 1 },
      { badge: "verified", n: 28 },
    ]);
  });
  test("a key is called by its name and the end of its fingerprint", () => {
    const keys = [{ fingerprint: "AA11BB22CC33DD44", name: "Tom Weber" }] as KeyRow[];
    expect(keyWords("AA11BB22CC33DD44", keys)).toBe("Tom Weber · CC33 DD44");
    expect(keyWords("AA11BB22CC33DD44", [])).toBe("CC33 DD44");
  });
  test("every task has words for its state", () => {
    for (const task of tasks) expect(stateWords(task)).not.toBe("");
  });
  test("the total sums what runs and counts what waits", () => {
    expect(totalLine(tasks).slice(0, 6)).toEqual([
      "2 running",
      "2 need you",
      "1 paused",
      "2 queued",
      "1 offline",
      "8.8 GB of 21.5 GB",
    ]);
    expect(totalLine([])).toEqual(["Nothing is running"]);
  });
});

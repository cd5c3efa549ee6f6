import { describe, expect, test } from "vitest";

import type { TaskOutcome, TaskState, TaskView } from "$bindings";

import { failedOf } from "./bulk";

const error = { code: "io" as const, message: "x", hint: null, causes: [], retryable: true };
const ended = (state: TaskState): TaskView => ({ state }) as TaskView;
const done = (outcome: TaskOutcome): TaskView => ended({ kind: "done", outcome });

describe("after work on several images", () => {
  test("those that could not be checked, or are tampered with, are left", () => {
    const items = [
      { image: 1, name: "a", badge: "verified" as const, error: null },
      { image: 2, name: "b", badge: "tampered" as const, error: null },
      { image: 3, name: "c", badge: "cantCheck" as const, error },
    ];
    expect(failedOf([1, 2, 3], done({ kind: "verified", items }))).toEqual([2, 3]);
  });
  test("those that were not signed are left, also when they were never tried", () => {
    const items = [
      { image: 1, name: "a", signatures: 1, error: null },
      { image: 2, name: "b", signatures: 0, error },
    ];
    expect(failedOf([1, 2, 3], done({ kind: "signed", items }))).toEqual([2, 3]);
  });
  test("a cancelled task leaves all", () => {
    expect(failedOf([1, 2], ended({ kind: "cancelled" }))).toEqual([1, 2]);
  });
});

import { describe, expect, test } from "vitest";

import type { TaskOutcome, TaskView, VerifiedItem } from "$bindings";

import { endingOf } from "./endings";

const error = { code: "io" as const, message: "x", hint: null, causes: [], retryable: true };
const item = (more: Partial<VerifiedItem> = {}): VerifiedItem => ({
  image: 1,
  name: "a.sif",
  badge: "verified",
  error: null,
  ...more,
});
const done = (outcome: TaskOutcome): TaskView =>
  ({ subject: "30 images", state: { kind: "done", outcome } }) as TaskView;

describe("how checks of many images end", () => {
  const all = Array.from({ length: 30 }, () => item());
  test.each<[string, VerifiedItem[], string, boolean]>([
    ["well", all, "30 images were checked", false],
    [
      "with a tampered one",
      [...all, item({ badge: "tampered", name: "b.sif" })],
      "b.sif is tampered with",
      true,
    ],
    [
      "with two that could not be read",
      [...all, item({ badge: "cantCheck", error }), item({ badge: "cantCheck", error })],
      "2 of 32 images could not be checked",
      true,
    ],
  ])("%s", (_, items, text, urgent) => {
    expect(endingOf(done({ kind: "verified", items }))).toEqual({ text, urgent });
  });
});

import { describe, expect, test } from "vitest";

import type { PushPlanItem, PushPlanView, TagEffect } from "$bindings";

import { pushWords, roomLeft } from "./words";

const tag = (more: Partial<TagEffect> = {}): TagEffect => ({
  tag: "1.20",
  effect: "new",
  oldHash: null,
  oldDate: null,
  ...more,
});
const item = (more: Partial<PushPlanItem> = {}): PushPlanItem => ({
  image: 1,
  name: "samtools_1.20.sif",
  container: "samtools",
  containerIsNew: false,
  arch: "amd64",
  size: 1_200_000_000,
  hash: `sha256.${"9f31".repeat(16)}`,
  isThere: false,
  tags: [tag()],
  tagsIfSigned: null,
  leavesSignatures: false,
  badge: "verified",
  gate: { kind: "open" },
  ...more,
});
const plan = (items: PushPlanItem[], more: Partial<PushPlanView> = {}): PushPlanView => ({
  plan: "p",
  items,
  upload: 1_200_000_000,
  quota: null,
  fits: true,
  ifSigned: null,
  makes: [],
  ...more,
});
const moved = tag({
  tag: "latest",
  effect: "moves",
  oldHash: `sha256.${"77c0".repeat(16)}`,
  oldDate: Date.UTC(2020, 4, 2) / 1000,
});

const pushSentences = (view: PushPlanView, place: string): string[] => pushWords(view, place).always;

describe("what a push would do", () => {
  test("of an unsigned image differs by the button: signing makes other bytes", () => {
    const unsigned = item({
      isThere: true,
      tags: [tag({ effect: "stays" })],
      tagsIfSigned: [{ ...moved, tag: "1.20" }],
      badge: "notSigned",
      gate: { kind: "unsigned" },
    });
    const view = plan([unsigned], { upload: 0, ifSigned: { upload: 1_200_002_048, fits: true } });
    expect(pushWords(view, "tom/tools")).toEqual({
      always: ["The container samtools exists."],
      signed: [
        "1.20 (amd64) moves from 77c077c0 (2 May 2020) to this file; 77c077c0 stays available by its hash.",
        "1.2 GB up.",
      ],
      unsigned: ["1.20 leads to this image already.", "It is there already: nothing changes."],
    });
  });
  test("of a new unsigned image is the same by both buttons", () => {
    const unsigned = item({ tagsIfSigned: [tag()], badge: "notSigned", gate: { kind: "unsigned" } });
    const view = plan([unsigned], { ifSigned: { upload: 1_200_002_048, fits: true } });
    expect(pushWords(view, "tom/tools")).toMatchObject({ signed: [], unsigned: [] });
  });
  test("a new tag, and room that is left", () => {
    const view = plan([item()], { quota: { used: 1e9, total: 4.4e9 } });
    expect(pushSentences(view, "tom/tools")).toEqual([
      "The container samtools exists.",
      "1.20 is new.",
      "1.2 GB up, 2.2 GB left.",
    ]);
  });
  test("a tag that moves names the image before, which stays", () => {
    expect(pushSentences(plan([item({ tags: [moved] })]), "tom/tools")[1]).toBe(
      "latest (amd64) moves from 77c077c0 (2 May 2020) to this file; 77c077c0 stays available by its hash.",
    );
  });
  test("bytes that are there are not sent again", () => {
    const there = item({ isThere: true, tags: [tag({ effect: "stays" })] });
    expect(pushSentences(plan([there], { upload: 0 }), "tom/tools")).toEqual([
      "The container samtools exists.",
      "1.20 leads to this image already.",
      "It is there already: nothing changes.",
    ]);
    const tagged = item({ isThere: true, tags: [tag({ effect: "stays" }), tag({ tag: "new" })] });
    expect(pushSentences(plan([tagged], { upload: 0 }), "tom/tools").at(-1)).toBe(
      "Its bytes are there already: only tags change.",
    );
  });
  test("what is made is said first", () => {
    const view = plan([item({ containerIsNew: true })], { makes: ["tom/new"] });
    expect(pushSentences(view, "tom/new").slice(0, 2)).toEqual([
      "tom/new is made.",
      "The container samtools is new.",
    ]);
  });
  test("of several, those that move are named by their container, the blocked ones left out", () => {
    const blocked = item({
      gate: {
        kind: "blocked",
        error: { code: "image-tampered", message: "x", hint: null, causes: [], retryable: false },
      },
    });
    const [first, second, third] = pushSentences(
      plan([item({ tags: [moved] }), item({ isThere: true }), blocked]),
      "tom/tools",
    );
    expect(first).toBe("2 images are pushed to tom/tools.");
    expect(second).toMatch(/^latest of samtools \(amd64\) moves from 77c077c0/u);
    expect(third).toBe("1.2 GB up. 1 of them is there already.");
  });
  test("nothing that can be pushed says nothing", () => {
    expect(pushSentences(plan([]), "tom/tools")).toEqual([]);
  });
  test("without a limit there is no room to count", () => {
    expect(roomLeft(null, 1)).toBeUndefined();
    expect(roomLeft({ used: 1, total: null }, 1)).toBeUndefined();
    expect(roomLeft({ used: 4, total: 5 }, 3)).toBe(-2);
  });
});

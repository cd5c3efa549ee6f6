import { describe, expect, test } from "vitest";

import { asFingerprint, type Entry, find, looksLikePath, scoreOf } from "./search";

const run = (): void => undefined;
const entry = (id: string, section: Entry["section"], title: string, more: Partial<Entry> = {}): Entry => ({
  id,
  section,
  title,
  run,
  ...more,
});

const entries: Entry[] = [
  entry("open.images", "actions", "Open a SIF file…"),
  entry("new.key", "actions", "Create a key…"),
  entry("go.keys", "goTo", "Keys"),
  entry("image.1", "images", "samtools_1.19.sif", { detail: "/home/tom/Containers" }),
  entry("image.2", "images", "r-env.sif", { words: "Anna Ruiz" }),
  entry("key.A", "keys", "Anna Ruiz", { words: "anna@lab.example.org" }),
  entry("setting.theme", "settings", "Theme", { detail: "Appearance" }),
];
const ids = (text: string, recent: string[] = []): string[] =>
  find(entries, text, recent).map(({ id }) => id);

describe("find", () => {
  test("without a text: recents, then actions and places", () => {
    expect(ids("", ["key.A"])).toEqual(["key.A", "open.images", "new.key", "go.keys"]);
  });
  test("a recent that is gone is left out", () => {
    expect(ids("", ["image.99"])).toEqual(["open.images", "new.key", "go.keys"]);
  });
  test.each([
    ["key", ["new.key", "go.keys"]],
    ["anna", ["image.2", "key.A"]],
    ["1.19", ["image.1"]],
    ["appearance", ["setting.theme"]],
    ["anna ruiz", ["image.2", "key.A"]],
    ["zzz", []],
  ])("%s", (text, wanted) => {
    expect(ids(text)).toEqual(wanted);
  });
  test("the start of a title counts more than its middle", () => {
    const words = ["key"];
    expect(scoreOf({ title: "Keys" }, words)).toBeGreaterThan(scoreOf({ title: "Create a key…" }, words));
    expect(scoreOf({ title: "Create a key…" }, words)).toBeGreaterThan(scoreOf({ title: "monkey" }, words));
  });
  test("characters of expressions are only characters", () => {
    expect(() => ids("(*[\\")).not.toThrow();
  });
  test("a direct entry goes first whatever the text", () => {
    const direct = entry("open.path", "open", "Inspect /x.sif");
    expect(find([...entries, direct], "/x.sif", [])[0]?.id).toBe("open.path");
  });
});

describe("what can be opened directly", () => {
  test.each([
    ["/data/x.sif", true],
    ["~/x", true],
    ["./x", true],
    ["file:///data/x.sif", true],
    ["C:\\images\\x.sif", true],
    ["x.SIF", true],
    ["samtools", false],
    ["library://a/b", false],
  ])("path %s: %s", (text, yes) => {
    expect(looksLikePath(text)).toBe(yes);
  });
  const full = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";
  test.each([
    [full, full],
    ["4a1d 90c7 e2b8 5f33 06ae  71d4 9c2f b850 e6a3 1d7b", full],
    [`0x${full}`, full],
    [`OPENPGP4FPR:${full}`, full],
    ["E6A31D7B", undefined],
    ["9C2FB850E6A31D7B", undefined],
    [`${full}0`, undefined],
  ])("fingerprint %s", (text, wanted) => {
    expect(asFingerprint(text)).toBe(wanted);
  });
});

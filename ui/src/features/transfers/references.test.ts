import { describe, expect, test } from "vitest";

import type { ReferenceView } from "$bindings";

import {
  asSha256,
  isTag,
  looksLikeReference,
  piecesOf,
  shortHash,
  splitReferences,
  tagOfName,
} from "./references";

const HASH = "9f31".repeat(16);

describe("what a text is", () => {
  test.each([
    ["library://a/b/c:1", true],
    ["oras://ghcr.io/group/image:1", true],
    ["docker://alpine", true],
    ["https://example.org/x.sif", true],
    ["a/b/c", true],
    ["a/b:1.2,latest", true],
    ["samtools", false],
    ["a/b/x.sif", false],
    ["/data/a/b", false],
    ["two words/here", false],
    ["library://", false],
  ])("%s as a reference: %s", (text, yes) => {
    expect(looksLikeReference(text)).toBe(yes);
  });
  test("several are split at blanks and lines, each once, and never too many", () => {
    expect(splitReferences(" a/b\n c/d\ta/b ")).toEqual(["a/b", "c/d"]);
    expect(splitReferences(Array.from({ length: 80 }, (_, n) => `a/${String(n)}`).join(" "))).toHaveLength(
      50,
    );
  });
  test.each([
    [`sha256.${HASH}`, `sha256:${HASH}`],
    [`sha256:${HASH.toUpperCase()}`, `sha256:${HASH}`],
    [` ${HASH} `, `sha256:${HASH}`],
    ["sif.1234", undefined],
    [HASH.slice(1), undefined],
    [null, undefined],
  ])("hash %s", (text, wanted) => {
    expect(asSha256(text)).toBe(wanted);
  });
});

describe("names", () => {
  test.each([
    ["samtools_1.20.sif", "1.20"],
    ["samtools.sif", undefined],
    ["r-env_latest.sif", "latest"],
    ["a_sha256.12ab.sif", undefined],
    ["a_b c.sif", undefined],
  ])("the tag of %s", (name, tag) => {
    expect(tagOfName(name)).toBe(tag);
  });
  test.each([
    ["1.20", true],
    ["latest", true],
    ["-x", false],
    ["a/b", false],
    ["", false],
    [`sha256.${HASH}`, false],
  ])("tag %s: %s", (tag, may) => {
    expect(isTag(tag)).toBe(may);
  });
  test("a hash is shown by its first digits", () => {
    expect(shortHash(`sha256.${HASH}`)).toBe("9f319f31");
    expect(shortHash("sif.0123456789")).toBe("01234567");
  });
  test("a path has the pieces that the reference has", () => {
    const reading = { server: "ghcr.io", entity: null, collection: "group/sub", container: "image" };
    expect(piecesOf(reading as ReferenceView)).toEqual(["ghcr.io", "group", "sub", "image"]);
  });
});

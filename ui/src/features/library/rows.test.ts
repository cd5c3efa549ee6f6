import { describe, expect, test } from "vitest";

import type { ContainerView, ErrorCode, LibraryImage, LibraryRow } from "$bindings";

import { allImages, latestFor } from "./container.svelte";
import { above, isSort, lettersMissing, rowLabel, sortRows, troubleOf } from "./rows";

const row = (name: string, more: Partial<LibraryRow> = {}): LibraryRow => ({
  kind: "container",
  name,
  path: `tom/tools/${name}`,
  description: "",
  isPrivate: false,
  items: 1,
  size: 1000,
  changed: 1,
  architectures: ["amd64"],
  ...more,
});
const names = (rows: LibraryRow[]): string[] => rows.map((one) => one.name);

describe("rows", () => {
  test("names as people count, and what is not known last both ways", () => {
    expect(names(sortRows([row("a10"), row("a9")], { by: "name", down: false }))).toEqual(["a9", "a10"]);
    const rows = [row("a", { size: null }), row("b", { size: 2 }), row("c", { size: 3 })];
    expect(names(sortRows(rows, { by: "size", down: true }))).toEqual(["c", "b", "a"]);
    expect(names(sortRows(rows, { by: "size", down: false }))).toEqual(["b", "c", "a"]);
  });
  test("are read out in order", () => {
    expect(rowLabel(row("a", { isPrivate: true, description: "x" }))).toBe(
      "a, Container, private, x, 1 image, 1 kB, amd64",
    );
  });
  test("refuse a remembered sort of another form", () => {
    expect(isSort({ by: "size", down: true })).toBe(true);
    expect(isSort({ by: "toString", down: true })).toBe(false);
    expect(isSort("size")).toBe(false);
  });
  test("places above, and letters that are missing", () => {
    expect([above("a/b/c"), above("a"), above("")]).toEqual(["a/b", "", ""]);
    expect([lettersMissing(""), lettersMissing(" a "), lettersMissing("abc")]).toEqual([0, 2, 0]);
  });
});

describe("what helps", () => {
  test.each<[ErrorCode, string, string[]]>([
    ["token-missing", "a", ["signIn"]],
    ["token-expired", "a", ["signIn"]],
    ["forbidden", "a", ["up", "signIn"]],
    ["forbidden", "", ["signIn"]],
    ["not-found-or-private", "a/b", ["up", "signIn"]],
    ["service-missing", "", ["thisComputer"]],
    ["offline", "", ["again", "thisComputer"]],
    ["tls-issuer-unknown", "", ["again", "thisComputer"]],
  ])("%s at “%s”", (code, path, fixes) => {
    const error = { code, message: "x", hint: null, causes: [], retryable: false };
    expect(troubleOf(error, { remoteName: "Lab", path }).fixes).toEqual(fixes);
  });
});

describe("images of a container", () => {
  const image = (hash: string, arch: string, created: number): LibraryImage =>
    ({ hash, arch, created, tags: [] }) as unknown as LibraryImage;
  const [old, young, other] = [image("a", "amd64", 1), image("b", "amd64", 2), image("c", "arm64", 3)];
  const view = (tags: ContainerView["tags"]): ContainerView =>
    ({ ownArchitecture: "amd64", tags, untagged: [old] }) as unknown as ContainerView;
  test("each is counted once", () => {
    const tags = [
      { tag: "latest", images: [young, other] },
      { tag: "2", images: [young] },
    ];
    expect(allImages(view(tags))).toEqual([young, other, old]);
  });
  test("latest is what the tag leads to, here; without that tag the newest", () => {
    expect(
      latestFor(
        view([
          { tag: "latest", images: [old, other] },
          { tag: "2", images: [young] },
        ]),
      ),
    ).toBe(old);
    expect(
      latestFor(
        view([
          { tag: "1", images: [old] },
          { tag: "2", images: [young] },
        ]),
      ),
    ).toBe(young);
    expect(latestFor(view([{ tag: "latest", images: [other] }]))).toBeUndefined();
  });
});

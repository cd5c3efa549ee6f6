import { describe, expect, it } from "vitest";

import type { ImageRow } from "$bindings";

import { filterRows, isSort, lastPart, rowLabel, sortRows } from "./rows";

const row = (id: number, more: Partial<ImageRow> = {}): ImageRow => ({
  id,
  name: `image-${id}.sif`,
  folder: "/data",
  state: { kind: "ready" },
  badge: "verified",
  signer: "Anna Ruiz",
  arch: "amd64",
  size: id * 1000,
  created: id,
  modified: null,
  source: null,
  lastOpened: null,
  checkedAt: null,
  ...more,
});
const ids = (rows: ImageRow[]): number[] => rows.map((entry) => entry.id);

describe("sortRows", () => {
  it("sorts names as people count", () => {
    expect(ids(sortRows([row(10), row(9), row(1)], { by: "name", down: false }))).toEqual([1, 9, 10]);
  });
  it("keeps what is not known last, both ways", () => {
    const rows = [row(1, { size: null }), row(2), row(3)];
    expect(ids(sortRows(rows, { by: "size", down: false }))).toEqual([2, 3, 1]);
    expect(ids(sortRows(rows, { by: "size", down: true }))).toEqual([3, 2, 1]);
  });
  it("shows the worst badge first", () => {
    const rows = [row(1), row(2, { badge: "notSigned" }), row(3, { badge: "tampered" })];
    expect(ids(sortRows(rows, { by: "badge", down: false }))).toEqual([3, 2, 1]);
  });
});

describe("filterRows", () => {
  const folder = { id: 1, name: "data", path: "/data", images: 1, state: { kind: "watching" as const } };
  it("takes a folder with what lies below it, not its neighbours", () => {
    const rows = [row(1), row(2, { folder: "/data/sub" }), row(3, { folder: "/data2" })];
    expect(ids(filterRows(rows, folder, ""))).toEqual([1, 2]);
  });
  it("wants every word, in any column", () => {
    const rows = [row(1), row(2, { badge: "tampered" }), row(3, { signer: null })];
    expect(ids(filterRows(rows, undefined, "anna tampered"))).toEqual([2]);
  });
});

describe("rows", () => {
  it("are read out in order", () => {
    expect(rowLabel(row(2))).toBe("image-2.sif, Verified, Anna Ruiz, 2 kB, amd64");
    expect(rowLabel(row(2, { signer: null, arch: null, size: null }))).toBe("image-2.sif, Verified");
  });
  it("refuse a remembered sort of another form", () => {
    expect(isSort({ by: "name", down: true })).toBe(true);
    expect(isSort({ by: "__proto__", down: true })).toBe(false);
    expect(isSort(null)).toBe(false);
  });
  it("name folders of both kinds of paths", () => {
    expect([lastPart("/a/b/"), lastPart("C:\\x\\y")]).toEqual(["b", "y"]);
  });
});

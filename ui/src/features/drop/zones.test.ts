import { describe, expect, it } from "vitest";

import type { DropView } from "$bindings";

import { hit, isUnknown, refusal, zonesFor } from "./zones";

const drop = (more: Partial<DropView>): DropView => ({
  files: "f",
  images: 0,
  keys: 0,
  definitions: 0,
  folders: 0,
  others: 0,
  names: ["a.sif"],
  seemsToBe: null,
  ...more,
});
const actions = (view: DropView): string[] =>
  zonesFor(view, { name: "tom@lab" }, "tom/tools").map((zone) => zone.action);

describe("zonesFor", () => {
  it.each([
    [drop({ images: 1 }), ["inspect", "verify", "sign", "push"]],
    [drop({ keys: 2 }), ["importKeys"]],
    [drop({ folders: 1 }), ["addFolders"]],
    [drop({ images: 1, keys: 1 }), ["sort"]],
    [drop({ images: 1, others: 3 }), ["sort"]],
    [drop({ others: 2 }), []],
    [drop({ definitions: 1 }), []],
  ])("case %#", (view, wanted) => {
    expect(actions(view)).toEqual(wanted);
  });
  it("says what an unknown file seems to be", () => {
    const view = drop({ others: 1, names: ["x.sif"], seemsToBe: "a PNG picture" });
    expect(isUnknown(view)).toBe(true);
    expect(refusal(view)).toBe("x.sif is not a SIF image. It seems to be a PNG picture.");
  });
});

describe("hit", () => {
  const places = [
    { left: 0, top: 0, right: 100, bottom: 100 },
    { left: 100, top: 0, right: 200, bottom: 50 },
  ];
  it.each([
    [0, 0, 0],
    [99.9, 50, 0],
    [100, 49, 1],
    [100, 50, -1],
    [-1, 0, -1],
  ])("%d,%d is %d", (x, y, index) => {
    expect(hit(places, x, y)).toBe(index);
  });
});

import { describe, expect, it } from "vitest";

import { formatRoute, parseRoute, type Route } from "./route";

const places: Route[] = [
  { name: "home" },
  { name: "images" },
  { name: "images", select: [3, 4] },
  { name: "image", id: 3 },
  { name: "image", id: 3, tab: "parts" },
  { name: "library" },
  { name: "library", remote: "this-computer" },
  { name: "library", remote: "remote:a/b %", path: "tom/tools" },
  { name: "library", find: { text: "sam tools & ?=#%" } },
  { name: "library", remote: "remote:Lab", path: "tom", find: { text: "gatk", arch: "arm64", signed: true } },
  { name: "container", remote: "this-computer", path: "tom/tools/samtools" },
  { name: "keys" },
  { name: "key", fingerprint: "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B" },
  { name: "activity" },
  { name: "activity", task: 7 },
  { name: "settings", section: "appearance" },
];

describe("routes", () => {
  it.each(places)("%o comes back from its text", (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });
  it.each([
    "",
    "#",
    "/nowhere",
    "/images/x",
    "/images/1e9",
    "/keys/../x",
    "/activity/-1",
    "/library/x/a/b/c/d",
    "/library/%",
    "/library/x/a%2Fb",
  ])("%s is no place", (text) => {
    expect(parseRoute(text)).toBeUndefined();
  });
  it("a search belongs to a level, and an empty one is none", () => {
    expect(parseRoute("/library?find=%20")).toEqual({ name: "library" });
    expect(parseRoute("/library/r/a/b/c?find=x")).toEqual({ name: "container", remote: "r", path: "a/b/c" });
    expect(parseRoute("/library/r/%?find=x")).toBeUndefined();
  });
  it("falls back to the overview on an unknown tab", () => {
    expect(parseRoute("/images/3/nonsense")).toEqual({ name: "image", id: 3 });
  });
});

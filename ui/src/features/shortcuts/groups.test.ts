import { expect, test } from "vitest";

import { groupsOf } from "./groups";

const commands = [
  { id: "palette", title: () => "Search" },
  { id: "go.home", title: () => "Home" },
  { id: "verify.current", title: () => "Verify" },
  { id: "zoom.in", title: () => "Zoom in" },
  { id: "without", title: () => "No keys" },
];
const keysOf = (id: string): string[] => (id === "without" ? [] : ["Ctrl+X"]);

test("commands stand in groups; one without keys is left out", () => {
  const groups = groupsOf(commands, keysOf, { modKey: "Ctrl", singleKeys: true });
  expect(groups.map((group) => group.id)).toEqual(["everywhere", "goTo", "image", "view", "lists", "sheets"]);
  expect(groups.flatMap((group) => group.lines).some((line) => line.id === "without")).toBe(false);
});

test("single keys are listed only while they work", () => {
  const keys = (singleKeys: boolean): string[] =>
    groupsOf([], keysOf, { modKey: "Cmd", singleKeys }).flatMap((group) =>
      group.lines.flatMap((line) => line.keys),
    );
  expect(keys(true)).toContain("V");
  expect(keys(false)).not.toContain("V");
  expect(keys(false)).toContain("Cmd+Backspace");
});

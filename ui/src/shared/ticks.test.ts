import { expect, it } from "vitest";

import { plainText, splitTicks } from "./ticks";

it("sets names apart", () => {
  expect(splitTicks("`a b.sif` is empty")).toEqual([
    { text: "a b.sif", named: true },
    { text: " is empty", named: false },
  ]);
  expect(splitTicks("it's a ` alone")).toEqual([{ text: "it's a ` alone", named: false }]);
});

it("leaves the case of names alone", () => {
  expect(plainText("`a.sif` is empty")).toBe("a.sif is empty");
  expect(plainText("no space is left on `disk`")).toBe("No space is left on disk");
});

import { expect, test } from "vitest";

import { offerOf } from "./offers";

const PRINT = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";

test.each([
  ["library://tom/tools/samtools:1.19", "pull"],
  ["tom/tools/samtools", "pull"],
  ["oras://ghcr.io/group/image:1", "pull"],
  ["https://example.org/a/x.sif", "pull"],
  [PRINT, "findKey"],
  ["4a1d 90c7 e2b8 5f33 06ae  71d4 9c2f b850 e6a3 1d7b", "findKey"],
  ["samtools", "search"],
  ["sa", undefined],
  ["/data/x.sif", undefined],
  ["~/x", undefined],
  ["x.sif", undefined],
])("%s is %s", (text, kind) => {
  expect(offerOf(text)?.kind).toBe(kind);
});

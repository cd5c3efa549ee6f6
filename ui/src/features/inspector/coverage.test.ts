import { describe, expect, test } from "vitest";

import type { ChangeView, SignatureResult } from "$bindings";

import { coverageOf } from "./coverage";

const change = (what: ChangeView["what"], part: number | null): ChangeView => ({ what, part, signature: 5 });
const of = (result: SignatureResult, ...changes: ChangeView[]): string =>
  coverageOf(4, { id: 5, covers: [1, 4], result }, changes);

describe("coverage", () => {
  test("a match is claimed only where the key proved it", () => {
    expect(of("good")).toBe("match");
    expect(of("untrustedKey")).toBe("match");
    expect(of("unknownKey")).toBe("agrees");
    expect(of("cantCheck")).toBe("unclear");
  });
  test("a changed part differs, the others of the same signature do not", () => {
    expect(of("tampered", change("data", 4))).toBe("differs");
    expect(of("tampered", change("data", 1))).toBe("match");
    expect(of("tampered", { ...change("data", 4), signature: 6 })).toBe("match");
  });
  test("what a broken signature says means nothing", () => {
    expect(of("tampered", change("signature", null))).toBe("unclear");
  });
  test("a part that is not covered", () => {
    expect(coverageOf(2, { id: 5, covers: [1, 4], result: "good" }, [])).toBe("none");
  });
});

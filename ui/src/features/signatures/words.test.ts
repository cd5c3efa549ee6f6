import { describe, expect, test } from "vitest";

import type { Badge, IntactView, SignatureView, VerdictView } from "$bindings";

import { cannotCheckLine, hashName, intactLine, signerName } from "./words";

const parts = [
  { id: 1, kind: "definition" as const },
  { id: 2, kind: "fileSystem" as const },
];
const intact = (more: Partial<IntactView>): IntactView => ({
  state: "all",
  partsTotal: 2,
  partsCovered: 2,
  uncovered: [],
  changes: [],
  ...more,
});
const line = (badge: Badge, more: Partial<IntactView>): string =>
  intactLine({ badge, intact: intact(more) }, parts);

describe("intact", () => {
  test("without the key nothing is said to be proven", () => {
    expect(line("verified", {})).toBe("All 2 parts match what was signed.");
    expect(line("unknownKey", {})).toBe(
      "All 2 parts agree with the signature, but only its key can prove it.",
    );
  });
  test("one part or several that are not covered", () => {
    expect(line("partlySigned", { state: "partly", partsCovered: 1, uncovered: [2] })).toBe(
      "1 of 2 parts are covered. Not covered: part 2 (file system). It may have been added later.",
    );
    expect(line("unknownKey", { state: "partly", partsCovered: 0, uncovered: [1, 2] })).toMatch(
      /They may have been added later\. Only its key can prove the signature\.$/u,
    );
  });
});

describe("what cannot be checked says why", () => {
  const verdict = (signatures: Partial<SignatureView>[]): VerdictView =>
    ({ badge: "cantCheck", signatures }) as VerdictView;
  test.each<[string, Partial<SignatureView>[], string]>([
    ["no signature to blame", [], "The file contradicts itself"],
    [
      "an unknown form",
      [{ result: "cantCheck", form: "unrecognized" }],
      "of a form that Sifter does not know",
    ],
    [
      "a refused hash",
      [{ result: "cantCheck", form: "openPgp", referenceError: "hash algorithm unsupported" }],
      "hash algorithm unsupported",
    ],
    ["a key of another kind", [{ result: "cantCheck", form: "openPgp", referenceError: null }], "of a kind"],
  ])("%s", (_, signatures, words) => {
    expect(cannotCheckLine(verdict(signatures))).toContain(words);
  });
});

test.each([
  [{ signer: null, keyKnown: false, form: "dsse" }, "A PEM key"],
  [{ signer: null, keyKnown: false, form: "openPgp" }, "A key that is not on this computer"],
  [{ signer: null, keyKnown: true, form: "openPgp" }, "No name in the key"],
  [{ signer: "Anna <a@b.c>", keyKnown: true, form: "openPgp" }, "Anna <a@b.c>"],
] as const)("%j is signed by %s", (signature, name) => {
  expect(signerName(signature as unknown as SignatureView)).toBe(name);
});

test("hashes are spelled in one way", () => {
  expect(["SHA256", "SHA-512", "SHA1", "BLAKE2b"].map(hashName)).toEqual([
    "SHA-256",
    "SHA-512",
    "SHA1",
    "BLAKE2b",
  ]);
});

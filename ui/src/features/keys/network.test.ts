import { describe, expect, test } from "vitest";

import type { KeyHit, RemotesView } from "$bindings";

import { makeRemote, servicesOf } from "../../host/browser/remotes";
import {
  bareFingerprint,
  firstToAsk,
  hasKeyserver,
  hitFacts,
  hitName,
  isWhole,
  keyserverName,
  withKeyserver,
} from "./network";

const none = servicesOf("a.example.org", false, ["keyserver"]);
const skipped = {
  address: "hkps://keys.example.net",
  isExternal: true,
  isSkipped: true,
  isInsecure: false,
};
const hit: KeyHit = {
  fingerprint: "A".repeat(40),
  names: [],
  algorithm: "RSA",
  bits: 4096,
  created: 86_400,
  expires: null,
  isRevoked: true,
  isExpired: true,
  isHere: false,
};

describe("remotes with keyservers", () => {
  test.each([
    ["one that names one", makeRemote("A", "a.example.org"), true],
    ["one that was not asked yet", makeRemote("A", "a.example.org", { services: null }), true],
    ["one without", makeRemote("A", "a.example.org", { services: none }), false],
    [
      "one with its own list",
      makeRemote("A", "a.example.org", { services: none, keyservers: [{ ...skipped, isSkipped: false }] }),
      true,
    ],
    ["one that skips all", makeRemote("A", "a.example.org", { keyservers: [skipped] }), false],
  ])("%s", (_, remote, has) => {
    expect(hasKeyserver(remote)).toBe(has);
  });
  test("the one in use is asked first, if it can be asked", () => {
    const view = {
      remotes: [
        makeRemote("A", "a.example.org", { services: none }),
        makeRemote("B", "b.example.org"),
        makeRemote("C", "c.example.org"),
      ],
      current: "remote:C",
      exclusive: null,
    } as unknown as RemotesView;
    expect(firstToAsk(view)).toBe("remote:C");
    expect(firstToAsk({ ...view, current: "remote:A" })).toBe("remote:B");
    expect(withKeyserver({ ...view, exclusive: "remote:B" }).map((remote) => remote.id)).toEqual([
      "remote:B",
    ]);
    expect(firstToAsk(undefined)).toBe("");
  });
  test("a keyserver is named without its scheme, skipped ones left out", () => {
    const other = { ...skipped, address: "https://keys.example.org/", isSkipped: false };
    expect(keyserverName(makeRemote("A", "a.example.org", { keyservers: [skipped, other] }))).toBe(
      "keys.example.org",
    );
    expect(keyserverName(makeRemote("A", "a.example.org"))).toBe("keys.a.example.org");
  });
});

describe("what is looked for", () => {
  test.each([
    ["4A1D 90C7 E2B8 5F33 06AE 71D4 9C2F B850 E6A3 1D7B", true],
    ["0x4a1d90c7e2b85f3306ae71d49c2fb850e6a31d7b", true],
    ["f".repeat(64), true],
    ["E6A31D7B", false],
    ["0xB850E6A31D7BB850", false],
    [`${"A".repeat(39)}G`, false],
  ])("%s is a whole fingerprint: %s", (text, whole) => {
    expect(isWhole(bareFingerprint(text))).toBe(whole);
  });
  test("a hit without a name says so, and a revoked one is not called expired", () => {
    expect(hitName(hit)).toBe("No name published");
    expect(hitFacts(hit)).toBe("RSA, 4,096 bits · created 2 Jan 1970 · Revoked");
    expect(hitFacts({ ...hit, algorithm: "RSA 4096", isRevoked: false })).toContain("RSA 4096 · created");
  });
});

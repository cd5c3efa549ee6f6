import { expect, test } from "vitest";

import type { Badge, SignatureView } from "$bindings";

import { stepsOf } from "./next";
import { badgeOrder } from "./badges";

const PRINT = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";
const signature = (more: Partial<SignatureView> = {}): SignatureView =>
  ({ form: "openPgp", fingerprint: PRINT, keyId: null, trust: null, ...more }) as SignatureView;

test.each<[Badge, Partial<SignatureView>, boolean, string[]]>([
  ["verified", {}, false, ["push"]],
  ["unknownKey", {}, false, ["findKey", "importKey"]],
  ["unknownKey", { fingerprint: null, keyId: "9C2FB850E6A31D7B" }, false, ["findKey", "importKey"]],
  ["unknownKey", { fingerprint: null }, false, ["importKey"]],
  ["unknownKey", { form: "dsse" }, false, []],
  ["untrustedKey", {}, false, ["compare"]],
  ["untrustedKey", { trust: { level: "blocked" } as SignatureView["trust"] }, false, ["details"]],
  ["revokedKey", {}, false, ["details"]],
  ["expiredKey", {}, false, ["refreshKey", "details"]],
  ["partlySigned", {}, false, ["showParts"]],
  ["oldSignature", {}, false, ["details"]],
  ["tampered", {}, true, ["pull", "showChanged", "trash"]],
  ["tampered", {}, false, ["showChanged", "trash"]],
  ["notSigned", {}, false, ["sign"]],
  ["notChecked", {}, false, ["verify"]],
  ["cantCheck", {}, false, ["details"]],
])("%s with %o, to be pulled: %s, leads to %s", (badge, more, canPull, kinds) => {
  expect(stepsOf({ badge, signature: signature(more), canPull }).map((step) => step.kind)).toEqual(kinds);
});

test("no badge is left without a step", () => {
  for (const badge of badgeOrder) {
    expect(stepsOf({ badge, signature: signature(), canPull: false }), badge).not.toEqual([]);
  }
});

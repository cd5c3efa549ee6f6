/** The closed list of badges, word for word: text, headline, shape. A change here is a change of what people rely on. */

import { describe, expect, test } from "vitest";

import type { Badge } from "../src/bindings";
import { badgeOfResult, badgeOrder, badgeWord, toneOf } from "../src/features/signatures/badges";
import { en } from "../src/messages/en";
import type { Tone } from "../src/shared/tone";

const TABLE: [Badge, string, string, Tone][] = [
  ["verified", "Verified", "Verified", "good"],
  ["unknownKey", "Unknown key", "Can't confirm the signer", "unsure"],
  ["untrustedKey", "Untrusted key", "Signer not confirmed by you", "unsure"],
  ["revokedKey", "Revoked key", "The key was revoked", "unsure"],
  ["expiredKey", "Expired key", "The key had expired", "unsure"],
  ["partlySigned", "Partly signed", "Not everything is signed", "unsure"],
  ["oldSignature", "Old signature", "Signed in an old format", "unsure"],
  ["tampered", "Tampered", "This is not what was signed", "bad"],
  ["notSigned", "Not signed", "Not signed", "neutral"],
  ["notChecked", "Not checked", "Not checked yet", "neutral"],
  ["cantCheck", "Can't check", "Can't check", "neutral"],
];

describe("badges", () => {
  test.each(TABLE)("%s", (badge, word, headline, tone) => {
    expect(badgeWord(badge)).toBe(word);
    expect(en[`signatures.headline.${badge}`]).toBe(headline);
    expect(toneOf(badge)).toBe(tone);
  });
  test("the list is closed, and each has its place in the order", () => {
    expect([...badgeOrder].sort()).toEqual(TABLE.map(([badge]) => badge).sort());
    expect(badgeOrder[0]).toBe("tampered");
    expect(badgeOrder.at(-1)).toBe("verified");
  });
  test("only Verified is green and only Tampered is red", () => {
    expect(TABLE.filter(([, , , tone]) => tone === "good")).toHaveLength(1);
    expect(TABLE.filter(([, , , tone]) => tone === "bad")).toHaveLength(1);
  });
  test("a good signature alone is shown as verified, any other by its own name", () => {
    expect(badgeOfResult("good")).toBe("verified");
    expect(badgeOfResult("oldSignature")).toBe("oldSignature");
  });
});

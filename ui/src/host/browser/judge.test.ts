/** The browser's host judges by the same table as the program: one image of every badge. */

import { describe, expect, test } from "vitest";

import type { Badge } from "$bindings";

import { makeWorld } from "./start";

const world = makeWorld("full", "en");
const wanted: [string, Badge][] = [
  ["samtools_1.19.sif", "verified"],
  ["r-env.sif", "unknownKey"],
  ["gatk_4.5.sif", "untrustedKey"],
  ["blast_2.15.sif", "revokedKey"],
  ["star_2.7.sif", "expiredKey"],
  ["bwa_0.7.sif", "partlySigned"],
  ["legacy-tool.sif", "oldSignature"],
  ["salmon_1.10.sif", "tampered"],
  ["draft.sif", "notSigned"],
  ["huge-reference.sif", "notChecked"],
  ["photo.sif", "cantCheck"],
];

describe("badges", () => {
  test.each(wanted)("%s is %s", (name, badge) => {
    expect(world.images.find((image) => image.row.name === name)?.row.badge).toBe(badge);
  });
  test("every badge is shown by an image", () => {
    expect(new Set(wanted.map(([, badge]) => badge)).size).toBe(11);
  });
});

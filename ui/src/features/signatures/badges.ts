/** The closed list of badges: their family (shape and colour) and their words. */

import type { Badge, SignatureResult } from "$bindings";
import { t } from "$messages";
import type { Tone } from "$shared/tone";

const TONES: Record<Badge, Tone> = {
  verified: "good",
  unknownKey: "unsure",
  untrustedKey: "unsure",
  revokedKey: "unsure",
  expiredKey: "unsure",
  partlySigned: "unsure",
  oldSignature: "unsure",
  tampered: "bad",
  notSigned: "neutral",
  notChecked: "neutral",
  cantCheck: "neutral",
};

export function toneOf(badge: Badge): Tone {
  return TONES[badge];
}

/** The badge's exact words. */
export function badgeWord(badge: Badge): string {
  return t(`signatures.badge.${badge}`);
}

/** The badge that stands for one signature's result. */
export function badgeOfResult(result: SignatureResult): Badge {
  return result === "good" ? "verified" : result;
}

/** From the best to the worst, for sorting lists: worst state wins. */
export const badgeOrder: readonly Badge[] = [
  "tampered",
  "revokedKey",
  "expiredKey",
  "unknownKey",
  "untrustedKey",
  "partlySigned",
  "oldSignature",
  "notSigned",
  "cantCheck",
  "notChecked",
  "verified",
];

/** How keys are named and described; pure. */

import type { Comparison, KeyRow, KeyView, TrustView } from "$bindings";
import { t } from "$messages";
import { formatDay } from "$shared/format";

/** The name to show; a key without one says so. */
export function nameOf(key: Pick<KeyRow, "name" | "mail">): string {
  return key.name ?? key.mail ?? t("keys.noName");
}

/** Name and mail in one line. */
export function whoOf(key: Pick<KeyRow, "name" | "mail">): string {
  if (key.name === null || key.mail === null) return nameOf(key);
  return `${key.name} <${key.mail}>`;
}

/** What must be typed before the key is destroyed. */
export function typedNameOf(key: Pick<KeyRow, "name" | "mail" | "fingerprint">): string {
  // What was not seen in a name and is written out cannot be typed.
  const typable = [key.name, key.mail].find((name) => name !== null && !name.includes("\\u{"));
  return typable ?? key.fingerprint;
}

/** Its state with the date that belongs to it. */
export function stateLine(key: KeyRow, revokedAt: number | null = null, now = Date.now() / 1000): string {
  if (key.state === "revoked") {
    return revokedAt === null ? t("keys.state.revoked") : t("keys.revokedOn", { date: formatDay(revokedAt) });
  }
  if (key.state === "notForSigning" || key.state === "secretLost") return t(`keys.state.${key.state}`);
  if (key.expires === null) return t("keys.neverExpires");
  const date = formatDay(key.expires);
  return key.expires < now ? t("keys.expiredOn", { date }) : t("keys.expiresOn", { date });
}

const DAY = 86_400;

/** Days until then; one that has begun counts. */
export function daysLeft(expires: number, now: number): number {
  return Math.max(1, Math.ceil((expires - now) / DAY));
}

const RECORDS = {
  pasted: "keys.record.pasted",
  readAloud: "keys.record.readAloud",
  notCompared: "keys.record.notCompared",
  fromCommandLine: "keys.record.fromCommandLine",
} as const satisfies Record<Comparison, string>;

/** Why the key is trusted or not, in one sentence. */
export function trustRecord(trust: TrustView): string {
  switch (trust.level) {
    case "yours":
      return t("keys.record.yours");
    case "trustedByAdministrator":
      return t("keys.record.administrator");
    case "notTrusted":
      return t("keys.record.notTrusted");
    case "blocked":
      return t("keys.record.blocked");
    case "trustedByYou": {
      const record = RECORDS[trust.compared ?? "notCompared"];
      return t(record, { date: trust.since === null ? "–" : formatDay(trust.since) });
    }
  }
}

/** The reason of a revocation as a person reads it; free text stays as it is. */
export function reasonWords(reason: string): string {
  switch (reason) {
    case "noReason":
    case "superseded":
    case "compromised":
    case "retired":
      return t(`keys.reason.${reason}`);
    default:
      return reason;
  }
}

/** Whether a search text is part of what the key shows; fingerprints with or without blanks. */
export function matchesKey(key: KeyRow, text: string): boolean {
  const wanted = folded(text.trim());
  if (wanted === "") return true;
  const names = [key.name, key.mail, key.comment].filter((part) => part !== null);
  if (names.some((part) => folded(part).includes(wanted))) return true;
  const digits = wanted.replace(/^0x/u, "").replaceAll(/[\s:]/gu, "");
  return digits.length >= 4 && key.fingerprint.toLowerCase().includes(digits);
}

/** In one spelling: the same letters may be written in several ways. */
function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Whether using the secret part asks for a passphrase. */
export function needsPassphrase(key: Pick<KeyRow, "protection" | "unlocked">): boolean {
  return key.protection !== "none" && !key.unlocked;
}

/** The dark modules of a QR code as one SVG path, one square each. */
export function qrPath(matrix: KeyView["qr"]): string {
  return matrix.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
}

/** Judges a stored image by the table of badges, so that trusting a key in the browser changes what is shown. */

import type {
  Badge,
  ChangeView,
  IntactState,
  PartIntegrityView,
  SignatureResult,
  SignatureView,
  VerdictView,
} from "$bindings";

import { now, type StoredImage, type StoredKey, type StoredSignature } from "./world";

export function judge(image: StoredImage, keys: readonly StoredKey[]): VerdictView {
  const plain = image.parts.filter((part) => part.kind !== "signature").map((part) => part.id);
  const signatures = image.signatures.map((signature) => judgeSignature(signature, keys));
  const good = signatures.filter((signature) => signature.result === "good");
  const counted = good.length > 0 ? good : signatures.filter((signature) => signature.result !== "tampered");
  const covered = new Set(counted.flatMap((signature) => signature.covers));
  const uncovered = plain.filter((id) => !covered.has(id));
  const badge = sumUp(signatures, uncovered);
  const decisive = signatures.find((signature) => badgeOf(signature.result) === badge) ?? good[0];
  return {
    image: image.row.id,
    badge,
    decisive: decisive?.id ?? null,
    intact: {
      state: intactState(badge, signatures, uncovered),
      partsTotal: plain.length,
      partsCovered: plain.length - uncovered.length,
      uncovered,
      changes: image.signatures.flatMap(changesOf),
    },
    signatures,
    parts: image.parts.map((part): PartIntegrityView => {
      const coveredBy = signatures.filter((s) => s.covers.includes(part.id)).map((s) => s.id);
      const changed = image.signatures.some((signature) => signature.differs === part.id);
      const state = changed ? "changed" : coveredBy.length > 0 ? "intact" : "notCovered";
      const digest = part.id.toString(16).padStart(2, "0").repeat(32);
      return {
        id: part.id,
        state: part.kind === "signature" ? "signature" : state,
        coveredBy,
        sha256: digest,
      };
    }),
    commandLine: {
      command: `apptainer verify --local ${image.row.name}`,
      exitCode: badge === "verified" || badge === "untrustedKey" ? 0 : 255,
      class: badge === "verified" || badge === "untrustedKey" ? "Ok" : "SignatureNotValid",
      stdout: "",
      stderr:
        badge === "notSigned" ? "FATAL: Failed to verify container: integrity: signature not found" : "",
      agrees: badge !== "untrustedKey",
    },
    checkedAt: now(),
  };
}

function judgeSignature(stored: StoredSignature, keys: readonly StoredKey[]): SignatureView {
  const key = keys.find((candidate) => candidate.row.fingerprint === stored.fingerprint);
  const expires = key?.row.expires ?? null;
  return {
    id: stored.id,
    form: stored.dsse ? "dsse" : stored.legacy === true ? "legacy" : "openPgp",
    result: resultOf(stored, key),
    fingerprint: stored.dsse ? null : stored.fingerprint,
    keyId: stored.dsse ? null : stored.fingerprint.slice(-16),
    fingerprintClaimed: key === undefined && !stored.dsse,
    signer: key === undefined || key.row.name === null ? null : `${key.row.name} <${key.row.mail ?? ""}>`,
    keyKnown: key !== undefined,
    trust: key?.row.trust ?? null,
    signedAt: stored.signedAt,
    notes: expires !== null && expires < now() && expires > stored.signedAt ? ["keyExpiredSince"] : [],
    keyExpiredAt: expires !== null && expires < now() ? expires : null,
    keyRevokedAt: key?.revokedAt ?? null,
    revocationReason: key?.revocationReason ?? null,
    hash: "SHA-256",
    group: stored.legacy === true ? null : 1,
    covers: stored.covers,
    dsseKeys: stored.dsse ?? [],
    referenceError: null,
  };
}

function resultOf(stored: StoredSignature, key: StoredKey | undefined): SignatureResult {
  if (stored.differs !== undefined) return "tampered";
  if (key === undefined) return "unknownKey";
  if (key.row.state === "revoked") return "revokedKey";
  if (key.row.expires !== null && key.row.expires < stored.signedAt) return "expiredKey";
  if (key.row.trust.level === "notTrusted" || key.row.trust.level === "blocked") return "untrustedKey";
  return stored.legacy === true ? "oldSignature" : "good";
}

const ORDER: SignatureResult[] = ["oldSignature", "untrustedKey", "expiredKey", "unknownKey", "revokedKey"];

function sumUp(signatures: SignatureView[], uncovered: number[]): Badge {
  const has = (result: SignatureResult): boolean =>
    signatures.some((signature) => signature.result === result);
  if (has("tampered")) return "tampered";
  if (has("good")) return uncovered.length === 0 ? "verified" : "partlySigned";
  return badgeOf(ORDER.find(has)) ?? "notSigned";
}

function badgeOf(result: SignatureResult | undefined): Badge | undefined {
  return result === "good" ? "verified" : result;
}

function intactState(badge: Badge, signatures: SignatureView[], uncovered: number[]): IntactState {
  if (badge === "tampered") return "differs";
  if (signatures.length === 0) return "unsigned";
  return uncovered.length === 0 ? "all" : "partly";
}

function changesOf(signature: StoredSignature): ChangeView[] {
  return signature.differs === undefined
    ? []
    : [{ what: "data", part: signature.differs, signature: signature.id }];
}

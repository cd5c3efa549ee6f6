/** The sentences about signatures: what is intact, who signed, whether the key is trusted. Pure. */

import type { ChangeView, PartView, SignatureNote, SignatureView, TrustView, VerdictView } from "$bindings";
import { t } from "$messages";
import { formatDay } from "$shared/format";

type Part = Pick<PartView, "id" | "kind">;
type Judged = Pick<VerdictView, "badge" | "intact">;

/** `Part 4 (file system)`. */
export function partName(id: number, parts: readonly Part[]): string {
  const part = parts.find((other) => other.id === id);
  if (!part) return t("signatures.part", { id: String(id) });
  return t("signatures.partKind", { id: String(id), kind: t(`signatures.kind.${part.kind}`) });
}

/** What differs, as one sentence. */
export function changeSentence(change: ChangeView, parts: readonly Part[]): string {
  const part = change.part === null ? t("signatures.aPart") : partName(change.part, parts);
  return t(`signatures.change.${change.what}`, { part });
}

/** The line **Intact**. Without the key, what a signature says is itself only a claim. */
export function intactLine({ badge, intact }: Judged, parts: readonly Part[]): string {
  switch (intact.state) {
    case "all":
      return t(badge === "unknownKey" ? "signatures.intact.agree" : "signatures.intact.all", {
        n: intact.partsTotal,
      });
    case "partly":
      return [
        t("signatures.intact.partly", {
          covered: intact.partsCovered,
          total: intact.partsTotal,
          n: intact.uncovered.length,
          parts: nameParts(intact.uncovered, parts),
        }),
        badge === "unknownKey" ? t("signatures.intact.unproven") : "",
      ]
        .filter(Boolean)
        .join(" ");
    case "differs":
      return differsLine(intact.changes, parts);
    case "unsigned":
      return t("signatures.intact.unsigned");
    case "unknown":
      return t("signatures.intact.unknown");
  }
}

function differsLine(changes: readonly ChangeView[], parts: readonly Part[]): string {
  const sentences = [...new Set(changes.map((change) => changeSentence(change, parts)))];
  const [first, ...more] = sentences;
  if (first === undefined) return t("signatures.intact.differs");
  const no = t("signatures.intact.no", { sentence: first });
  return more.length > 0 ? `${no} ${t("signatures.intact.more", { n: more.length })}` : no;
}

function nameParts(ids: readonly number[], parts: readonly Part[]): string {
  const shown = ids.slice(0, 4).map((id) => partName(id, parts));
  if (ids.length > shown.length) shown.push(t("common.andMore", { n: ids.length - shown.length }));
  return shown.join(", ");
}

/** The signature that the box speaks of. */
export function decisiveSignature(verdict: VerdictView): SignatureView | undefined {
  return verdict.signatures.find((signature) => signature.id === verdict.decisive) ?? verdict.signatures[0];
}

/** Why nothing can be said, for the badge **Can't check**. */
export function cannotCheckLine(verdict: VerdictView): string {
  const signature = verdict.signatures.find((other) => other.result === "cantCheck");
  if (!signature) return t("signatures.cantCheck.file");
  if (signature.form === "unrecognized") return t("signatures.cantCheck.form");
  if (signature.referenceError === null) return t("signatures.cantCheck.signature");
  return t("signatures.cantCheck.because", { reason: signature.referenceError });
}

/** `SHA256`, as OpenPGP spells it, is `SHA-256` everywhere else. */
export function hashName(name: string): string {
  return name.replace(/^SHA(?=\d{3}$)/u, "SHA-");
}

/** Name of the signer, or how the unknown key is called. */
export function signerName(signature: SignatureView): string {
  if (signature.signer !== null) return signature.signer;
  if (signature.keyKnown) return t("signatures.nameless");
  return t(signature.form === "dsse" ? "signatures.pemKey" : "signatures.unknownSigner");
}

/** The line **Trust**, when there is something to say. */
export function trustLine(signature: SignatureView): string | undefined {
  const name = signature.signer ?? t("signatures.theOwner");
  if (signature.result === "revokedKey") {
    return signature.keyRevokedAt === null
      ? t("signatures.trust.revokedSometime", { name })
      : t("signatures.trust.revoked", { name, date: formatDay(signature.keyRevokedAt) });
  }
  if (signature.result === "expiredKey") {
    return signature.keyExpiredAt === null
      ? t("signatures.trust.expiredSometime")
      : t("signatures.trust.expired", { date: formatDay(signature.keyExpiredAt) });
  }
  return signature.trust === null ? undefined : trustSentence(signature.trust, signature.signer);
}

/** How a key is trusted, as one sentence. */
export function trustSentence(trust: TrustView, name: string | null): string {
  switch (trust.level) {
    case "yours":
      return t("signatures.trust.yours");
    case "trustedByAdministrator":
      return t("signatures.trust.administrator");
    case "blocked":
      return t("signatures.trust.blocked");
    case "notTrusted":
      return name === null ? t("signatures.trust.notNameless") : t("signatures.trust.not", { name });
    case "trustedByYou": {
      const how = trust.compared === null ? "" : ` (${t(`signatures.compared.${trust.compared}`)})`;
      const since =
        trust.since === null ? "" : ` ${t("signatures.trust.since", { date: formatDay(trust.since) })}`;
      return t("signatures.trust.byYou", { since: since + how });
    }
  }
}

/** A remark on a signature. */
export function noteSentence(note: SignatureNote, signature: SignatureView): string {
  const date = note === "keyExpiredSince" ? signature.keyExpiredAt : signature.keyRevokedAt;
  return t(`signatures.note.${note}`, { date: date === null ? "–" : formatDay(date) });
}

/** What the other signatures are, beside the decisive one: `1 more signature, key unknown`. */
export function othersLine(verdict: VerdictView): string | undefined {
  const decisive = decisiveSignature(verdict);
  const others = verdict.signatures.filter((signature) => signature.id !== decisive?.id);
  const [first] = others;
  if (!first) return undefined;
  const same = others.every((other) => other.result === first.result);
  const what = same ? t(`signatures.other.${first.result}`) : t("signatures.other.mixed");
  return t("signatures.others", { n: others.length, what });
}

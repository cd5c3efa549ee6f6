/** What else a text in the input bar can be than the name of an image that is here. Pure. */

import { asFingerprint } from "$features/palette";
import { looksLikeReference } from "$features/transfers";
import { t } from "$messages";
import { shortFingerprint } from "$shared/format";

export type Offer =
  | { kind: "pull"; reference: string }
  | { kind: "findKey"; fingerprint: string }
  | { kind: "search"; text: string };

/** What the text offers; nothing for a path or for too few letters. */
export function offerOf(text: string): Offer | undefined {
  const words = text.trim();
  const fingerprint = asFingerprint(words);
  if (fingerprint !== undefined) return { kind: "findKey", fingerprint };
  if (/^(\/|~\/|\.{1,2}\/|[A-Za-z]:[\\/]|file:\/\/)/u.test(words) || /\.sif$/iu.test(words)) {
    return looksLikeReference(words) ? { kind: "pull", reference: words } : undefined;
  }
  if (looksLikeReference(words.split(/\s+/u)[0] ?? "")) return { kind: "pull", reference: words };
  return words.length >= 3 ? { kind: "search", text: words } : undefined;
}

export function offerWords(offer: Offer): string {
  switch (offer.kind) {
    case "pull":
      return t("home.input.pull", { reference: offer.reference });
    case "findKey":
      return t("home.input.findKey", { fingerprint: shortFingerprint(offer.fingerprint) });
    case "search":
      return t("home.input.library", { text: offer.text });
  }
}

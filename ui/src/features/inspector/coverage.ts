/** What each signature says of each part, and whether that is proven. Pure. */

import type { ChangeView, SignatureView } from "$bindings";

/** `agrees`: nobody has proven the signature yet. `unclear`: what it says means nothing. */
export type Coverage = "match" | "agrees" | "differs" | "unclear" | "none";

type Signed = Pick<SignatureView, "id" | "covers" | "result">;

/** What a signature says of a part. */
export function coverageOf(part: number, signature: Signed, changes: readonly ChangeView[]): Coverage {
  if (!signature.covers.includes(part)) return "none";
  const own = changes.filter((change) => change.signature === signature.id);
  if (own.some((change) => change.part === part)) return "differs";
  if (signature.result === "cantCheck" || own.some((change) => change.what === "signature")) return "unclear";
  return signature.result === "unknownKey" ? "agrees" : "match";
}

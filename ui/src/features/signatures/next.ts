/** What a person can do next, by the badge of an image. Pure. */

import type { Badge, SignatureView } from "$bindings";

export type Step =
  | {
      kind:
        "push" | "sign" | "verify" | "importKey" | "details" | "showParts" | "showChanged" | "trash" | "pull";
    }
  | { kind: "findKey" | "refreshKey" | "compare"; fingerprint: string };

interface Situation {
  badge: Badge;
  /** The signature that the box speaks of. */
  signature?: Pick<SignatureView, "form" | "fingerprint" | "keyId" | "trust"> | undefined;
  /** Whether it is known where the image can be pulled anew. */
  canPull: boolean;
}

/** The steps in the order of their buttons; the first is the one to take. */
export function stepsOf({ badge, signature, canPull }: Situation): Step[] {
  const fingerprint = signature?.fingerprint ?? undefined;
  switch (badge) {
    case "verified":
      return [{ kind: "push" }];
    case "unknownKey": {
      // A keyring cannot hold a PEM key, and no keyserver has it.
      if (signature?.form === "dsse") return [];
      const wanted = fingerprint ?? signature?.keyId ?? undefined;
      return [...optional("findKey", wanted), { kind: "importKey" }];
    }
    case "untrustedKey": {
      const blocked = signature?.trust?.level === "blocked";
      return fingerprint === undefined || blocked
        ? [{ kind: "details" }]
        : [{ kind: "compare", fingerprint }];
    }
    case "expiredKey":
      return [...optional("refreshKey", fingerprint), { kind: "details" }];
    case "partlySigned":
      return [{ kind: "showParts" }];
    case "tampered":
      return [...(canPull ? [{ kind: "pull" as const }] : []), { kind: "showChanged" }, { kind: "trash" }];
    case "notSigned":
      return [{ kind: "sign" }];
    case "notChecked":
      return [{ kind: "verify" }];
    case "revokedKey":
    case "oldSignature":
    case "cantCheck":
      return [{ kind: "details" }];
  }
}

function optional(kind: "findKey" | "refreshKey", fingerprint: string | undefined): Step[] {
  return fingerprint === undefined ? [] : [{ kind, fingerprint }];
}

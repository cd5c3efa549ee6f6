/** What is wrong with a key, and the fix that stands beside it; pure. */

import type { KeyRow } from "$bindings";
import { isMessageKey, t } from "$messages";

import { daysLeft, nameOf, stateLine } from "./words";

export type Fix = "extend" | "refresh" | "passphrase" | "setPassphrase" | "restore" | "create" | "repair";

export interface Problem {
  id: string;
  what: string;
  text: string;
  fix: Fix | undefined;
}

/** All problems of a key, the gravest first. */
export function problemsOf(key: KeyRow, now = Date.now() / 1000): Problem[] {
  return [...stateProblems(key), ...otherProblems(key, now)];
}

function stateProblems(key: KeyRow): Problem[] {
  switch (key.state) {
    case "revoked":
      return [
        {
          id: "revoked",
          what: t("keys.problem.revoked"),
          text: key.own ? t("keys.problem.revokedYours") : t("keys.problem.revokedText"),
          fix: key.own ? "create" : undefined,
        },
      ];
    case "expired":
      return [
        {
          id: "expired",
          what: t("keys.problem.expired"),
          text: key.own
            ? t("keys.problem.expiredYours")
            : t("keys.problem.expiredOther", { name: nameOf(key) }),
          fix: key.own ? "extend" : "refresh",
        },
      ];
    case "notForSigning":
      return [
        {
          id: "notForSigning",
          what: t("keys.problem.notForSigning"),
          text: t("keys.problem.notForSigningText"),
          fix: key.own ? "create" : undefined,
        },
      ];
    case "secretLost":
      return [
        {
          id: "secretLost",
          what: t("keys.problem.secretLost"),
          text: t("keys.problem.secretLostText"),
          fix: "restore",
        },
      ];
    case "current":
      return [];
  }
}

function otherProblems(key: KeyRow, now: number): Problem[] {
  return key.problems.flatMap((problem): Problem[] => {
    switch (problem) {
      case "secretLost":
        return [];
      case "expiresSoon": {
        const what = t("keys.problem.expiresSoon", { n: daysLeft(key.expires ?? now, now) });
        return [
          { id: problem, what, text: t("keys.problem.expiresSoonText"), fix: key.own ? "extend" : "refresh" },
        ];
      }
      case "noPassphrase":
        return [textOf(problem, "setPassphrase")];
      case "bareSubkey":
        return [textOf(problem, "passphrase")];
      case "weakKey":
        return [textOf(problem, key.own ? "create" : undefined)];
      case "weakSelfSignature":
        return [textOf(problem, key.own ? "extend" : "refresh")];
      case "twiceInKeyring":
        return [textOf(problem, "repair")];
    }
  });
}

function textOf(
  id: "noPassphrase" | "bareSubkey" | "weakKey" | "weakSelfSignature" | "twiceInKeyring",
  fix: Fix | undefined,
): Problem {
  return { id, what: t(`keys.problem.${id}`), text: t(`keys.problem.${id}Text`), fix };
}

/** The problem in one or two words, for a row. */
export function shortOf(problem: Problem, key: KeyRow): string {
  const short = `keys.short.${problem.id}`;
  if (isMessageKey(short)) return t(short as "keys.short.weakKey");
  return problem.id === "expiresSoon" ? problem.what : stateLine(key);
}

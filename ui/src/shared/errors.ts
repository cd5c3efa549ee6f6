/** The words for an error of the program: what (by code), why (its own message), next (by code, else its hint). */

import type { ApiError } from "$bindings";
import { isMessageKey, t, type MessageKey } from "$messages";

function byCode(code: string, part: "headline" | "next"): string | undefined {
  const key = `error.${code}.${part}`;
  return isMessageKey(key) ? (t as (key: MessageKey) => string)(key) : undefined;
}

/** The headline. */
export function errorWhat(error: ApiError): string {
  return byCode(error.code, "headline") ?? error.message;
}

/** The next step, if there is one. */
export function errorNext(error: ApiError): string | undefined {
  return byCode(error.code, "next") ?? error.hint ?? undefined;
}

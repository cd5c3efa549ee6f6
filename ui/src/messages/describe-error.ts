/** The words of an error: *what* and *next* by its code from the catalogue, *why* as the program says it (see `ErrorBox`). */

import type { ApiError } from "$bindings";

import { isMessageKey, t } from "./translate.svelte";

export interface ErrorWords {
  what: string;
  why: string;
  next: string;
  code: string;
  causes: string[];
}

/** The words to show; spread them on an `ErrorBox`. */
export function describeError(error: ApiError): ErrorWords {
  return {
    what: words(error.code, "headline") ?? t("error.internal.headline"),
    why: error.message,
    next: words(error.code, "next") ?? t("error.internal.next"),
    code: error.code.toUpperCase(),
    causes: error.causes,
  };
}

/** The words in one line, for a row or a note. */
export function errorLine(error: ApiError): string {
  return describeError(error).what;
}

function words(code: string, part: "headline" | "next"): string | undefined {
  const key = `error.${code}.${part}`;
  return isMessageKey(key) ? t(key as "error.internal.headline") : undefined;
}

/** Chooses the plural form and fills in parameters; pure. */

import type { AnyParams, Message, Piece } from "./catalogue";

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function cached<T>(cache: Map<string, T>, locale: string, make: (locale: string) => T): T {
  let entry = cache.get(locale);
  if (entry === undefined) {
    entry = make(locale);
    cache.set(locale, entry);
  }
  return entry;
}

/** The text of the plural form that the language wants for `n`. */
export function choosePlural(message: Message, n: number, locale: string): string {
  if (typeof message === "string") {
    return message;
  }
  const form = cached(rules, locale, (name) => new Intl.PluralRules(name)).select(n);
  return message[form] ?? message.other;
}

/** The message in pieces, parameters apart. A name without a parameter stays as it is, so that a test sees it. */
export function fillPieces(message: Message, params: AnyParams, locale: string): Piece[] {
  const n = params["n"];
  const text = choosePlural(message, typeof n === "number" ? n : 0, locale);
  return text
    .split(/(\{\w+\})/u)
    .filter((piece) => piece !== "")
    .map((piece) => fillPiece(piece, params, locale));
}

function fillPiece(piece: string, params: AnyParams, locale: string): Piece {
  const name = /^\{(\w+)\}$/u.exec(piece)?.[1];
  const value = name === undefined ? undefined : params[name];
  if (value === undefined) {
    return { text: piece, filled: false };
  }
  if (typeof value === "number") {
    return {
      text: cached(numbers, locale, (tag) => new Intl.NumberFormat(tag)).format(value),
      filled: false,
    };
  }
  return { text: value, filled: true };
}

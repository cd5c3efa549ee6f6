/**
 * The pseudo-locale: every message in brackets, longer and accented, so that a text which is not in the catalogue,
 * or a control that is too small for a longer language, is seen at once. Derived by code from the English catalogue.
 */

import type { Message } from "./catalogue";

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ACCENTED = "áƀçđéƒğĥíĵķłɱñóþɋŕšţúṽŵẋýžÁƁÇĐÉƑĞĤÍĴĶŁḾÑÓÞɊŔŠŢÚṼŴẊÝŽ";
const LETTERS = new Map(Array.from(PLAIN, (letter, index) => [letter, ACCENTED.charAt(index)]));

export const OPENING = "⟦";
export const CLOSING = "⟧";

/** One text, about a third longer. */
export function pseudoText(text: string): string {
  const accented = text
    .split(/(\{\w+\})/u)
    .map((piece) => (piece.startsWith("{") ? piece : Array.from(piece, (c) => LETTERS.get(c) ?? c).join("")))
    .join("");
  return `${OPENING}${accented}${"·".repeat(Math.ceil(text.length / 3))}${CLOSING}`;
}

/** A whole catalogue. */
export function pseudoCatalogue<K extends string>(
  catalogue: Readonly<Record<K, Message>>,
): Record<K, Message> {
  const entries = Object.entries<Message>(catalogue).map(([key, message]) => [key, pseudoMessage(message)]);
  return Object.fromEntries(entries) as Record<K, Message>;
}

function pseudoMessage(message: Message): Message {
  if (typeof message === "string") {
    return pseudoText(message);
  }
  return { one: pseudoText(message.one), other: pseudoText(message.other) };
}

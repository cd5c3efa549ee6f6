/** `t()`: the text of a message in the chosen language. Templates that call it follow a change of language. */

import type { AnyParams, ArgsOf, Catalogue, MessageKey, Piece } from "./catalogue";
import { en } from "./en";
import { fillPieces } from "./fill";
import { pseudoCatalogue } from "./pseudo";

export type Language = "en" | "pseudo";

interface Chosen {
  language: Language;
  locale: string;
  messages: Catalogue;
}

const english: Chosen = { language: "en", locale: "en", messages: en };
let chosen = $state.raw<Chosen>(english);

/** Chooses the language; an unknown name is English. */
export function setLanguage(name: string): void {
  if (name === chosen.language) {
    return;
  }
  chosen = name === "pseudo" ? { language: "pseudo", locale: "en", messages: pseudoCatalogue(en) } : english;
}

/** The language tag for `Intl`. */
export function currentLocale(): string {
  return chosen.locale;
}

/** The text of a message. */
export function t<K extends MessageKey>(key: K, ...args: ArgsOf<K>): string {
  return pieces(key, args[0] ?? {})
    .map((piece) => piece.text)
    .join("");
}

/** The pieces of a message; for `Message.svelte`, which isolates what was filled in. */
export function pieces(key: MessageKey, params: AnyParams): Piece[] {
  return fillPieces(chosen.messages[key], params, chosen.locale);
}

/** Whether a name is that of a message; for keys that are composed from codes. */
export function isMessageKey(name: string): name is MessageKey {
  return Object.hasOwn(en, name);
}

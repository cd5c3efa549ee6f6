/**
 * Makes seen what is not: a name such as `gnp.<U+202E>fis.exe` would be read as `gnp.exe.sif`. Characters that turn the
 * text around them, that have no shape or that end a line become `\u{202e}`; names of all scripts stay as they are. Pure.
 */

// All that is not plain ASCII is looked at closely; most text is not even that.
const SUSPECT = /[^ -~]/u;

// Controls, ends of lines, halves of characters, what may be left out when drawing, and marks and blanks without a shape.
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}\u{2800}]/gu;

// Scripts in which a joiner between two letters is spelling.
const JOINED =
  "[\\p{sc=Arab}\\p{sc=Syrc}\\p{sc=Nkoo}\\p{sc=Mong}\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}\\p{sc=Khmr}\\p{sc=Mymr}\\p{sc=Tibt}]";
const EMOJI = "\\p{Extended_Pictographic}";
const BEFORE_JOINER = new RegExp(`${JOINED}$`, "u");
const AFTER_JOINER = new RegExp(`^${JOINED}`, "u");
const BEFORE_EMOJI_JOINER = new RegExp(`(?:${EMOJI}|\\p{Emoji_Modifier}|\\u{fe0f})$`, "u");
const AFTER_EMOJI_JOINER = new RegExp(`^${EMOJI}`, "u");
const BEFORE_SELECTOR = new RegExp(`(?:${EMOJI}|\\p{sc=Han})$`, "u");

/** Whether line ends and tabs are part of the text, or would hide in it. */
export type Lines = "one" | "many";

/** The text with all that is not seen written out. */
export function showUnseen(text: string, lines: Lines = "one"): string {
  if (!SUSPECT.test(text)) return text;
  return text.replaceAll(UNSEEN, (character, at: number) =>
    (lines === "many" && isLayout(character, text, at)) || isSpelling(character, text, at)
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function isLayout(character: string, text: string, at: number): boolean {
  return character === "\n" || character === "\t" || (character === "\r" && text[at + 1] === "\n");
}

/** A joiner or selector that forms the character beside it. */
function isSpelling(character: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + character.length, at + character.length + 2);
  if (/^[\u200c\u200d]$/u.test(character) && BEFORE_JOINER.test(before) && AFTER_JOINER.test(after))
    return true;
  if (character === "\u200d") return BEFORE_EMOJI_JOINER.test(before) && AFTER_EMOJI_JOINER.test(after);
  return /^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]$/u.test(character) && BEFORE_SELECTOR.test(before);
}

/** The program names things in backticks; a person sees the name set apart, or plain where that is not possible. */

export interface Stretch {
  text: string;
  named: boolean;
}

/** The text in stretches, the named ones apart. A lone backtick stays as it is. */
export function splitTicks(text: string): Stretch[] {
  const pieces = text.split("`");
  if (pieces.length % 2 === 0) return [{ text, named: false }];
  return pieces
    .map((piece, index) => ({ text: piece, named: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** The text without its backticks, the first letter large: for one-line notes. */
export function plainText(text: string): string {
  const plain = splitTicks(text)
    .map((piece) => piece.text)
    .join("");
  return text.startsWith("`") ? plain : plain.charAt(0).toUpperCase() + plain.slice(1);
}

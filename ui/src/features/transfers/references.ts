/** What a person typed, as far as it can be told without asking: references, hashes, tags. Pure. */

import type { LibraryImage, ReferenceView } from "$bindings";

/** More at once are a list that nobody looks through. */
export const MANY = 50;

/** The references of a text; they hold no blanks, so that several can be pasted at once. */
export function splitReferences(text: string): string[] {
  return [...new Set(text.split(/\s+/u).filter(Boolean))].slice(0, MANY);
}

/** Whether a text is meant as a reference, and not as a word to search for. */
export function looksLikeReference(text: string): boolean {
  const trimmed = text.trim();
  if (/^(library|oras|docker|shub|https?):\/\/\S+$/iu.test(trimmed)) return true;
  return /^[a-z0-9][\w.-]*(\/[\w.-]+){1,3}(:[\w.,-]+)?$/iu.test(trimmed) && !/\.sif$/iu.test(trimmed);
}

/** `sha256:` and 64 digits, however a service or a person writes it; nothing if it is none. */
export function asSha256(text: string | null): string | undefined {
  const match = /^\s*(?:sha256[.:])?([0-9a-f]{64})\s*$/iu.exec(text ?? "");
  return match?.[1] === undefined ? undefined : `sha256:${match[1].toLowerCase()}`;
}

/** The first digits of a hash, without the name of its kind. */
export function shortHash(hash: string): string {
  return hash.replace(/^(sha256|sif)[.:-]/iu, "").slice(0, 8);
}

/** Server, owner, collection and container, as far as a reference has them. */
export function piecesOf(reading: ReferenceView, server = reading.server): string[] {
  const inner = reading.collection?.split("/") ?? [];
  return [server, reading.entity, ...inner, reading.container].filter(
    (piece): piece is string => piece !== null && piece !== "",
  );
}

/** The tag that a file's name ends with, as `pull` writes it: `samtools_1.20.sif`. */
export function tagOfName(name: string): string | undefined {
  const tag = /_([A-Za-z0-9][\w.-]{0,63})\.sif$/u.exec(name)?.[1];
  return tag !== undefined && isTag(tag) ? tag : undefined;
}

/** Whether a tag may be called so. */
export function isTag(text: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,127}$/u.test(text) && !/^(sha256|sif)\./iu.test(text);
}

/** How an image is called in a sentence: its first tag, else its short hash. */
export function imageName(image: Pick<LibraryImage, "tags" | "hash">): string {
  return image.tags[0] ?? shortHash(image.hash);
}

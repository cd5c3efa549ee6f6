/** What the palette finds: by words in any order, starts before middles, recents first; pure. */

export type Section = "recent" | "open" | "actions" | "goTo" | "images" | "keys" | "settings" | "library";

export interface Entry {
  id: string;
  section: Section;
  title: string;
  detail?: string | undefined;
  /** More words that find it but are not shown. */
  words?: string | undefined;
  keys?: string | undefined;
  /** Why it cannot be run now. */
  reason?: string | undefined;
  run: () => unknown;
}

const ORDER: readonly Section[] = [
  "open",
  "recent",
  "actions",
  "goTo",
  "images",
  "keys",
  "settings",
  "library",
];
const LIMIT: Partial<Record<Section, number>> = { images: 8, keys: 6, settings: 6 };

/** The entries for a text, in groups; without a text: recents, actions and places. */
export function find(entries: readonly Entry[], text: string, recent: readonly string[]): Entry[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return withoutText(entries, recent);
  const scored = entries
    .map((entry) => ({
      entry,
      score: entry.section === "open" || entry.section === "library" ? 100 : scoreOf(entry, words),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return ORDER.flatMap((section) =>
    scored
      .filter(({ entry }) => entry.section === section)
      .slice(0, LIMIT[section] ?? 20)
      .map(({ entry }) => entry),
  );
}

function withoutText(entries: readonly Entry[], recent: readonly string[]): Entry[] {
  const recents = recent.flatMap((id) => entries.filter((entry) => entry.id === id).slice(0, 1));
  const others = entries.filter(
    (entry) => (entry.section === "actions" || entry.section === "goTo") && !recents.includes(entry),
  );
  return [...recents.map((entry): Entry => ({ ...entry, section: "recent" })), ...inOrder(others)];
}

function inOrder(entries: readonly Entry[]): Entry[] {
  return ORDER.flatMap((section) => entries.filter((entry) => entry.section === section));
}

/** 0 when a word is nowhere; more the earlier the words stand. */
export function scoreOf(entry: Pick<Entry, "title" | "detail" | "words">, words: readonly string[]): number {
  const title = entry.title.toLowerCase();
  const rest = `${entry.detail ?? ""} ${entry.words ?? ""}`.toLowerCase();
  let score = 0;
  for (const word of words) {
    if (title.startsWith(word)) score += 4;
    else if (new RegExp(`[\\s._/-]${escape(word)}`, "u").test(title)) score += 3;
    else if (title.includes(word)) score += 2;
    else if (rest.includes(word)) score += 1;
    else return 0;
  }
  return score;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/gu, "\\$&");
}

/** Whether the text is a path or a file address: then it can be inspected. */
export function looksLikePath(text: string): boolean {
  const trimmed = text.trim();
  return /^(\/|~\/|\.{1,2}\/|[A-Za-z]:[\\/]|file:\/\/)/u.test(trimmed) || /\.sif$/iu.test(trimmed);
}

/** The hex digits of a full fingerprint, however it is grouped; nothing for anything shorter. */
export function asFingerprint(text: string): string | undefined {
  const digits = text.replace(/^\s*(0x|openpgp4fpr:)/iu, "").replaceAll(/[\s:]/gu, "");
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/iu.test(digits) ? digits.toUpperCase() : undefined;
}

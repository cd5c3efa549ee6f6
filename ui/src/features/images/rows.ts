/** Which images are listed, in which order, and how a row is read out. Pure. */

import type { FolderView, ImageRow } from "$bindings";
import { badgeOrder, badgeWord } from "$features/signatures";
import { errorLine, t } from "$messages";
import { formatBytes } from "$shared/format";

export const sortColumns = ["name", "badge", "arch", "size", "created", "source", "folder"] as const;
export type SortColumn = (typeof sortColumns)[number];
export interface Sort {
  by: SortColumn;
  down: boolean;
}

const compareText = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

type Key = string | number | null;

function keyOf(row: ImageRow, by: SortColumn): Key {
  switch (by) {
    case "badge":
      return badgeOrder.indexOf(row.badge);
    case "size":
      return row.size;
    case "created":
      return row.created;
    default:
      return row[by];
  }
}

/** The rows in order; what is not known comes last, whichever way it is sorted. */
export function sortRows(rows: readonly ImageRow[], sort: Sort): ImageRow[] {
  const direction = sort.down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [keyOf(one, sort.by), keyOf(other, sort.by)];
    if (a === null || b === null) return a === b ? byName(one, other) : a === null ? 1 : -1;
    const order = typeof a === "string" && typeof b === "string" ? compareText(a, b) : Number(a) - Number(b);
    return order === 0 ? byName(one, other) : order * direction;
  });
}

function byName(one: ImageRow, other: ImageRow): number {
  return compareText(one.name, other.name) || one.id - other.id;
}

/** The rows of a folder (nothing: of all) whose name, signer, source or badge has every word. */
export function filterRows(
  rows: readonly ImageRow[],
  folder: FolderView | undefined,
  search: string,
): ImageRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (folder && !isInside(row, folder)) return false;
    const text = [row.name, row.signer, row.source, row.arch, badgeWord(row.badge)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function isInside(row: ImageRow, folder: FolderView): boolean {
  return row.folder === folder.path || row.folder.startsWith(`${folder.path.replace(/[/\\]$/, "")}/`);
}

/** `name, badge, signer, size, arch`. */
export function rowLabel(row: ImageRow): string {
  return [
    row.name,
    badgeWord(row.badge),
    row.signer,
    row.size === null ? null : formatBytes(row.size),
    row.arch,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Why the file cannot be looked into, in a few words. */
export function problemOf({ state }: Pick<ImageRow, "state">): string | undefined {
  if (state.kind === "missing") return t("images.missing");
  return state.kind === "refused" ? errorLine(state.error) : undefined;
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast(Boolean) ?? path;
}

export function isSort(value: unknown): value is Sort {
  return (
    typeof value === "object" &&
    value !== null &&
    "by" in value &&
    "down" in value &&
    typeof value.down === "boolean" &&
    sortColumns.some((column) => column === value.by)
  );
}

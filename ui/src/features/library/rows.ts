/** The rows of a level: their order, their words, and what a level that cannot be shown needs. Pure. */

import type { ApiError, LibraryRow } from "$bindings";
import { t } from "$messages";
import { formatBytes } from "$shared/format";
import type { LibraryFind } from "$store";

export const columns = ["name", "description", "items", "arch", "size", "changed"] as const;
export type Column = (typeof columns)[number];
export interface Sort {
  by: Column;
  down: boolean;
}

const compareText = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

type Key = string | number | null;

function keyOf(row: LibraryRow, by: Column): Key {
  switch (by) {
    case "arch":
      return row.architectures.join(" ") || null;
    case "description":
      return row.description || null;
    default:
      return row[by];
  }
}

/** The rows in order; what is not known comes last, whichever way it is sorted. */
export function sortRows(rows: readonly LibraryRow[], sort: Sort): LibraryRow[] {
  const direction = sort.down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [keyOf(one, sort.by), keyOf(other, sort.by)];
    if (a === null || b === null) return a === b ? compareText(one.name, other.name) : a === null ? 1 : -1;
    const order = typeof a === "string" && typeof b === "string" ? compareText(a, b) : Number(a) - Number(b);
    return order === 0 ? compareText(one.path, other.path) : order * direction;
  });
}

export function isSort(value: unknown): value is Sort {
  return (
    typeof value === "object" &&
    value !== null &&
    "by" in value &&
    "down" in value &&
    typeof value.down === "boolean" &&
    columns.some((column) => column === value.by)
  );
}

/** How much is in it: `4 containers`. */
export function itemWords(row: LibraryRow): string {
  if (row.items === null) return "–";
  switch (row.kind) {
    case "entity":
      return t("library.collections", { n: row.items });
    case "collection":
      return t("library.containers", { n: row.items });
    case "container":
      return t("library.images", { n: row.items });
  }
}

/** `samtools, Container, Reading and writing of alignments, 1.2 GB, amd64`. */
export function rowLabel(row: LibraryRow): string {
  return [
    t("library.rowLabel", { name: row.name, kind: t(`library.kind.${row.kind}`) }),
    row.isPrivate ? t("library.private") : "",
    row.description,
    row.items === null ? "" : itemWords(row),
    row.size === null ? "" : formatBytes(row.size),
    row.architectures.join(" "),
  ]
    .filter(Boolean)
    .join(", ");
}

/** How a place is called by command lines. */
export function referenceOf(row: Pick<LibraryRow, "path">): string {
  return `library://${row.path}`;
}

/** What helps when a library, or a place in it, cannot be shown. */
export type Fix = "signIn" | "again" | "up" | "thisComputer";

export interface Trouble {
  what: string;
  fixes: Fix[];
}

/** The headline and the ways out, by the cause. */
export function troubleOf(error: ApiError, place: { remoteName: string; path: string }): Trouble {
  switch (error.code) {
    case "token-missing":
      return { what: t("library.signInFirst"), fixes: ["signIn"] };
    case "token-expired":
    case "token-wrong":
      return { what: t("library.expired"), fixes: ["signIn"] };
    case "forbidden":
      return { what: t("library.notAllowed"), fixes: place.path === "" ? ["signIn"] : ["up", "signIn"] };
    case "not-found-or-private":
      return { what: t("library.notFound"), fixes: place.path === "" ? ["signIn"] : ["up", "signIn"] };
    case "service-missing":
    case "remote-unknown":
      return { what: t("library.noService", { remote: place.remoteName }), fixes: ["thisComputer"] };
    default:
      return { what: t("library.unreachable"), fixes: ["again", "thisComputer"] };
  }
}

/** How many letters a search still needs. */
export function lettersMissing(text: string): number {
  const letters = text.trim().length;
  return letters === 0 ? 0 : Math.max(0, 3 - letters);
}

/** Whether two searches find the same. */
export function sameFind(one: LibraryFind | undefined, other: LibraryFind | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.text.trim() === other.text.trim() &&
    (one.arch ?? "") === (other.arch ?? "") &&
    (one.signed ?? false) === (other.signed ?? false)
  );
}

/** The level above a place. */
export function above(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

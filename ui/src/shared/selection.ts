/** What is selected in a list: clicks, ranges, toggles. Pure; keys in list order come in, sets go out. */

/** What tells the rows of a list apart. */
export type RowKey = string | number;

export interface Selection<K extends RowKey> {
  ids: ReadonlySet<K>;
  /** Where the focus is. */
  focus: K | undefined;
  /** Where a range begins. */
  anchor: K | undefined;
}

export const nothingSelected: Selection<never> = { ids: new Set(), focus: undefined, anchor: undefined };

/** One alone. */
export function selectOne<K extends RowKey>(id: K): Selection<K> {
  return { ids: new Set([id]), focus: id, anchor: id };
}

/** One more or one less. */
export function toggleOne<K extends RowKey>(selection: Selection<K>, id: K): Selection<K> {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, focus: id, anchor: id };
}

/** From the anchor to this one. */
export function selectRange<K extends RowKey>(
  selection: Selection<K>,
  id: K,
  order: readonly K[],
): Selection<K> {
  const from = order.indexOf(selection.anchor ?? selection.focus ?? id);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return selectOne(id);
  const ids = new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1));
  return { ids, focus: id, anchor: order[from] };
}

/** Only these; the focus stays where it is. */
export function narrowTo<K extends RowKey>(selection: Selection<K>, ids: readonly K[]): Selection<K> {
  return { ...selection, ids: new Set(ids) };
}

export function selectAll<K extends RowKey>(selection: Selection<K>, order: readonly K[]): Selection<K> {
  return { ids: new Set(order), focus: selection.focus ?? order[0], anchor: order[0] };
}

/** Drops what is no longer listed; the focus goes to the next row. */
export function keepListed<K extends RowKey>(
  selection: Selection<K>,
  order: readonly K[],
  before: readonly K[],
): Selection<K> {
  const listed = new Set(order);
  const ids = new Set([...selection.ids].filter((id) => listed.has(id)));
  if (selection.focus === undefined || listed.has(selection.focus)) {
    return ids.size === selection.ids.size ? selection : { ...selection, ids };
  }
  const at = before.indexOf(selection.focus);
  const next = before.slice(at).find((id) => listed.has(id)) ?? order.at(-1);
  return { ids, focus: next, anchor: next };
}

/** The id that many rows further, within the list. */
export function step<K extends RowKey>(order: readonly K[], focus: K | undefined, by: number): K | undefined {
  const at = focus === undefined ? -1 : order.indexOf(focus);
  if (at < 0) return order[0];
  return order[Math.max(0, Math.min(order.length - 1, at + by))];
}

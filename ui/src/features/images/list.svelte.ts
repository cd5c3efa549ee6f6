/** The list as it is shown: folder, search, sort, selection. */

import type { FolderView, ImageId, ImageRow, TaskId } from "$bindings";
import { keepListed, narrowTo, nothingSelected, type Selection } from "$shared/selection";
import { recall, remember, store } from "$store";

import { pushImages, signImages, verifyImages } from "./actions";
import { failedOf } from "./bulk";
import { filterRows, isSort, sortRows, type Sort, type SortColumn } from "./rows";

export class ImageList {
  sort = $state.raw<Sort>(recall("images.sort", { by: "name", down: false }, isSort));
  search = $state("");
  folderId = $state<number>();
  selection = $state.raw<Selection<ImageId>>(nothingSelected);
  /** Grows when the row with the focus should take it: something outside the list chose. */
  claims = $state(0);
  #before: readonly ImageId[] = [];

  readonly folder = $derived<FolderView | undefined>(
    store.folders.find((folder) => folder.id === this.folderId),
  );
  readonly rows = $derived<ImageRow[]>(
    sortRows(filterRows(store.images, this.folder, this.search), this.sort),
  );
  readonly order = $derived<ImageId[]>(this.rows.map((row) => row.id));
  readonly selected = $derived<ImageRow[]>(this.rows.filter((row) => this.selection.ids.has(row.id)));

  /** Sorts by a column; the same column again turns the order round. */
  sortBy(by: SortColumn): void {
    const down = this.sort.by === by ? !this.sort.down : by === "size" || by === "created";
    this.sort = { by, down };
    remember("images.sort", this.sort);
  }

  /** Selects images that were chosen elsewhere, and shows them whatever the list was narrowed to. */
  choose(ids: readonly ImageId[], claim: boolean): void {
    // Made here and never changed.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const wanted = new Set(ids);
    if (!this.order.some((id) => wanted.has(id))) {
      this.search = "";
      this.folderId = undefined;
    }
    const first = this.order.find((id) => wanted.has(id)) ?? ids[0];
    this.selection = { ids: wanted, focus: first, anchor: first };
    if (claim) this.claims += 1;
  }

  verify(rows: readonly ImageRow[]): Promise<void> {
    return this.#leaveFailures(rows, verifyImages(rows));
  }

  sign(rows: readonly ImageRow[]): Promise<void> {
    return this.#leaveFailures(rows, signImages(rows));
  }

  push(rows: readonly ImageRow[]): Promise<void> {
    return this.#leaveFailures(rows, pushImages(rows));
  }

  /** When some of several fail, they alone stay selected, unless the person has chosen anew in the meantime. */
  async #leaveFailures(rows: readonly ImageRow[], started: Promise<TaskId | undefined>): Promise<void> {
    const wanted = rows.map((row) => row.id);
    const task = await started;
    if (task === undefined || wanted.length < 2) return;
    const failed = failedOf(wanted, await store.taskEnd(task));
    const { ids } = this.selection;
    const asBefore = ids.size === wanted.length && wanted.every((id) => ids.has(id));
    if (asBefore && failed.length > 0 && failed.length < wanted.length) {
      this.selection = narrowTo(this.selection, failed);
    }
  }

  /** After the list changed: what is gone is no longer selected, and the focus has a place. */
  settle(order: readonly ImageId[]): void {
    const kept = keepListed(this.selection, order, this.#before);
    this.#before = order;
    if (kept !== this.selection) this.selection = kept;
  }
}

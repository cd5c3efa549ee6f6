/** A level of a library: what was shown before at once, then what the library says now; and a search of it. */

import { untrack } from "svelte";

import type { ApiError, FoundInLibrary, LibraryView, RemoteId } from "$bindings";
import { asApiError, host } from "$host";
import { recall, remember } from "$store";

import { isSort, lettersMissing, sortRows, type Column, type Sort } from "./rows";

/** How long a search must rest before a server is asked, in milliseconds. */
const REST = 400;

// What was seen in this session, so that going back shows it at once.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const seen = new Map<string, LibraryView>();

export class Level {
  remote = $state<RemoteId>();
  path = $state("");
  view = $state.raw<LibraryView>();
  error = $state.raw<ApiError>();
  sort = $state.raw<Sort>(recall("library.sort", { by: "name", down: false }, isSort));
  text = $state("");
  arch = $state("");
  onlySigned = $state(false);
  found = $state.raw<FoundInLibrary>();
  searchError = $state.raw<ApiError>();
  #turn = 0;
  #searchTurn = 0;

  readonly rows = $derived(this.view ? sortRows(this.view.rows, this.sort) : []);
  readonly isSearch = $derived(this.text.trim() !== "" && lettersMissing(this.text) === 0);
  readonly foundRows = $derived(this.found ? sortRows(this.found.rows, this.sort) : []);

  /** Goes to a place and follows its changes; returns how to stop. */
  follow(remote: RemoteId, path: string): () => void {
    const before = untrack(() => this.remote);
    this.remote = remote;
    this.path = path;
    this.view = seen.get(keyOf(remote, path));
    this.error = undefined;
    if (before !== undefined && before !== remote) this.clearSearch();
    const stops = [
      host.on("libraryChanged", (changed) => {
        if (changed.remote === remote) void this.read();
      }),
      host.on("remotesChanged", () => void this.read()),
    ];
    untrack(() => void this.read());
    return () => {
      for (const stop of stops) stop();
      this.#turn += 1;
    };
  }

  async read(): Promise<void> {
    const { remote, path } = this;
    if (remote === undefined) return;
    const turn = ++this.#turn;
    try {
      const view = await host.listLibrary(remote, path);
      if (turn !== this.#turn) return;
      seen.set(keyOf(remote, path), view);
      this.view = view;
      this.error = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      // What may not be seen any more is not shown from before either.
      seen.delete(keyOf(remote, path));
      this.view = undefined;
      this.error = asApiError(thrown);
    }
  }

  /** Sorts by a column; the same column again turns the order round. */
  sortBy(by: Column): void {
    const down = this.sort.by === by ? !this.sort.down : by === "size" || by === "changed" || by === "items";
    this.sort = { by, down };
    remember("library.sort", this.sort);
  }

  /** Searches once the text rests; returns how to stop. */
  search(): () => void {
    const { remote, arch, onlySigned, isSearch } = this;
    const text = this.text.trim();
    const turn = ++this.#searchTurn;
    if (remote === undefined || !isSearch) {
      this.found = undefined;
      this.searchError = undefined;
      return () => undefined;
    }
    const timer = setTimeout(() => {
      host.searchLibrary({ remote, text, arch: arch === "" ? null : arch, onlySigned }).then(
        (found) => {
          if (turn !== this.#searchTurn) return;
          this.found = found;
          this.searchError = undefined;
        },
        (thrown: unknown) => {
          if (turn !== this.#searchTurn) return;
          this.found = undefined;
          this.searchError = asApiError(thrown);
        },
      );
    }, REST);
    return () => {
      clearTimeout(timer);
    };
  }

  clearSearch(): void {
    this.text = "";
    this.arch = "";
    this.onlySigned = false;
  }
}

function keyOf(remote: RemoteId, path: string): string {
  return `${remote} ${path}`;
}

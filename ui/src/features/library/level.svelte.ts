/** A level of a library: what was shown before at once, then what the library says now; and a search of it. */

import { untrack } from "svelte";

import type { ApiError, FoundInLibrary, LibraryView, RemoteId } from "$bindings";
import { asApiError, host } from "$host";
import { recall, remember, type LibraryFind } from "$store";

import { isSort, lettersMissing, sameFind, sortRows, type Column, type Sort } from "./rows";

/** How long a search must rest before a server is asked, in milliseconds. */
const REST = 400;

// What was seen in this session, so that going back shows it at once.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const seen = new Map<string, LibraryView>();
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const found = new Map<string, FoundInLibrary>();

export class Level {
  remote = $state<RemoteId>();
  path = $state("");
  view = $state.raw<LibraryView>();
  error = $state.raw<ApiError>();
  sort = $state.raw<Sort>(recall("library.sort", { by: "name", down: false }, isSort));
  text = $state("");
  arch = $state("");
  onlySigned = $state(false);
  /** What is searched for; while a person types, what they typed last is not that yet. */
  asked = $state.raw<LibraryFind>();
  found = $state.raw<FoundInLibrary>();
  searchError = $state.raw<ApiError>();
  #turn = 0;
  #searchTurn = 0;
  #foundIn: RemoteId | undefined;

  readonly rows = $derived(this.view ? sortRows(this.view.rows, this.sort) : []);
  /** The search that the fields describe; nothing while letters are missing. */
  readonly typed = $derived<LibraryFind | undefined>(findOf(this.text, this.arch, this.onlySigned));
  readonly foundRows = $derived(this.found ? sortRows(this.found.rows, this.sort) : []);

  /** Goes to a place and follows its changes; returns how to stop. */
  follow(remote: RemoteId, path: string): () => void {
    this.remote = remote;
    this.path = path;
    this.view = seen.get(keyOf(remote, path));
    this.error = undefined;
    const stops = [
      host.on("libraryChanged", (changed) => {
        if (changed.remote === remote) this.readAgain();
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

  /** Reads the level, and searches again if there is a search. */
  readAgain(): void {
    void this.read();
    void this.ask();
  }

  /** Shows a search, or none; the fields follow, unless they say so already. Returns how to stop. */
  show(remote: RemoteId, find: LibraryFind | undefined): () => void {
    if (
      !sameFind(
        find,
        untrack(() => this.typed),
      )
    )
      this.#fill(find);
    const asked = find && lettersMissing(find.text) === 0 ? find : undefined;
    this.asked = asked;
    this.searchError = undefined;
    const kept = asked && found.get(keyOf(remote, JSON.stringify(asked)));
    // Until there is an answer, what was found before stays: of this library.
    if (asked === undefined || kept !== undefined || remote !== this.#foundIn) this.found = kept;
    this.#foundIn = remote;
    untrack(() => void this.ask());
    return () => {
      this.#searchTurn += 1;
    };
  }

  /** Empties the fields of a search when another place is shown. */
  arrive(find: LibraryFind | undefined): void {
    this.#fill(find);
  }

  async ask(): Promise<void> {
    const { remote, asked } = this;
    if (remote === undefined || asked === undefined) return;
    const turn = ++this.#searchTurn;
    const { text, arch = null, signed: onlySigned = false } = asked;
    try {
      const answer = await host.searchLibrary({ remote, text, arch, onlySigned });
      if (turn !== this.#searchTurn) return;
      found.set(keyOf(remote, JSON.stringify(asked)), answer);
      this.found = answer;
      this.searchError = undefined;
    } catch (thrown) {
      if (turn !== this.#searchTurn) return;
      this.found = undefined;
      this.searchError = asApiError(thrown);
    }
  }

  /** Tells what is to be searched for, once the fields rest; returns how to stop. */
  settle(tell: (find: LibraryFind | undefined) => void): () => void {
    const { typed } = this;
    if (
      sameFind(
        typed,
        untrack(() => this.asked),
      )
    )
      return () => undefined;
    const timer = setTimeout(() => {
      tell(typed);
    }, REST);
    return () => {
      clearTimeout(timer);
    };
  }

  #fill(find: LibraryFind | undefined): void {
    this.text = find?.text ?? "";
    this.arch = find?.arch ?? "";
    this.onlySigned = find?.signed ?? false;
  }
}

function findOf(typed: string, arch: string, signed: boolean): LibraryFind | undefined {
  const text = typed.trim();
  if (text === "" || lettersMissing(text) > 0) return undefined;
  return { text, ...(arch === "" ? {} : { arch }), ...(signed ? { signed } : {}) };
}

function keyOf(remote: RemoteId, path: string): string {
  return `${remote} ${path}`;
}

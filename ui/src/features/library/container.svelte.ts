/** A container that is looked at: read, and kept fresh by events. */

import { untrack } from "svelte";

import type { ApiError, ContainerView, LibraryImage, RemoteId } from "$bindings";
import { asApiError, host } from "$host";

// What was seen in this session, so that going back shows it at once.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const seen = new Map<string, ContainerView>();

export class Container {
  readonly remote: RemoteId;
  readonly path: string;
  view = $state.raw<ContainerView>();
  error = $state.raw<ApiError>();
  #turn = 0;
  #isReading = false;
  #readAgain = false;

  constructor(remote: RemoteId, path: string) {
    this.remote = remote;
    this.path = path;
    this.view = seen.get(this.#key);
  }

  get #key(): string {
    return `${this.remote} ${this.path}`;
  }

  /** Every image once: those with a tag in the order of the matrix, then the others. */
  readonly images = $derived(this.view ? allImages(this.view) : []);
  /** What **Pull latest** would pull. */
  readonly latest = $derived(this.view ? latestFor(this.view) : undefined);

  follow(): () => void {
    const stops = [
      host.on("libraryChanged", ({ remote, path }) => {
        if (remote === this.remote && (path === this.path || path === "" || this.path.startsWith(`${path}/`)))
          void this.#readSoon();
      }),
      host.on("remotesChanged", () => void this.#readSoon()),
      host.on("imagesChanged", () => void this.#readSoon()),
    ];
    untrack(() => void this.read());
    return () => {
      for (const stop of stops) stop();
      this.#readAgain = false;
      this.#turn += 1;
    };
  }

  /** Reads it once more after what is being read: a hundred changes are no hundred questions to a server. */
  async #readSoon(): Promise<void> {
    this.#readAgain = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#readAgain) {
      this.#readAgain = false;
      await this.read();
    }
    this.#isReading = false;
  }

  async read(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const view = await host.getContainer(this.remote, this.path);
      if (turn !== this.#turn) return;
      seen.set(this.#key, view);
      this.view = view;
      this.error = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      seen.delete(this.#key);
      this.view = undefined;
      this.error = asApiError(thrown);
    }
  }
}

/** Every image once. */
export function allImages(view: ContainerView): LibraryImage[] {
  const all = [...view.tags.flatMap((tag) => tag.images), ...view.untagged];
  return all.filter(
    (image, index) =>
      all.findIndex((other) => other.hash === image.hash && other.arch === image.arch) === index,
  );
}

/** The image of this computer's architecture that `latest`, or else the newest tag, leads to. */
export function latestFor(view: ContainerView): LibraryImage | undefined {
  const own = (images: readonly LibraryImage[]): LibraryImage | undefined =>
    images.find((image) => image.arch === view.ownArchitecture);
  const latest = view.tags.find((tag) => tag.tag === "latest");
  if (latest) return own(latest.images);
  const tagged = view.tags.flatMap((tag) => own(tag.images) ?? []);
  return tagged.sort((one, other) => (other.created ?? 0) - (one.created ?? 0))[0];
}

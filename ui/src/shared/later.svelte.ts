/** Parts of the page that the first paint does not need: fetched when they are asked for, or in a quiet moment before. */

export interface Later<T> {
  /** The part, if it is here. */
  readonly now: T | undefined;
  get(): Promise<T>;
}

const parts: Later<unknown>[] = [];

/** A part that is fetched once. After a failure the next one who asks tries again. */
export function later<T>(load: () => Promise<T>): Later<T> {
  let here = $state.raw<T>();
  let loading: Promise<T> | undefined;
  const part: Later<T> = {
    get now() {
      return here;
    },
    get() {
      loading ??= load().then(
        (loaded) => (here = loaded),
        (failure: unknown) => {
          loading = undefined;
          throw failure;
        },
      );
      return loading;
    },
  };
  parts.push(part);
  return part;
}

/** Fetches all parts, one after the other, so that nobody waits for one later. */
export async function fetchParts(): Promise<void> {
  for (const part of parts) await part.get().catch(() => undefined);
}

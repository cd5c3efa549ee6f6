/** Where the last push went, and where one from this screen would go. */

import type { RemoteId } from "$bindings";
import { recall, remember, router, store } from "$store";

export interface PushPlace {
  remote: RemoteId;
  /** `entity/collection`. */
  collection: string;
}

/** The collection that is shown, else the one that was pushed to last, where its remote is still in the list. */
export function likelyPlace(): PushPlace | undefined {
  return shownPlace() ?? lastPlace();
}

function shownPlace(): PushPlace | undefined {
  const { route } = router;
  if (route.name !== "library" && route.name !== "container") return undefined;
  const [entity, collection] = (route.path ?? "").split("/");
  if (!entity || !collection || route.remote === undefined) return undefined;
  return { remote: route.remote, collection: `${entity}/${collection}` };
}

/** The collection that was pushed to last. */
export function lastPlace(): PushPlace | undefined {
  const last = recall<PushPlace | null>("push.place", null, isPlace);
  return last !== null && store.remote(last.remote) ? last : undefined;
}

export function rememberPlace(place: PushPlace): void {
  remember("push.place", place);
}

function isPlace(value: unknown): value is PushPlace {
  return (
    typeof value === "object" &&
    value !== null &&
    "remote" in value &&
    typeof value.remote === "string" &&
    "collection" in value &&
    typeof value.collection === "string"
  );
}

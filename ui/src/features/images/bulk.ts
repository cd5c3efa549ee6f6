/** What stays selected after work on several images: what failed, so that it can be tried again. Pure. */

import type { ImageId, TaskView } from "$bindings";

/** Those of `ids` that the ended task did not bring to a good end. */
export function failedOf(ids: readonly ImageId[], task: TaskView): ImageId[] {
  if (task.state.kind !== "done") return [...ids];
  const { outcome } = task.state;
  switch (outcome.kind) {
    case "verified": {
      const good = outcome.items.filter((item) => item.error === null && item.badge !== "tampered");
      return without(ids, good);
    }
    case "signed":
    case "pushed":
      return without(
        ids,
        outcome.items.filter((item) => item.error === null),
      );
    default:
      return [];
  }
}

function without(ids: readonly ImageId[], done: readonly { image: ImageId }[]): ImageId[] {
  const gone = new Set(done.map((item) => item.image));
  return ids.filter((id) => !gone.has(id));
}

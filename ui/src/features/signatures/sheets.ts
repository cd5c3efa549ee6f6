/** The ways into the sheets of this feature. */

import type { ImageId, TaskId } from "$bindings";
import { host } from "$host";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";

const SignSheet = later(async () => (await import("./SignSheet.svelte")).default);

/** Opens the sign sheet for images; the task that signs, if it was started. */
export async function openSignSheet(images: ImageId[]): Promise<TaskId | undefined> {
  const [only] = images;
  if (only === undefined) return undefined;
  const [suggested, view] = await Promise.all([
    host.suggestSigner(images).catch(() => null),
    images.length === 1 ? host.inspectImage(only).catch(() => undefined) : undefined,
  ]);
  return openLater(SignSheet, { images, parts: view?.parts ?? [], suggested });
}

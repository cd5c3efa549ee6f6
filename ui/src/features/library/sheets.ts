/** The ways into the sheets of a container. */

import type { ContainerView, LibraryImage } from "$bindings";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";

const DeleteImagesSheet = later(async () => (await import("./DeleteImagesSheet.svelte")).default);
const MoveTagSheet = later(async () => (await import("./MoveTagSheet.svelte")).default);

/** Asks, then deletes images; whether some are gone. */
export async function openDeleteSheet(
  view: ContainerView,
  images: readonly LibraryImage[],
): Promise<boolean> {
  return (await openLater(DeleteImagesSheet, { view, images })) === true;
}

/** Asks which tag is to lead to an image, and moves it. */
export async function openMoveTagSheet(view: ContainerView, image: LibraryImage): Promise<void> {
  await openLater(MoveTagSheet, { view, image });
}

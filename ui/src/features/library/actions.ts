/** What can be done with places and images of a library. */

import type { ImageId, LibraryImage, LibraryRow, RemoteId, TagMoveView } from "$bindings";
import { type PushPlace, openPullSheet, openPushSheet, shortHash } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import { copyText } from "$shared/clipboard";
import { tellError } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";
import { navigate, showKeys, store } from "$store";

import { referenceOf } from "./rows";

/** Goes to an owner, a collection or a container. */
export function openPlace(remote: RemoteId, path: string): void {
  if (path.split("/").length === 3) navigate({ name: "container", remote, path });
  else navigate(path === "" ? { name: "library", remote } : { name: "library", remote, path });
}

/** Pulls the newest image of containers. */
export function pullRows(remote: RemoteId, rows: readonly LibraryRow[]): void {
  const references = rows.filter((row) => row.kind === "container").map(referenceOf);
  if (references.length > 0) void openPullSheet({ references, remote });
}

export function pullImage(image: LibraryImage, remote: RemoteId): void {
  void openPullSheet({ references: [image.reference], remote });
}

/** Asks for files and pushes them. */
export async function pushFiles(place: PushPlace | undefined): Promise<void> {
  try {
    const drop = await host.pickImages();
    const images: ImageId[] = drop ? await host.takeImages(drop.files) : [];
    if (images.length > 0) await openPushSheet(images, place);
  } catch (thrown) {
    tellError(thrown);
  }
}

/** The keys that copy a reference, as this system shows them. */
export function copyKeys(): string {
  return showKeys("Mod+C", store.start?.system.modKey ?? "Ctrl");
}

export async function copyWords(words: string): Promise<void> {
  if (await copyText(words)) showToast(t("library.copied"));
}

/** Moves a tag; `undo` takes it back while the image before is there. */
export async function moveTag(to: TagMoveView, undo?: TagMoveView): Promise<void> {
  await host.moveTag(to);
  showToast(t("library.move.done", { tag: to.tag, hash: shortHash(to.hash) }), {
    action: undo && { label: t("shared.undo"), run: () => moveBack([undo]) },
  });
}

/** Takes moves of tags back. */
export async function moveBack(moves: readonly TagMoveView[]): Promise<void> {
  try {
    for (const move of moves) {
      await host.moveTag(move);
      showToast(t("library.move.undone", { tag: move.tag, hash: shortHash(move.hash) }));
    }
  } catch (thrown) {
    tellError(thrown);
  }
}

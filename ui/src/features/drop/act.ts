/** What happens with files once they are here: by a drop, a dialog, the input bar, or before the page existed. */

import type { DropView, FilesId, ImageId } from "$bindings";
import { openImportKeys } from "$features/keys";
import { openSignSheet } from "$features/signatures";
import { likelyPlace, openPushSheet } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import { focusLater } from "$shared/focus";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { tellError } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";
import { navigate, store } from "$store";

import { isUnknown, kindsOf, refusal, type ZoneAction } from "./zones";

const SortSheet = later(async () => (await import("./SortSheet.svelte")).default);

/** Does what a zone says. */
export async function actOn(action: ZoneAction, drop: DropView): Promise<void> {
  switch (action) {
    case "inspect":
      await showImages(await host.takeImages(drop.files));
      return;
    case "verify":
      await showToVerify(await host.takeImages(drop.files));
      return;
    case "sign": {
      const images = await host.takeImages(drop.files);
      await showImages(images);
      await openSignSheet(images);
      return;
    }
    case "push": {
      // Where the person sees the collection now, before the screen changes.
      const place = likelyPlace();
      const images = await host.takeImages(drop.files);
      await showImages(images);
      await openPushSheet(images, place);
      return;
    }
    case "importKeys":
      await openImportKeys(drop.files);
      return;
    case "addFolders":
      await addFolders(drop.files);
      return;
    case "sort":
      await openLater(SortSheet, { drop });
      return;
  }
}

/** Acts and says what went wrong. */
export async function actOrSay(action: ZoneAction, drop: DropView): Promise<void> {
  try {
    await actOn(action, drop);
  } catch (thrown) {
    tellError(thrown);
  }
}

/** Opens files that were picked or pasted: as the large zone of a drop would. */
export async function offerImages(drop: DropView | null): Promise<void> {
  if (!drop) return;
  if (isUnknown(drop)) {
    showToast(refusal(drop));
    return;
  }
  const action: ZoneAction =
    kindsOf(drop) > 1 ? "sort" : drop.keys > 0 ? "importKeys" : drop.folders > 0 ? "addFolders" : "inspect";
  await actOrSay(action, drop);
}

/** Drains what was opened before the page existed, now and whenever there is more; returns how to stop. */
export function takeOpenedFiles(): () => void {
  const drain = async (): Promise<void> => {
    try {
      for (const drop of await host.takeOpened()) await offerImages(drop);
    } catch (thrown) {
      tellError(thrown);
    }
  };
  const stop = host.on("filesOpened", () => void drain());
  void drain();
  return stop;
}

/** One image opens in the inspector, several are selected in the list. */
async function showImages(images: ImageId[], toVerify = false): Promise<void> {
  const [only] = images;
  if (only === undefined) return;
  if (images.length === 1) {
    navigate({ name: "image", id: only });
    return;
  }
  // The list selects what it knows, and these may be new.
  await store.refreshImages();
  navigate({ name: "images", select: images, toVerify });
}

/** Only Inspect acts at once: what was dropped on Verify is shown with Verify in reach, and waits there. */
async function showToVerify(images: ImageId[]): Promise<void> {
  const [only] = images;
  if (images.length === 1 && only !== undefined) navigate({ name: "image", id: only, tab: "signatures" });
  else await showImages(images, true);
  focusLater("[data-verify]");
}

async function addFolders(files: FilesId): Promise<void> {
  const folders = await host.addFolders(files);
  navigate({ name: "images" });
  showToast(t("drop.foldersAdded", { n: folders.length }), {
    action: {
      label: t("shared.undo"),
      run: () => Promise.all(folders.map((folder) => host.removeFolder(folder.id))),
    },
  });
}

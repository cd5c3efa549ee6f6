/** What can be done with images in bulk, and why not. */

import type { ImageId, ImageRow, TaskId } from "$bindings";
import { openSignSheet } from "$features/signatures";
import { openPushSheet } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { plainText } from "$shared/ticks";
import { tellError } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";
import { store } from "$store";

const QuickLookSheet = later(async () => (await import("./QuickLookSheet.svelte")).default);
const TrashSheet = later(async () => (await import("./TrashSheet.svelte")).default);

/** The ids that can be verified or signed: those whose file is there and readable. */
export function readable(rows: readonly ImageRow[]): ImageId[] {
  return rows.filter((row) => row.state.kind === "ready").map((row) => row.id);
}

/** Why these cannot be verified; nothing when some can. */
export function cannotVerify(rows: readonly ImageRow[]): string | undefined {
  return readable(rows).length === 0 ? t("images.reason.unreadable") : undefined;
}

/** Why these cannot be signed; nothing when some can. */
export function cannotSign(rows: readonly ImageRow[]): string | undefined {
  if (readable(rows).length === 0) return t("images.reason.unreadable");
  return rows.every((row) => row.badge === "tampered") ? t("images.reason.tampered") : undefined;
}

/** Starts the check of those that can be checked; the task that does it. */
export async function verifyImages(rows: readonly ImageRow[]): Promise<TaskId | undefined> {
  const ids = readable(rows);
  return ids.length > 0 ? orSay(host.verifyImages(ids)) : undefined;
}

/** Asks how to sign those that can be signed; the task that does it, if it was started. */
export async function signImages(rows: readonly ImageRow[]): Promise<TaskId | undefined> {
  const ids = readable(rows);
  return ids.length > 0 ? openSignSheet(ids) : undefined;
}

/** Why these cannot be pushed; nothing when some can. */
export function cannotPush(rows: readonly ImageRow[]): string | undefined {
  if (readable(rows).length === 0) return t("images.reason.unreadable");
  return rows.every((row) => row.badge === "tampered") ? t("images.reason.tamperedPush") : undefined;
}

/** Asks where to push those that can be pushed; the task that does it, if it was started. */
export async function pushImages(rows: readonly ImageRow[]): Promise<TaskId | undefined> {
  const ids = readable(rows);
  return ids.length > 0 ? openPushSheet(ids) : undefined;
}

/** Takes images off the list until they are opened again; the files stay. */
export async function removeImages(ids: ImageId[]): Promise<void> {
  if (ids.length === 0) return;
  if ((await orSay(host.forgetImages(ids))) === undefined) return;
  showToast(t("images.removed", { n: ids.length }));
}

/** Asks, then moves files to the trash; whether it was done. */
export async function trashImages(ids: ImageId[]): Promise<boolean> {
  if (ids.length === 0) return false;
  const names = ids.map((id) => store.image(id)?.name ?? String(id));
  if ((await openLater(TrashSheet, { names })) !== true) return false;
  const results = await orSay(host.trashImages(ids));
  const failed = (results ?? []).filter(([, error]) => error !== null);
  const first = failed[0]?.[1];
  if (first)
    showToast(t("images.trashFailed", { n: failed.length, why: plainText(first.message) }), {
      urgency: "assertive",
    });
  else if (results) showToast(t("images.trashed", { n: ids.length }));
  return results !== undefined && failed.length < ids.length;
}

export function quickLook(id: ImageId): void {
  void openLater(QuickLookSheet, { id });
}

async function orSay<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    tellError(thrown);
    return undefined;
  }
}

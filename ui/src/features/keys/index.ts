/** Keys: the two pages, and the ways into their sheets. */

import { later } from "$shared/later.svelte";

export const KeyPage = later(async () => (await import("./KeyPage.svelte")).default);
export const KeysPage = later(async () => (await import("./KeysPage.svelte")).default);
export {
  findKey,
  openCreateKey,
  openGnupgImport,
  openImportKeys,
  openKeySearch,
  openPasteKey,
  openPublishKey,
  openTrustKey,
  repairKeyring,
} from "./open";
export { serverToAsk } from "./network";
export { daysLeft, nameOf, stateLine, trustRecord, whoOf } from "./words";

/** Keys: the two pages, and the ways into their sheets. */

export { default as KeyPage } from "./KeyPage.svelte";
export { default as KeysPage } from "./KeysPage.svelte";
export {
  openTrustKey,
  openCreateKey,
  openGnupgImport,
  openImportKeys,
  openPasteKey,
  repairKeyring,
} from "./open";
export { daysLeft, nameOf, stateLine, trustRecord, whoOf } from "./words";

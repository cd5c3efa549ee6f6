/** Settings: the page, and its entries for the palette. */

import { later } from "$shared/later.svelte";

export { settingEntries } from "./catalogue";
export const SettingsPage = later(async () => (await import("./SettingsPage.svelte")).default);

/** Settings: the page, and its entries for the palette. */

export { settingEntries } from "./catalogue";
export { default as SettingsPage } from "./SettingsPage.svelte";

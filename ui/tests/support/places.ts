/** Every place and every sheet that the page tests visit. */

import type { Page } from "playwright-core";

import { ANNA, LI, OTTO, TOM, TOM_BARE, TOM_OLD } from "../../src/host/browser/keys";

export interface Place {
  name: string;
  route: string;
  /** Opens what the address alone cannot. */
  open?: (page: Page) => Promise<void>;
}

const menuItem =
  (item: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: "More actions" }).first().click();
    await page.getByRole("menuitem", { name: item }).click();
    await page.getByRole("dialog").waitFor();
  };

const button =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole("button", { name, exact: true }).first().click();
    await page.getByRole("dialog").waitFor();
  };

const badges = [
  "verified",
  "unknownKey",
  "untrustedKey",
  "revokedKey",
  "expiredKey",
  "partlySigned",
  "oldSignature",
  "tampered",
  "notSigned",
  "notChecked",
  "encrypted",
];
const refused = ["missing", "notSif", "empty", "truncated", "malformed", "unsupported", "notReadable"];

/** The screens of the sidebar. */
export const screens: Place[] = ["home", "images", "library", "keys", "activity", "settings"].map((name) => ({
  name,
  route: `/${name}`,
}));

/** One image of every badge and of every refused state; ids are those of the browser's host. */
export const images: Place[] = [...badges, ...refused].map((name, index) => ({
  name: `image-${name}`,
  route: `/images/${String(index + 1)}`,
}));

export const tabs: Place[] = ["signatures", "parts", "definition", "environment", "raw"].map((tab) => ({
  name: `tab-${tab}`,
  route: `/images/1/${tab}`,
}));

export const keys: Place[] = [
  { name: "key-own", route: `/keys/${TOM}` },
  { name: "key-expires-soon", route: `/keys/${TOM_OLD}` },
  { name: "key-bare", route: `/keys/${TOM_BARE}` },
  { name: "key-trusted", route: `/keys/${ANNA}` },
  { name: "key-not-trusted", route: `/keys/${LI}` },
  { name: "key-revoked", route: `/keys/${OTTO}` },
];

/** Fetched when it is wanted. */
export const remotesSection: Place = {
  name: "settings-remotes",
  route: "/settings/remotes",
  open: (page) => page.locator("[data-remotes]").waitFor(),
};

const otherSections = [
  "general",
  "appearance",
  "trust",
  "transfers",
  "notifications",
  "privacy",
  "keyboard",
  "advanced",
  "about",
];

export const settings: Place[] = [
  ...otherSections.map((section) => ({ name: `settings-${section}`, route: `/settings/${section}` })),
  remotesSection,
];

/** Chooses from the menu of a card of Settings, Remotes. */
const ofRemote =
  (name: string, item: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: `More actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: item }).click();
    await page.getByRole("dialog").waitFor();
  };

/** Sheets of remotes, logins and keyservers. */
export const remoteSheets: Place[] = [
  {
    name: "sheet-sign-in",
    route: "/settings/remotes",
    open: async (page) => {
      await page.getByRole("button", { name: "Sign in to SylabsCloud" }).click();
      await page.getByRole("dialog").getByText("library", { exact: true }).waitFor();
    },
  },
  {
    name: "sheet-sign-in-refused",
    route: "/settings/remotes",
    open: async (page) => {
      await ofRemote("Lab", "Use another token…")(page);
      await page.getByLabel("Token", { exact: true }).fill("a wrong one");
      await page.keyboard.press("Control+Enter");
      await page.getByText("The token is not accepted").waitFor();
    },
  },
  { name: "sheet-add-remote", route: "/settings/remotes", open: button("Add a remote…") },
  {
    name: "sheet-add-remote-found",
    route: "/settings/remotes",
    open: async (page) => {
      await button("Add a remote…")(page);
      await page.getByLabel("Address").fill("library.example.com");
      await page.getByLabel(/^Connect without encryption/u).check();
      await page.keyboard.press("Control+Enter");
      await page.getByText("Found at library.example.com").waitFor();
    },
  },
  {
    name: "sheet-add-remote-unknown",
    route: "/settings/remotes",
    open: async (page) => {
      await button("Add a remote…")(page);
      await page.getByLabel("Address").fill("nowhere.example.com");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("button", { name: "Add without checking" }).waitFor();
    },
  },
  { name: "sheet-edit-remote", route: "/settings/remotes", open: ofRemote("Lab", "Edit…") },
  { name: "sheet-remove-remote", route: "/settings/remotes", open: ofRemote("Lab", "Remove…") },
  { name: "sheet-keyservers", route: "/settings/remotes", open: ofRemote("Lab", "Keyservers…") },
  {
    name: "sheet-share-login",
    route: "/settings/remotes",
    open: ofRemote("registry.example.org", "Share this login with the command line…"),
  },
  { name: "sheet-registry", route: "/settings/remotes", open: button("Sign in to a registry…") },
  { name: "sheet-cloud-token", route: "/settings/remotes", open: button("New token…") },
  {
    name: "sheet-key-search",
    route: "/keys",
    open: async (page) => {
      await button("Find keys…")(page);
      await page.getByRole("dialog").getByRole("searchbox").fill("ravi");
      await page.keyboard.press("Enter");
      await page.getByRole("list", { name: "Keys found" }).waitFor();
    },
  },
  {
    name: "sheet-find-key-missing",
    route: `/keys/${ANNA}`,
    open: async (page) => {
      await menuItem("Refresh from keyserver…")(page);
      await page.getByText(/^No keyserver of/u).waitFor();
    },
  },
  { name: "sheet-publish-key", route: `/keys/${TOM}`, open: menuItem("Publish…") },
];

export const sheets: Place[] = [
  { name: "sheet-create-key", route: "/keys", open: button("Create a key…") },
  {
    name: "sheet-import",
    route: "/keys",
    open: async (page) => {
      await page.evaluate(() => {
        window.sifter?.pickKeys(["Nadia.asc", "Ben-secret.asc"]);
      });
      await page.getByRole("button", { name: "Import…" }).click();
      await page.getByRole("menuitem", { name: "Import a key file…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "sheet-paste-key",
    route: "/keys",
    open: async (page) => {
      await page.getByRole("button", { name: "Import…" }).click();
      await page.getByRole("menuitem", { name: "Paste a key…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "sheet-gnupg",
    route: "/keys",
    open: async (page) => {
      await page.getByRole("button", { name: "Import…" }).click();
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await page.getByRole("checkbox").first().waitFor();
    },
  },
  { name: "sheet-compare", route: `/keys/${LI}`, open: button("Compare and trust…") },
  {
    name: "sheet-compare-differs",
    route: `/keys/${LI}`,
    open: async (page) => {
      await button("Compare and trust…")(page);
      await page.getByRole("textbox").fill(LI.replace("02B7", "02B8"));
      await page.getByText("1 group differs").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Show words" }).click();
    },
  },
  { name: "sheet-extend", route: `/keys/${TOM_OLD}`, open: button("Extend…") },
  { name: "sheet-export", route: `/keys/${TOM}`, open: button("Export…") },
  { name: "sheet-passphrase", route: `/keys/${TOM}`, open: menuItem("Change passphrase…") },
  { name: "sheet-unlock", route: `/keys/${TOM}`, open: menuItem("Unlock…") },
  { name: "sheet-revoke", route: `/keys/${TOM}`, open: menuItem("Revoke…") },
  { name: "sheet-delete", route: `/keys/${TOM}`, open: menuItem("Delete…") },
  {
    name: "sheet-report",
    route: "/settings/advanced",
    open: button("Show report…"),
  },
  {
    name: "palette",
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+K");
      await page.getByRole("dialog").getByRole("combobox").waitFor();
    },
  },
  {
    name: "palette-search",
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+K");
      await page.getByRole("dialog").getByRole("combobox").fill("sam");
      await page.getByRole("option", { name: /samtools/u }).waitFor();
    },
  },
  {
    name: "shortcuts",
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+/");
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "sheet-sign", route: "/images/9", open: button("Sign…") },
];

/** Levels of a library, a search, a container: by their addresses alone. */
export const levels: Place[] = [
  { name: "library-level", route: "/library/this-computer/tom/tools" },
  {
    name: "library-found",
    route: "/library?find=samtools",
    open: (page) => page.locator("#found-images").waitFor(),
  },
  {
    name: "library-container",
    route: "/library/this-computer/tom/tools/samtools",
    open: (page) => page.getByRole("grid").waitFor(),
  },
  {
    name: "library-container-read-only",
    route: "/library/remote%3ALab/genomics/tools/gatk",
    open: (page) => page.getByRole("grid").waitFor(),
  },
  {
    name: "library-nowhere",
    route: "/library/this-computer/nobody/nothing/at-all",
    open: (page) => page.getByRole("alert").waitFor(),
  },
];

/** Places in a library, and the sheets that pull and push. */
export const libraries: Place[] = [
  ...levels,
  {
    name: "sheet-pull-found",
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+d");
      await page.getByRole("textbox", { name: "Reference" }).fill("library://tom/tools/gatk:4.5");
      await page.getByRole("radio", { name: "Keep both" }).waitFor();
    },
  },
  {
    name: "sheet-push-gate",
    route: "/images/9",
    open: async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await page.getByText("Not signed.", { exact: true }).waitFor();
    },
  },
];

/** Goes to the place on an open page. */
export async function arrive(page: Page, place: Place): Promise<void> {
  // A screen is fetched when it is wanted; until then nothing is there to look at.
  await page.locator("main > *").first().waitFor({ state: "attached" });
  await place.open?.(page);
}

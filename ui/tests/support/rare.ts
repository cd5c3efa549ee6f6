/** Places that are rare: what lies over a screen, and the odd images of the scenario `odd`. */

import type { Page } from "playwright-core";

import type { Place } from "./places";

/** What lies over a screen: menus, notes, zones, the question before closing. */
export const layers: Place[] = [
  {
    name: "menu",
    route: "/images/1",
    open: async (page) => {
      await page.getByRole("heading", { level: 1, name: /samtools/u }).waitFor();
      await page.keyboard.press("F10");
      await page.getByRole("menuitem", { name: "Image" }).press("ArrowRight");
      await page.getByRole("menuitem", { name: /^Copy hash/u }).waitFor();
    },
  },
  {
    name: "menu-more",
    route: "/images/1",
    open: async (page) => {
      await page.getByRole("button", { name: "More actions" }).first().click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "menu-remotes",
    route: "/home",
    open: async (page) => {
      await page.getByRole("button", { name: /^Remote:/u }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "menu-context",
    route: "/images",
    open: async (page) => {
      await page.getByRole("row", { name: /^draft\.sif/u }).click({ button: "right" });
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "tooltip",
    route: "/images/1",
    open: async (page) => {
      await page.getByRole("button", { name: "Back" }).hover();
      await page.getByRole("tooltip").waitFor();
    },
  },
  {
    name: "toast",
    route: "/images",
    open: async (page) => {
      await page.getByRole("row", { name: /^draft\.sif/u }).click();
      await page.keyboard.press("v");
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await page.evaluate(() => window.sifter?.settle());
      await page.locator(".toast").first().waitFor();
    },
  },
  {
    name: "drop-zones",
    route: "/home",
    open: async (page) => {
      await page.evaluate(() => {
        const sifter = window.sifter;
        sifter?.emit("dragEntered", sifter.offer(["samtools_1.19.sif"]));
      });
      await page.locator("[data-drop-overlay]").waitFor();
    },
  },
  {
    name: "close-question",
    route: "/home",
    open: async (page) => {
      await page.evaluate(() => {
        window.sifter?.emit("closeAsked", { running: 2 });
      });
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "images-selected",
    route: "/images",
    open: async (page) => {
      await page.getByRole("row", { name: /^draft\.sif/u }).click();
      await page.keyboard.press("Shift+ArrowDown");
      await page.getByRole("region", { name: "Selected images" }).waitFor();
    },
  },
];

const listed = async (page: Page): Promise<void> => {
  await page.getByRole("row", { name: /^dsse-signed/u }).waitFor();
};

/** What is rare, in the scenario `odd`. */
export const odd: Place[] = [
  { name: "odd-home", route: "/home" },
  { name: "odd-images", route: "/images", open: listed },
  {
    name: "odd-folder-polling",
    route: "/images",
    open: async (page) => {
      await page.getByRole("button", { name: /^Containers/u }).click();
      await page
        .getByText(/network drive/u)
        .first()
        .waitFor();
    },
  },
  {
    name: "odd-two-thousand",
    route: "/images",
    open: async (page) => {
      await listed(page);
      await page.evaluate(() => window.sifter?.addImages(2000));
      await page.locator('[role=grid][aria-rowcount="2023"]').waitFor();
      await page.getByRole("button", { name: "All 2,022" }).waitFor();
    },
  },
  { name: "odd-dsse", route: "/images/19" },
  { name: "odd-dsse-signatures", route: "/images/19/signatures" },
  { name: "odd-long-name", route: "/images/20" },
  { name: "odd-right-to-left", route: "/images/21" },
  { name: "odd-overridden", route: "/images/22" },
  { name: "odd-encrypted-definition", route: "/images/11/definition" },
];

/** Menus, palette and keys lead to the same commands: each id of a menu does something, each key has its command. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { lastCommand, menuGroups } from "../src/app/menu-model";
import { defaultKeys } from "../src/store/keymap";
import { atRest, canBrowse, control, onPage, settled } from "./support/page";

const shell = readFileSync(fileURLToPath(new URL("../../src-tauri/menu.rs", import.meta.url)), "utf8");
/** The ids of the menu bar that macOS has. */
const barIds = [
  ...[...shell.matchAll(/Command\(\s*"([\w.]+)"/gu)].map(([, id]) => id ?? ""),
  ...[...shell.matchAll(/with_id\(app, "([\w.]+)"/gu)].map(([, id]) => id ?? ""),
];
const pageIds = [...menuGroups.flatMap((group) => group.ids), lastCommand].filter((id) => id !== undefined);

/** Every command that a menu or a key can run. */
const allIds = [...new Set([...pageIds, ...Object.keys(defaultKeys)])];

/** Where a command can be run, and what has to be done first. */
const placeOf: Record<string, { route?: string; before?: (page: Page) => Promise<void> }> = {
  "inspect.current": {
    route: "/images",
    before: (page) => page.getByRole("row", { name: /^draft\.sif/u }).click(),
  },
  "go.home": { route: "/keys" },
  back: { route: "/keys", before: (page) => page.getByRole("button", { name: "Home" }).click() },
  forward: {
    route: "/keys",
    before: async (page) => {
      await page.getByRole("button", { name: "Home" }).click();
      await page.keyboard.press("Alt+ArrowLeft");
      await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    },
  },
  find: { route: "/images" },
  "region.previous": { before: (page) => page.getByRole("button", { name: "Home" }).focus() },
  "lock.keys": {
    before: (page) =>
      control(page, (sifter) => {
        sifter.emit("lockChanged", { unlocked: 1, until: null });
      }),
  },
  "zoom.reset": {
    before: async (page) => {
      await page.keyboard.press("Control+=");
      await page.waitForFunction(() => document.documentElement.style.fontSize !== "");
    },
  },
};

declare global {
  interface Window {
    traces?: () => string;
  }
}

/** All that a command can change, as text. Runs in the page. */
function traces(): string {
  const sifter = window.sifter;
  return JSON.stringify([
    location.hash,
    document.querySelector("h1")?.textContent,
    document.querySelectorAll("[role=dialog]").length,
    sifter?.world.calls.length,
    document.activeElement?.tagName,
    document.activeElement?.getAttribute("aria-label"),
    document.activeElement?.textContent?.slice(0, 80),
    document.documentElement.style.fontSize,
    document.querySelector(".collapsed") !== null,
  ]);
}

async function focusOn(page: Page, name: string): Promise<void> {
  await page.waitForFunction((wanted) => document.activeElement?.textContent?.trim() === wanted, name);
}

describe("the menus", () => {
  test("on the page have every command of the menu bar", () => {
    expect(barIds.length).toBeGreaterThan(25);
    expect([...new Set(barIds)].sort()).toEqual([...pageIds].sort());
  });
  test("name each command once", () => {
    expect(new Set(pageIds).size).toBe(pageIds.length);
  });
});

describe.skipIf(!canBrowse).concurrent("each command of a menu or a key", () => {
  test.each(allIds)("%s does something", (id) =>
    onPage({ route: placeOf[id]?.route ?? "/images/1" }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      await placeOf[id]?.before?.(page);
      await page.waitForFunction(() => document.querySelector("h1")?.textContent !== "");
      await atRest(page);
      const before = await page.evaluate(`(window.traces = ${traces.toString()})()`);
      await page.evaluate((chosen) => {
        window.sifter?.emit("menuChosen", chosen);
      }, id);
      await page.waitForFunction((was) => window.traces?.() !== was, before);
    }),
  );
});

describe.skipIf(!canBrowse).concurrent("the menu button", () => {
  for (const keys of ["Alt", "F10"]) {
    test(`${keys} opens it, arrows and Enter work in it, Escape gives the focus back`, () =>
      onPage({ route: "/keys" }, async (page) => {
        await page.getByRole("button", { name: "Import…" }).focus();
        await page.keyboard.press(keys);
        const menu = page.getByRole("menu", { name: "Menu" });
        await menu.waitFor();
        await page.keyboard.press("Escape");
        await menu.waitFor({ state: "detached" });
        await focusOn(page, "Import…");
        await page.keyboard.press(keys);
        await menu.waitFor();
        await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "menuitem");
        await page.keyboard.press("g");
        await focusOn(page, "Go");
        await page.keyboard.press("ArrowRight");
        await page.getByRole("menuitem", { name: /^Images/u }).waitFor();
        await page.keyboard.press("i");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { level: 1, name: "Images" }).waitFor();
      }));
  }
  test("Alt with another key does not open it", () =>
    onPage({ route: "/keys" }, async (page) => {
      await page.keyboard.down("Alt");
      await page.keyboard.press("x");
      await page.keyboard.up("Alt");
      await settled(page);
      expect(await page.getByRole("menu").count()).toBe(0);
    }));
  test("a choice that moves the focus keeps it", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.keyboard.press("F10");
      await page.getByRole("menuitem", { name: "View" }).click();
      await page.getByRole("menuitem", { name: /^Find/u }).click();
      await page.waitForFunction(() => document.activeElement?.matches("input[type=search]"));
      await settled(page);
      expect(await page.evaluate(() => document.activeElement?.matches("input[type=search]"))).toBe(true);
    }));
  test("what the screen cannot do says why", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("F10");
      await page.getByRole("menuitem", { name: "Image" }).click();
      const sign = page.getByRole("menuitem", { name: /Sign the image/u });
      await sign.waitFor();
      expect(await sign.getAttribute("aria-disabled")).toBe("true");
      expect(await sign.textContent()).toContain("Not on this screen");
    }));
  test("is not drawn where the system has a menu bar", () =>
    onPage({ route: "/home", scenario: "mac" }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await page.getByRole("button", { name: "Menu", exact: true }).count()).toBe(0);
    }));
  test("Reset window layout also asks the window, and First steps come back with a way out", () =>
    onPage({ route: "/keys" }, async (page) => {
      await page.evaluate(() => {
        window.sifter?.emit("menuChosen", "view.resetLayout");
      });
      await page.waitForFunction(() => window.sifter?.world.calls.includes("resetWindowLayout"));
      await page.evaluate(() => {
        window.sifter?.emit("menuChosen", "help.firstRun");
      });
      await page.getByRole("button", { name: /^Look around/u }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
      expect(await control(page, (sifter) => sifter.world.calls.includes("finishFirstRun"))).toBe(false);
    }));
});

describe.skipIf(!canBrowse).concurrent("keys", () => {
  test("the list of keys has exactly the commands of menus and map", () =>
    onPage({ route: "/settings/keyboard" }, async (page) => {
      const rows = page.locator("[data-command]");
      await rows.first().waitFor();
      const listed = await rows.evaluateAll((all) =>
        all.map((row) => row.getAttribute("data-command") ?? ""),
      );
      expect(listed.sort()).toEqual([...allIds].sort());
    }));

  test("Copy hash: by keys, in the palette and in the menu", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await page.getByText("All 4 parts match what was signed.").first().waitFor();
      await page.keyboard.press("Control+Shift+C");
      await page.waitForFunction(() => window.sifter?.world.copied.length === 1);
      expect(await control(page, (sifter) => sifter.world.copied)).toEqual(["04".repeat(32)]);
      await page.getByText("The SHA-256 of Part 4 (file system) was copied").first().waitFor();
      await page.keyboard.press("Control+K");
      await page.getByRole("dialog").getByRole("combobox").fill("copy hash");
      await page.getByRole("option", { name: /^Copy hash/u }).waitFor();
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => window.sifter?.world.copied.length === 2);
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: /^Copy hash/u }).click();
      await page.waitForFunction(() => window.sifter?.world.copied.length === 3);
    }));
});

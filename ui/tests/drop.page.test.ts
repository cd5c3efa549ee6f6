/** Files over the window: what a drop does, how the zones go away, and that only Inspect acts at once. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { pressOn, tabTo } from "./support/keyboard";
import { canBrowse, control, focused, onPage, settled } from "./support/page";

/** Drags `names` over the window; the zones are shown. */
async function dragIn(page: Page, names: string[]): Promise<void> {
  await page.evaluate((files) => {
    const sifter = window.sifter;
    sifter?.emit("dragEntered", sifter.offer(files));
  }, names);
  await page.locator("[data-drop-overlay]").waitFor();
}

/** Drags `names` in and drops them on a zone. */
async function drop(page: Page, names: string[], zone: string): Promise<void> {
  await dragIn(page, names);
  await page.evaluate((name) => {
    const box = document.querySelector(`[data-zone=${name}]`)?.getBoundingClientRect();
    const files = [...(window.sifter?.world.offered.keys() ?? [])].at(-1) ?? "";
    const [x, y] = [(box?.left ?? 0) + 20, (box?.top ?? 0) + 20];
    window.sifter?.emit("dragMoved", { x, y });
    window.sifter?.emit("dropped", { files, x, y });
  }, zone);
}

const zonesGone = (page: Page): Promise<void> =>
  page.locator("[data-drop-overlay]").waitFor({ state: "detached" });
const many = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `run-${String(index).padStart(4, "0")}.sif`);

describe.skipIf(!canBrowse).concurrent("a drop", () => {
  test("of 1000 images selects them all, with the bar for several in reach", () =>
    onPage({ route: "/home" }, async (page) => {
      await drop(page, many(1000), "inspect");
      const bar = page.getByRole("region", { name: "Selected images" });
      await bar.getByText(/^1\D?000 images selected$/u).waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute("data-row") !== null);
      expect(await focused(page)).toMatch(/^run-0000\.sif/u);
      // The list hears of its new rows after the answer: what is selected stays.
      await settled(page);
      await bar.getByText(/^1\D?000 images selected$/u).waitFor();
      await tabTo(page, "button", /^Sign 1\D?000 images…$/u);
      await tabTo(page, "button", /^Verify 1\D?000 images$/u, true);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => window.sifter?.world.calls.includes("verifyImages"));
      expect(await page.evaluate(() => location.hash)).toBe("#/images");
    }));

  test("of the same files selects them again, whatever the list was narrowed to", () =>
    onPage({ route: "/images" }, async (page) => {
      await drop(page, many(3), "inspect");
      await page.getByText("3 images selected").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("3 images selected").waitFor({ state: "detached" });
      await page.getByRole("searchbox").fill("samtools");
      await page.getByRole("row", { name: /run-0000/u }).waitFor({ state: "detached" });
      await drop(page, many(3), "inspect");
      await page.getByText("3 images selected").waitFor();
      await page.getByRole("row", { name: /run-0000/u, selected: true }).waitFor();
    }));

  test("on Verify shows what it is and waits", () =>
    onPage({ route: "/home" }, async (page) => {
      await drop(page, ["draft.sif"], "verify");
      await page.getByRole("heading", { level: 1, name: "draft.sif" }).waitFor();
      await page.waitForFunction(() => document.activeElement?.hasAttribute("data-verify"));
      expect(await control(page, (sifter) => sifter.world.calls.includes("verifyImages"))).toBe(false);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => window.sifter?.world.calls.includes("verifyImages"));
    }));

  test("of several on Verify selects them and waits", () =>
    onPage({ route: "/home" }, async (page) => {
      await drop(page, many(4), "verify");
      await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Verify 4 images");
      await settled(page);
      expect(await focused(page)).toBe("Verify 4 images");
      expect(await control(page, (sifter) => sifter.world.calls.includes("verifyImages"))).toBe(false);
    }));

  test("on Sign asks first", () =>
    onPage({ route: "/home" }, async (page) => {
      await drop(page, ["draft.sif"], "sign");
      await page.getByRole("dialog", { name: /draft\.sif/u }).waitFor();
      expect(await control(page, (sifter) => sifter.world.calls.includes("runSigning"))).toBe(false);
    }));

  test("of a folder can be undone", () =>
    onPage({ route: "/home" }, async (page) => {
      await drop(page, ["more/"], "addFolders");
      await pressOn(page, "button", "Undo");
      await page.waitForFunction(() => window.sifter?.world.calls.includes("removeFolder"));
    }));
});

describe.skipIf(!canBrowse).concurrent("a drag whose source died", () => {
  const ends: [string, (page: Page) => Promise<void>][] = [
    ["the pointer moves", (page) => page.mouse.move(300, 300, { steps: 3 })],
    ["a button is pressed", (page) => page.mouse.down()],
    ["Escape", (page) => page.keyboard.press("Escape")],
    ["the window loses the focus", (page) => page.evaluate(() => void dispatchEvent(new Event("blur")))],
    [
      "the window is hidden",
      (page) => page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange"))),
    ],
  ];
  test.each(ends)("takes its zones away when %s", (_, end) =>
    onPage({ route: "/home" }, async (page) => {
      await page.mouse.move(200, 200);
      await dragIn(page, ["draft.sif"]);
      await end(page);
      await zonesGone(page);
    }),
  );

  test("shows them again when it lives after all, and a late drop still counts", () =>
    onPage({ route: "/home" }, async (page) => {
      await dragIn(page, ["draft.sif"]);
      await page.keyboard.press("Escape");
      await zonesGone(page);
      await control(page, (sifter) => {
        sifter.emit("dragMoved", { x: 100, y: 100 });
      });
      await page.locator("[data-drop-overlay]").waitFor();
      await page.keyboard.press("Escape");
      await zonesGone(page);
      await page.evaluate(() => {
        const files = [...(window.sifter?.world.offered.keys() ?? [])].at(-1) ?? "";
        window.sifter?.emit("dropped", { files, x: 100, y: 100 });
      });
      await page.getByRole("heading", { level: 1, name: "draft.sif" }).waitFor();
    }));
});

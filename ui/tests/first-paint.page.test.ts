/** The first frame: text at once, at the places where the finished page has it, until there is a page to see. */

import { readFileSync } from "node:fs";

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, onPage } from "./support/page";

const script = readFileSync(new URL("../../src-tauri/before_paint.js", import.meta.url), "utf8").trimEnd();
const html = readFileSync(new URL("../index.html", import.meta.url), "utf8");

interface Known {
  theme: "system" | "light" | "dark";
  zoom: number;
  firstRun: boolean;
}

/** Puts the first frame back over the finished page, as a start with these settings shows it. */
async function showFirstFrame(page: Page, known: Known): Promise<void> {
  await page.evaluate((html) => {
    const frame = new DOMParser().parseFromString(html, "text/html").getElementById("first-paint");
    if (frame) document.body.prepend(frame);
  }, html);
  // The shell's own script, as the window runs it.
  await page.evaluate(`(${script})(${JSON.stringify(known)})`);
}

/** Where a text is drawn, to the half pixel, and in which size. */
function placesOf(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((chosen) => {
    return [...document.querySelectorAll(chosen)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const { x, y, height } = range.getBoundingClientRect();
        const half = (value: number): number => Math.round(value * 2) / 2;
        return `${element.textContent.trim()} ${half(x)} ${half(y)} ${half(height)}`;
      });
  }, selector);
}

const usual: Known = { theme: "light", zoom: 100, firstRun: false };

describe.skipIf(!canBrowse).concurrent("the first frame", () => {
  test("has the sidebar's texts where the finished page has them", () =>
    onPage({ route: "/images" }, async (page) => {
      const finished = await placesOf(page, "nav .name");
      await showFirstFrame(page, usual);
      expect(finished).toHaveLength(6);
      expect(await placesOf(page, "#first-paint li")).toEqual(finished);
    }));

  test("is as narrow as the sidebar was left", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.keyboard.press("Control+b");
      await page.waitForFunction(() => localStorage.getItem("sifter.sidebar") === "true");
      await showFirstFrame(page, usual);
      expect(await placesOf(page, "#first-paint li")).toEqual([]);
      const width = (selector: string): Promise<number> =>
        page.locator(selector).evaluate((element) => element.getBoundingClientRect().width);
      expect(await width("#first-paint ul")).toBe(await width("nav"));
    }));

  test("of the first start has the heading of the first start", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      const finished = await placesOf(page, "main h1");
      await showFirstFrame(page, { ...usual, firstRun: true });
      expect(await placesOf(page, "#first-paint p")).toEqual(finished);
      expect(await placesOf(page, "#first-paint li")).toEqual([]);
    }));

  test("stays until there is a page to see", () =>
    onPage({ route: "/images" }, async (page) => {
      let go = (): void => undefined;
      const held = new Promise<void>((resolve) => (go = resolve));
      await page.route("**/assets/start-*.js", async (route) => {
        await held;
        await route.continue();
      });
      await page.reload({ waitUntil: "commit" });
      await page.locator("#first-paint li", { hasText: "Images" }).waitFor();
      expect(await page.locator("main").count()).toBe(0);
      const emptyBetween = page.evaluate(
        () =>
          new Promise<boolean>((resolve) => {
            new MutationObserver(() => {
              if (!document.getElementById("first-paint"))
                resolve(document.querySelector("nav .name") === null);
            }).observe(document.body, { childList: true });
          }),
      );
      go();
      expect(await emptyBetween).toBe(false);
    }));

  test("has the theme of the settings, whatever the system's is", () =>
    onPage({ theme: "light" }, async (page) => {
      await showFirstFrame(page, { ...usual, theme: "dark" });
      const colour = await page
        .locator("#first-paint")
        .evaluate((element) => getComputedStyle(element).backgroundColor);
      expect(colour).toBe("rgb(21, 24, 28)");
    }));
});

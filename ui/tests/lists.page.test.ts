/** Long lists: only what is in view is drawn, wherever they are scrolled to. Nodes are counted, not time. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, control, onPage, settled } from "./support/page";

/** How many elements a screen of rows may take: about 30 rows in view, as many in reserve, some elements each. */
const MOST = 1500;

interface Looks {
  nodes: number;
  first: string;
}

/** Scrolls a box to parts of its height and counts the elements in it each time. */
async function scrolled(page: Page, box: string, row: string): Promise<Looks[]> {
  const looks: Looks[] = [];
  for (const share of [0, 0.1, 0.5, 0.9, 1]) {
    await page.locator(box).evaluate((element, at) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) * at;
    }, share);
    await settled(page);
    await settled(page);
    looks.push(
      await page.locator(box).evaluate((element, rows) => {
        const frame = element.getBoundingClientRect();
        const inView = [...element.querySelectorAll(rows)].find(
          (one) => one.getBoundingClientRect().bottom > frame.top + 60,
        );
        return { nodes: element.querySelectorAll("*").length, first: inView?.textContent?.trim() ?? "" };
      }, row),
    );
  }
  return looks;
}

describe.skipIf(!canBrowse).concurrent("long lists", () => {
  test("10 000 images", () =>
    onPage({ route: "/images" }, async (page) => {
      await control(page, (sifter) => {
        sifter.addImages(10_000);
      });
      await page.locator('[role=grid][aria-rowcount="10019"]').waitFor();
      const looks = await scrolled(page, "[role=grid]", "[data-row]");
      for (const look of looks) expect(look.nodes).toBeLessThan(MOST);
      expect(new Set(looks.map((look) => look.first)).size).toBe(looks.length);
      // Select all is one set, not ten thousand rows.
      await page.locator("[data-row]").last().click();
      await page.keyboard.press("Control+A");
      await page.getByText(/^10\D?018 images selected$/u).waitFor();
      expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2 * MOST);
    }));

  test("a log of 100 000 lines", () =>
    onPage({ route: "/activity" }, async (page) => {
      await control(page, (sifter) => {
        const id = sifter.lastTask();
        for (let line = 0; line < 100_000; line += 1)
          sifter.emit("taskEvent", { kind: "log", id, line: `line ${String(line)} of the log` });
      });
      await page.getByText("Log", { exact: true }).first().click();
      const log = page.getByRole("log", { name: /^Log, 100\D?000 lines$/u });
      await log.waitFor();
      const looks = await scrolled(page, "[role=log]", ".line");
      for (const look of looks) expect(look.nodes).toBeLessThan(MOST);
      expect(looks.at(0)?.first).toMatch(/^line [0-9] /u);
      expect(looks.at(-1)?.first).toMatch(/^line 99\d\d\d /u);
      expect(new Set(looks.map((look) => look.first)).size).toBe(looks.length);
    }));
});

/** What must not move: a button under a pressed pointer, a field beside a taller one. */

import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";

import { canBrowse, closeBrowser, onPage, settled } from "./support/page";

afterAll(closeBrowser);

/** Where each control of the open sheet begins, in CSS pixels. */
function tops(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const all = [
      ...document.querySelectorAll<HTMLElement>("[data-sheet] :is(label, input, select, button, h3)"),
    ];
    return Object.fromEntries(
      all.map((element, index) => [
        `${String(index)} ${element.textContent?.trim().slice(0, 20) ?? ""}`,
        Math.round(element.getBoundingClientRect().top),
      ]),
    );
  });
}

async function openSheet(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Create a key…" }).first().click();
  await page.getByRole("dialog", { name: "Create a key" }).waitFor();
  await settled(page);
}

describe.skipIf(!canBrowse).concurrent("the sheet for a new key", () => {
  test("has Kind and Expires, Name and Mail at one height, also with errors", () =>
    onPage({ route: "/keys" }, async (page) => {
      await openSheet(page);
      const same = async (one: string, other: string): Promise<void> => {
        const top = async (name: string): Promise<number | undefined> =>
          (await page.getByLabel(name, { exact: true }).boundingBox())?.y;
        expect(await top(one), `${one} and ${other}`).toBe(await top(other));
      };
      await same("Kind", "Expires");
      await same("Name", "Mail");
      await page.getByLabel("Mail", { exact: true }).fill("tom@example.org");
      await page.keyboard.press("Control+Enter");
      await page.getByText(/need a change/u).waitFor();
      await settled(page);
      await same("Name", "Mail");
      await same("Kind", "Expires");
    }));

  test.each([
    [1280, 800],
    [1000, 700],
    [820, 560],
  ])("does not move when the kind changes, nor under a press after a resize to %d × %d", (width, height) =>
    onPage({ route: "/keys", width: 1280, height: 900 }, async (page) => {
      await openSheet(page);
      await page.setViewportSize({ width, height });
      await settled(page);
      const before = await tops(page);
      await page.getByLabel("Kind", { exact: true }).selectOption("ed25519");
      await settled(page);
      expect(await tops(page)).toEqual(before);
      await page.getByLabel("Name", { exact: true }).focus();
      await settled(page);
      const focusedTops = await tops(page);
      const box = await page.getByRole("button", { name: "Create key" }).boundingBox();
      await page.mouse.move((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
      await page.mouse.down();
      await settled(page);
      expect(await tops(page)).toEqual(focusedTops);
    }),
  );
});

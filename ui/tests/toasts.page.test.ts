/** Notes stand beside what a person works on, never over it. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { focusIsVisible } from "./support/keyboard";
import { axeFindings, canBrowse, control, focused, keepPicture, none, onPage, settled } from "./support/page";
import { libraries, type Place, sheets } from "./support/places";

/** Lets running tasks fail, with words of some length. */
async function fail(page: Page, count: number): Promise<void> {
  await page.evaluate((wanted) => {
    const sifter = window.sifter;
    const running = sifter?.world.tasks.filter(({ state }) => state.kind === "running") ?? [];
    for (const { id } of running.slice(0, wanted))
      sifter?.fail(id, "disk-full", "the disk has no room for the image that is being written");
  }, count);
  await page.locator(".toast").first().waitFor();
  await settled(page);
}

/** The controls of the uppermost sheet, or of the page, that a note lies over. */
function covered(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const notes = [...document.querySelectorAll(".toast")].map((note) => note.getBoundingClientRect());
    const area =
      [...document.querySelectorAll("[data-sheet]")].at(-1) ?? document.querySelector("[data-bottom-bar]");
    const controls = [...(area?.querySelectorAll("button, input, select, textarea") ?? [])];
    return controls
      .filter((element) => {
        if (element.closest(".toast") !== null) return false;
        const box = element.getBoundingClientRect();
        return notes.some(
          (note) =>
            box.width > 0 &&
            note.left < box.right &&
            note.right > box.left &&
            note.top < box.bottom &&
            note.bottom > box.top,
        );
      })
      .map((element) => element.textContent?.trim() || (element.getAttribute("aria-label") ?? element.id));
  });
}

const named = (name: string): Place => {
  const place = [...sheets, ...libraries].find((one) => one.name === name);
  if (!place) throw new Error(`no place is called ${name}`);
  return place;
};
const sizes = [
  [1280, 800],
  [820, 560],
  [640, 800],
  [320, 640],
] as const;

describe.skipIf(!canBrowse).concurrent("a note", () => {
  test.each(["sheet-push-gate", "sheet-pull-found", "sheet-sign", "palette"])(
    "covers no control of the sheet %s in any size",
    (name) =>
      onPage({ route: named(name).route }, async (page) => {
        await page.locator("main > *").first().waitFor({ state: "attached" });
        await named(name).open?.(page);
        await fail(page, 2);
        for (const [width, height] of sizes) {
          await page.setViewportSize({ width, height });
          await settled(page);
          expect(await covered(page), `${String(width)} × ${String(height)}`).toEqual([]);
          if (width !== 1280) continue;
          await keepPicture(page, `toast-over-${name}`);
          none(await axeFindings(page), `toast-over-${name}`);
        }
      }),
  );

  test("covers no button of the bar for several images", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.getByRole("row", { name: /^draft\.sif/u }).click();
      await page.keyboard.press("Shift+ArrowDown");
      await page.getByRole("region", { name: "Selected images" }).waitFor();
      await fail(page, 1);
      expect(await covered(page)).toEqual([]);
    }));

  test.each(["sheet-push-gate", "palette"])("of a sheet is reached by F6, and goes with Escape: %s", (name) =>
    onPage({ route: named(name).route }, async (page) => {
      await page.locator("main > *").first().waitFor({ state: "attached" });
      await named(name).open?.(page);
      const before = await focused(page);
      await fail(page, 1);
      expect(await page.getByRole("dialog").getByRole("region", { name: "Notes" }).innerText()).toMatch(
        /Button: Open\.$/mu,
      );
      await page.keyboard.press("F6");
      expect(await focused(page)).toBe("Open");
      expect(await focusIsVisible(page)).toBe(true);
      await page.keyboard.press("F6");
      expect(await focused(page)).toBe(before);
      await page.keyboard.press("Shift+F6");
      expect(await focused(page)).toBe("Open");
      await page.keyboard.press("Escape");
      await page.locator(".toast").waitFor({ state: "detached" });
      expect(await focused(page)).toBe(before);
      expect(await page.getByRole("dialog").count()).toBe(1);
    }),
  );

  test("without a sheet is the region after the status bar", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.getByRole("button", { name: "Images", exact: true }).focus();
      await fail(page, 1);
      await page.keyboard.press("Shift+F6");
      expect(await focused(page)).toBe("Open");
      await page.keyboard.press("F6");
      expect(await focused(page)).toBe("Images");
    }));

  test("waits while a sheet shows a newer one, and comes when the sheet closes", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await control(page, (sifter) => {
        for (const task of sifter.world.tasks.filter(({ state }) => state.kind === "queued").slice(0, 1))
          task.state = { kind: "running" };
      });
      await named("sheet-push-gate").open?.(page);
      await fail(page, 2);
      expect(await page.locator(".toast").count()).toBe(1);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await page.locator(".toast").count()).toBe(2);
    }));
});

/** What must not move: a button under a pressed pointer, a field beside a taller one. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, onPage, settled } from "./support/page";

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

const SEVERAL = Array.from({ length: 30 }, (_, n) => `tom/tools/samtools${String(n)}:1.19`).join(" ");

/** Sheets with more fields, or a longer list, than a small window holds. */
const fullSheets: Record<string, { route: string; open: (page: Page) => Promise<void> }> = {
  "pulling over a file that is there": {
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+d");
      await page.getByRole("textbox", { name: "Reference" }).fill("library://tom/tools/gatk:4.5");
      await page.getByRole("radio", { name: "Keep both" }).waitFor();
    },
  },
  "pulling thirty": {
    route: "/home",
    open: async (page) => {
      await page.keyboard.press("Control+d");
      await page
        .getByRole("textbox", { name: "Reference" })
        .fill(`tom/tools/samtools:1.19 tom/tools/gatk:4.5 ${SEVERAL}`);
      await page.getByText("30 images are left out").waitFor();
    },
  },
  "pushing what is not signed": {
    route: "/images/9",
    open: async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await page.getByText("Not signed.", { exact: true }).waitFor();
    },
  },
  "pushing many": {
    route: "/images",
    open: async (page) => {
      await page.getByRole("row", { name: /^blast/u }).click();
      await page.keyboard.press("Control+a");
      await page
        .getByRole("button", { name: /^Push /u })
        .first()
        .click();
      await page.getByText("1 image is not pushed:").waitFor();
    },
  },
};

describe.skipIf(!canBrowse).concurrent("a full sheet", () => {
  test.each(Object.entries(fullSheets))(
    "shows what will happen beside its button: %s",
    (_, { route, open }) =>
      onPage({ route }, async (page) => {
        await open(page);
        for (const [width, height] of [
          [1280, 800],
          [820, 560],
        ] as const) {
          await page.setViewportSize({ width, height });
          await settled(page);
          const effect = page.getByRole("region", { name: "What will happen" });
          const seen = [
            effect.getByRole("heading"),
            effect.locator("p").first(),
            page.locator('[data-sheet] button[type="submit"]'),
          ];
          for (const element of seen) {
            const onTop = await element.evaluate((node) => {
              const { left, top, bottom } = node.getBoundingClientRect();
              if (top < 0 || bottom > innerHeight) return false;
              return node.contains(document.elementFromPoint(left + 4, (top + bottom) / 2));
            });
            expect(onTop, `${await element.innerText()} at ${String(width)} × ${String(height)}`).toBe(true);
          }
          // Of the list, too, something is left to see.
          const body = await page.locator(".sheet-body").boundingBox();
          expect(body?.height).toBeGreaterThan(96);
        }
      }),
  );
});

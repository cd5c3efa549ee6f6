/** Nothing is lost at 320 px, at 200 % text, with wider text spacing; and no text is outside the catalogue. */

import { afterAll, describe, test } from "vitest";

import { lostText } from "./support/layout";
import { canBrowse, closeBrowser, keepPicture, none, onPage, settled } from "./support/page";
import { arrive, images, keys, screens, settings, sheets, tabs } from "./support/places";
import { untranslated } from "./support/untranslated";

afterAll(closeBrowser);

const few = [
  ...images.slice(0, 1),
  ...images.slice(7, 8),
  ...images.slice(12, 13),
  ...tabs,
  ...keys.slice(0, 2),
];
const all = [...screens, ...few, ...settings];

// What a reader may set for themselves (WCAG 1.4.12).
const SPACING =
  "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }";

describe.skipIf(!canBrowse).concurrent("nothing is lost", () => {
  test.each([...all, ...sheets])("$name at 320 px", (place) =>
    onPage({ route: place.route, width: 320, height: 640 }, async (page) => {
      await arrive(page, place);
      await settled(page);
      await keepPicture(page, `${place.name}-320`);
      none(await lostText(page));
    }),
  );
  test.each(all)("$name with text at 200 %", (place) =>
    onPage({ route: place.route }, async (page) => {
      await arrive(page, place);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      await settled(page);
      await keepPicture(page, `${place.name}-200`);
      none(await lostText(page));
    }),
  );
  test.each(screens)("$name with wider text spacing", (place) =>
    onPage({ route: place.route }, async (page) => {
      await arrive(page, place);
      await page.evaluate((css) => {
        const style = document.createElement("style");
        style.textContent = css;
        document.head.append(style);
      }, SPACING);
      await settled(page);
      none(await lostText(page));
    }),
  );
  test("the first start at 320 px", () =>
    onPage({ scenario: "firstrun", width: 320, height: 640 }, async (page) => {
      await settled(page);
      none(await lostText(page));
    }));
});

describe.skipIf(!canBrowse).concurrent("pseudo-locale", () => {
  test.each([...screens, ...images, ...tabs, ...keys, ...settings])(
    "$name has no text outside the catalogue",
    (place) =>
      onPage({ route: place.route, language: "pseudo" }, async (page) => {
        await arrive(page, place);
        await settled(page);
        none(await untranslated(page));
      }),
  );
  test("first start", () =>
    onPage({ scenario: "firstrun", language: "pseudo" }, async (page) => {
      await settled(page);
      none(await untranslated(page));
    }));
  test.each(["Control+K", "Control+/"])("%s", (keys) =>
    onPage({ language: "pseudo" }, async (page) => {
      await page.keyboard.press(keys);
      await page.getByRole("dialog").waitFor();
      await settled(page);
      none(await untranslated(page));
    }),
  );
});

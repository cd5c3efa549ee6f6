/** In the pseudo-locale, no word of the page is outside the catalogue, and longer words still fit. */

import { describe, test } from "vitest";

import { lostText } from "./support/layout";
import { canBrowse, keepPicture, none, onPage, settled } from "./support/page";
import { arrive, images, keys, levels, screens, settings, tabs } from "./support/places";
import { untranslated } from "./support/untranslated";

describe.skipIf(!canBrowse).concurrent("pseudo-locale", () => {
  test.each([...screens, ...images, ...tabs, ...keys, ...settings, ...levels])("$name", (place) =>
    onPage({ route: place.route, language: "pseudo" }, async (page) => {
      await arrive(page, place);
      await settled(page);
      await keepPicture(page, `${place.name}-pseudo`);
      none([...(await untranslated(page)), ...(await lostText(page))], `${place.name}-pseudo`);
    }),
  );
  test("first start", () =>
    onPage({ scenario: "firstrun", language: "pseudo" }, async (page) => {
      await settled(page);
      none([...(await untranslated(page)), ...(await lostText(page))], "firstrun-pseudo");
    }));
  test.each(["Control+K", "Control+/"])("%s", (keyPress) =>
    onPage({ language: "pseudo" }, async (page) => {
      await page.keyboard.press(keyPress);
      await page.getByRole("dialog").waitFor();
      await settled(page);
      none(await untranslated(page), `${keyPress}-pseudo`);
    }),
  );
});

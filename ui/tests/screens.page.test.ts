/** Every screen in every state: accessible by axe, in both themes, and a picture of each. */

import { afterAll, describe, test } from "vitest";

import {
  axeFindings,
  canBrowse,
  closeBrowser,
  keepPicture,
  none,
  onPage,
  type Opening,
  settled,
} from "./support/page";
import { arrive, images, keys, type Place, screens, settings, sheets, tabs } from "./support/places";

afterAll(closeBrowser);

async function look(place: Place, opening: Opening, picture: string): Promise<void> {
  await onPage({ ...opening, route: place.route }, async (page) => {
    await arrive(page, place);
    await settled(page);
    await keepPicture(page, picture);
    none(await axeFindings(page));
  });
}

describe.skipIf(!canBrowse).concurrent("every screen in every state", () => {
  for (const scenario of ["full", "empty", "loading", "error"] as const) {
    test.each(screens)(`$name, ${scenario}`, (place) =>
      look(place, { scenario }, `${place.name}-${scenario}`),
    );
  }
  test.each(screens)("$name, dark", (place) => look(place, { theme: "dark" }, `${place.name}-dark`));
  test.each(screens)("$name, small window", (place) =>
    look(place, { width: 820, height: 560 }, `${place.name}-small`),
  );
  test.each(screens)("$name, narrow", (place) =>
    look(place, { width: 400, height: 800 }, `${place.name}-narrow`),
  );
  test("keys, damaged keyring", () =>
    look({ name: "", route: "/keys" }, { scenario: "damaged" }, "keys-damaged"));
  test("settings, set by an administrator", () =>
    look({ name: "", route: "/settings/trust" }, { scenario: "policy" }, "settings-policy"));
});

describe.skipIf(!canBrowse).concurrent("first start", () => {
  const place = { name: "firstrun", route: "/home" };
  test("light", () => look(place, { scenario: "firstrun" }, "firstrun"));
  test("dark", () => look(place, { scenario: "firstrun", theme: "dark" }, "firstrun-dark"));
  test("narrow", () => look(place, { scenario: "firstrun", width: 400 }, "firstrun-narrow"));
});

describe.skipIf(!canBrowse).concurrent("every image, key, tab, section and sheet", () => {
  for (const theme of ["light", "dark"] as const) {
    test.each([...images, ...tabs, ...keys, ...settings, ...sheets])(`$name, ${theme}`, (place) =>
      look(place, { theme }, `${place.name}-${theme}`),
    );
  }
  test.each([...keys, ...sheets])("$name, narrow", (place) =>
    look(place, { width: 400, height: 800 }, `${place.name}-narrow`),
  );
});

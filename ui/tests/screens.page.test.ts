/**
 * Every screen, image, tab, key, section and sheet, in every state: accessible by axe in both themes, nothing lost when
 * it is narrow, when text is large or widely spaced, and a picture of each. A place is opened once and looked at in turn.
 */

import type { Page } from "playwright-core";
import { describe, test } from "vitest";

import { lostText } from "./support/layout";
import { axeFindings, canBrowse, keepPicture, none, onPage, type Opening, settled } from "./support/page";
import {
  arrive,
  images,
  keys,
  libraries,
  type Place,
  remoteSheets,
  remotesSection,
  screens,
  settings,
  sheets,
  tabs,
} from "./support/places";
import { layers, odd } from "./support/rare";

// What a reader may set for themselves (WCAG 1.4.12).
const SPACING =
  "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }";

type Look = (page: Page, picture: string) => Promise<string[]>;

const light: Look = async (page, picture) => {
  await keepPicture(page, `${picture}-light`);
  return axeFindings(page);
};

const dark: Look = async (page, picture) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
  await keepPicture(page, `${picture}-dark`);
  const findings = await axeFindings(page, "colours");
  await page.emulateMedia({ colorScheme: "light" });
  return findings;
};

const sized =
  (width: number, height: number): Look =>
  async (page, picture) => {
    await page.setViewportSize({ width, height });
    await keepPicture(page, `${picture}-${String(width)}`);
    return lostText(page);
  };

const largeText: Look = async (page, picture) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  await keepPicture(page, `${picture}-200`);
  const findings = await lostText(page);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "";
  });
  return findings;
};

const wideText: Look = async (page) => {
  await page.evaluate((css) => {
    const style = document.createElement("style");
    style.textContent = css;
    document.head.append(style);
  }, SPACING);
  await settled(page);
  return lostText(page);
};

const narrowAxe: Look = async (page) => {
  await page.setViewportSize({ width: 400, height: 800 });
  return axeFindings(page);
};

const ALL: [string, Look][] = [
  ["light", light],
  ["dark", dark],
  ["820 px", sized(820, 560)],
  ["400 px", sized(400, 800)],
  ["axe at 400 px", narrowAxe],
  ["320 px", sized(320, 640)],
  ["text at 200 %", largeText],
  ["wide text", wideText],
];

const small: Look = async (page, picture) => {
  await page.setViewportSize({ width: 800, height: 600 });
  return [
    ...(await lostText(page)),
    ...(await light(page, `${picture}-800`)),
    ...(await dark(page, `${picture}-800`)),
  ];
};

/** The rare ones first in the size of a small screen: what comes later leaves its marks. */
const RARE: [string, Look][] = [["light", light], ["dark", dark], ["800 px", small], ...ALL.slice(2)];

async function look(place: Place, opening: Opening, picture: string, looks = ALL): Promise<void> {
  await onPage({ ...opening, route: place.route }, async (page) => {
    await arrive(page, place);
    const findings: string[] = [];
    for (const [name, one] of looks) {
      findings.push(...(await one(page, picture)).map((finding) => `${name}: ${finding}`));
    }
    none(findings, picture);
  });
}

describe.skipIf(!canBrowse).concurrent("every screen in every state", () => {
  for (const scenario of ["full", "empty", "loading", "error"] as const) {
    test.each(screens)(`$name, ${scenario}`, (place) =>
      look(place, { scenario }, `${place.name}-${scenario}`),
    );
  }
  test("keys, damaged keyring", () =>
    look({ name: "", route: "/keys" }, { scenario: "damaged" }, "keys-damaged"));
  test("settings, set by an administrator", () =>
    look({ name: "", route: "/settings/trust" }, { scenario: "policy" }, "settings-policy"));
  test.each(["empty", "damaged", "policy", "odd", "loading", "error"] as const)("remotes, %s", (scenario) =>
    look({ ...remotesSection, name: "" }, { scenario }, `settings-remotes-${scenario}`),
  );
  test("first start", () => look({ name: "", route: "/home" }, { scenario: "firstrun" }, "firstrun"));
});

describe.skipIf(!canBrowse).concurrent("every image, tab, key, section and sheet", () => {
  test.each([...images, ...tabs, ...keys, ...settings, ...sheets, ...remoteSheets, ...libraries])(
    "$name",
    (place) => look(place, {}, place.name),
  );
});

describe.skipIf(!canBrowse).concurrent("what is rare, and what lies over a screen", () => {
  test.each(odd)("$name", (place) => look(place, { scenario: "odd" }, place.name, RARE));
  // What hangs on a place of the window goes away when the window changes its size.
  test.each(layers)("$name", (place) => look(place, {}, place.name, ALL.slice(0, 2)));
});

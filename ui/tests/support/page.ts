/** Pages for the tests: one browser, one page after the other in each window, and what must hold for every one of them. */

import { createRequire } from "node:module";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { type Browser, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";

import type { Control } from "../../src/host/browser/control";
import type { Scenario } from "../../src/host/browser/world";
import { chromiumPath } from "./chromium";

declare global {
  interface Window {
    sifter?: Control;
    axe?: { run: (context: unknown, options: unknown) => Promise<{ violations: Violation[] }> };
  }
}

// The page carries its program (`src/host/browser.ts`).
interface Violation {
  id: string;
  help: string;
  nodes: { target: unknown[]; html: string; failureSummary?: string }[];
}

export interface Opening {
  scenario?: Scenario;
  route?: string;
  language?: "en" | "pseudo";
  theme?: "light" | "dark";
  width?: number;
  height?: number;
  /** The case sets the page's clock: its page is not used again. */
  clock?: boolean;
}

/** Whether page tests can run at all. */
export const canBrowse = chromiumPath !== undefined;

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("../../../target/ui/", import.meta.url));

// One for all files: they run in one process, and end with it.
let browser: Promise<Browser> | undefined;
/** Pages between two cases. A new one would cost a process, and more work than most cases are. */
const idle: Page[] = [];
let cases = 0;
/** A page that was loaded often holds much memory. */
const OFTEN = 40;
const loads = new WeakMap<Page, number>();

function theBrowser(): Promise<Browser> {
  browser ??= chromium.connect(inject("browser"));
  return browser;
}

async function newPage(): Promise<Page> {
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  // What the case before stored is not there for the next one; a page that is loaded anew keeps its own.
  await context.addInitScript(() => {
    const name = new URLSearchParams(location.search).get("case");
    if (name === null || name === window.name) return;
    window.name = name;
    localStorage.clear();
    sessionStorage.clear();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  return page;
}

/** As a new page is: of the usual size, light, and with no pointer over it. */
async function asNew(page: Page, { width = 1280, height = 800, theme = "light" }: Opening): Promise<void> {
  const size = page.viewportSize();
  if (size?.width !== width || size.height !== height) await page.setViewportSize({ width, height });
  await page.emulateMedia({
    media: null,
    colorScheme: theme,
    reducedMotion: "reduce",
    forcedColors: null,
    contrast: null,
  });
  await page.mouse.move(-1, -1);
}

/** What must not happen on any page: a request to elsewhere, an error. */
function watch(page: Page, origin: string): { elsewhere: string[]; complaints: string[] } {
  const seen = { elsewhere: [] as string[], complaints: [] as string[] };
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) seen.elsewhere.push(url);
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error") seen.complaints.push(message.text());
  });
  return seen;
}

/** Runs a test on a page that was just loaded; a request to elsewhere or an error of the page fails it. */
export async function onPage(opening: Opening, test: (page: Page) => Promise<void>): Promise<void> {
  const origin = inject("origin");
  const page = idle.pop() ?? (await newPage());
  let ended = false;
  try {
    await asNew(page, opening);
    const seen = watch(page, origin);
    cases += 1;
    const query = new URLSearchParams({
      case: String(cases),
      scenario: opening.scenario ?? "full",
      language: opening.language ?? "en",
    });
    await page.goto(`${origin}/?${query.toString()}#${opening.route ?? "/home"}`);
    await page.waitForFunction(
      () => document.querySelector("main") !== null && document.getElementById("first-paint") === null,
    );
    await test(page);
    expect(seen.elsewhere, "requests that leave the page's origin").toEqual([]);
    expect(seen.complaints, "errors of the page").toEqual([]);
    ended = opening.clock !== true;
  } finally {
    const count = (loads.get(page) ?? 0) + 1;
    loads.set(page, count);
    if (ended && count < OFTEN) {
      page.removeAllListeners();
      await page.unrouteAll();
      idle.push(page);
    } else await page.context().close();
  }
}

/** Waits until the page shows nothing that is still loading, and two frames were drawn. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
  });
}

// Nobody looks at the pictures of a CI run, and hundreds of them take minutes.
const keepsPictures = process.env["CI"] !== "true";

/** Waits until the program has answered everything, and two frames pass in which nothing changes on the page. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    let changes = 0;
    const observer = new MutationObserver(() => (changes += 1));
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    for (let before = -1; before !== changes || (window.sifter?.world.pending ?? 0) > 0;) {
      before = changes;
      await frame();
      await frame();
    }
    observer.disconnect();
  });
}

/** Keeps a picture under `target/ui/`, where somebody may look at it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await settled(page);
  if (!keepsPictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png`, animations: "disabled" });
}

const RULES = {
  type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};
/** The rules that see colours: all that another theme can change. */
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** What axe finds wrong, one line each. */
export async function axeFindings(page: Page, only: "all" | "colours" = "all"): Promise<string[]> {
  await settled(page);
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axeSource);
  const violations = await page.evaluate(
    async (options) => (await window.axe?.run(document, options))?.violations ?? [],
    { runOnly: only === "all" ? RULES : COLOURS, resultTypes: ["violations"], preload: false },
  );
  return violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${violation.help}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`,
    ),
  );
}

/** Fails with all findings in full; they are also kept beside the pictures. */
export function none(findings: readonly string[], where: string): void {
  if (findings.length === 0) return;
  mkdirSync(pictures, { recursive: true });
  appendFileSync(`${pictures}findings.txt`, findings.map((line) => `${where}: ${line}\n`).join(""));
  throw new Error(findings.join("\n"));
}

/** A picture in both themes and narrow, and what axe finds in each. */
export async function looks(page: Page, name: string): Promise<void> {
  const findings: string[] = [];
  for (const [width, theme] of [
    [1280, "light"],
    [1280, "dark"],
    [640, "light"],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForFunction((wanted) => document.documentElement.dataset["theme"] === wanted, theme);
    await keepPicture(page, `${name}-${String(width)}-${theme}`);
    findings.push(...(await axeFindings(page, theme === "dark" ? "colours" : "all")));
  }
  none(findings, name);
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Does something to the program behind the page. */
export function control<T>(page: Page, act: (control: Control) => T): Promise<T> {
  return page.evaluate(`(${act.toString()})(window.sifter)`);
}

/** The name of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return (
      element?.getAttribute("aria-label") ?? (element?.textContent ?? "").replaceAll(/\s+/gu, " ").trim()
    );
  });
}

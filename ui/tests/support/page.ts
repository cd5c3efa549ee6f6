/** Pages for the tests: one browser, a fresh page for each case, and what must hold for every one of them. */

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
}

/** Whether page tests can run at all. */
export const canBrowse = chromiumPath !== undefined;

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("../../../target/ui/", import.meta.url));

let browser: Browser | undefined;

async function theBrowser(): Promise<Browser> {
  browser ??= await chromium.connect(inject("browser"));
  return browser;
}

/** Closes the connection of this file. */
export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** Runs a test on a fresh page; a request to elsewhere, an error of the page or a leak into storage fails it. */
export async function onPage(opening: Opening, test: (page: Page) => Promise<void>): Promise<void> {
  const origin = inject("origin");
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width: opening.width ?? 1280, height: opening.height ?? 800 },
    colorScheme: opening.theme ?? "light",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  // Chromium asks for one by itself; the window does not.
  await context.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
      elsewhere.push(request.url());
  });
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  try {
    const query = new URLSearchParams({
      scenario: opening.scenario ?? "full",
      language: opening.language ?? "en",
    });
    await page.goto(`${origin}/?${query.toString()}#${opening.route ?? "/home"}`);
    await page.waitForFunction(
      () => document.querySelector("main") !== null && document.getElementById("first-paint") === null,
    );
    await test(page);
    expect(elsewhere, "requests that leave the page's origin").toEqual([]);
    expect(complaints, "errors of the page").toEqual([]);
  } finally {
    await context.close();
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

/** Keeps a picture under `target/ui/`, where somebody may look at it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await settled(page);
  if (!keepsPictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png`, animations: "disabled" });
}

/** What axe finds wrong, one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  await settled(page);
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    return (await window.axe?.run(document, options))?.violations ?? [];
  });
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

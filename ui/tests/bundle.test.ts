/** The page that ships: without the browser's host, without anything from elsewhere. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { en } from "../src/messages/en";

const ui = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sifter-bundle-"));
const files = new Map<string, string>();

beforeAll(async () => {
  // Vitest says `test`, which would give Svelte's development code.
  vi.stubEnv("NODE_ENV", "production");
  await build({
    root: ui,
    configFile: `${ui}vite.config.ts`,
    mode: "production",
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
  });
  vi.unstubAllEnvs();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) files.set(entry.name, readFileSync(join(entry.parentPath, entry.name), "utf8"));
  }
}, 180_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the first page may load, in characters of script; and what may come before its first frame. */
const FIRST = 505_000;
const BEFORE_PAINT = 5_000;

const scriptsNamedIn = (text: string): [string, string][] =>
  [...files].filter(([name]) => name.endsWith(".js") && text.includes(name));
const all = (): string => [...files.values()].join("\n");

describe("the page that ships", () => {
  test("calls the program", () => {
    expect(all()).toContain("list_images");
  });
  test.each([
    "samtools_1.19.sif",
    "open sesame",
    "window.sifter",
    "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B",
  ])("has nothing of the browser's host: %s", (mark) => {
    expect(all()).not.toContain(mark);
  });
  test("names no address but those of standards and of messages", () => {
    const known =
      /^https?:\/\/(www\.w3\.org|svelte\.dev|github\.com|tauri\.localhost|ipc\.localhost|asset\.localhost)/u;
    const found = [...all().matchAll(/https?:\/\/[\w.-]+[^\s"'`)]*/gu)].map(([address]) => address);
    expect(found.filter((address) => !known.test(address))).toEqual([]);
  });
  test("has no inline script and no eval", () => {
    const page = files.get("index.html") ?? "";
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/u);
    expect(all()).not.toMatch(/\beval\(|new Function\(/u);
  });
  test("paints its first frame without a style sheet, with next to no script, and with text", () => {
    const page = files.get("index.html") ?? "";
    expect(page).not.toMatch(/<link[^>]*\b(stylesheet|modulepreload)\b/u);
    expect(scriptsNamedIn(page).reduce((sum, [, text]) => sum + text.length, 0)).toBeLessThan(BEFORE_PAINT);
    const frame = page.slice(page.indexOf('id="first-paint"'));
    for (const name of ["home", "images", "keys", "activity", "settings"] as const)
      expect(frame).toContain(`<li>${en[`app.screen.${name}`]}</li>`);
    expect(frame).toContain(en["firstrun.title"]);
  });
  test("fetches sheets, settings and the raw view only when they are wanted", () => {
    const [entry] = scriptsNamedIn(files.get("index.html") ?? "");
    const first = entry ? [entry, ...scriptsNamedIn(entry[1])] : [];
    expect(first.some(([name]) => name.startsWith("start-"))).toBe(true);
    expect(first.reduce((sum, [, text]) => sum + text.length, 0)).toBeLessThan(FIRST);
    for (const part of ["CreateKeySheet", "SettingsPage", "PaletteSheet", "RawTab", "FirstRunPage"]) {
      const names = [...files.keys()].filter((name) => name.startsWith(part) && name.endsWith(".js"));
      expect(names, part).toHaveLength(1);
      expect(first.map(([name]) => name)).not.toContain(names[0]);
    }
  });
  test("is small: less than 900 kB of script in all its parts", () => {
    const scripts = [...files].filter(([name]) => name.endsWith(".js")).map(([, text]) => text.length);
    expect(scripts.reduce((sum, size) => sum + size, 0)).toBeLessThan(900_000);
  });
});

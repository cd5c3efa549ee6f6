/** Where the browser for the tests is; absent, they are skipped loudly. */

import { existsSync } from "node:fs";

const path = process.env["SIFTER_CHROMIUM"] ?? "/usr/bin/chromium";

/** The browser's path, if it is there. */
export const chromiumPath: string | undefined = existsSync(path) ? path : undefined;

export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Says that the browser tests do not run, so that nobody takes silence for success. */
export function sayWhetherSkipped(): void {
  if (chromiumPath === undefined) console.warn("SKIPPED: chromium: not found");
}

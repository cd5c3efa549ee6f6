/** Before the page tests: builds the page with the browser's host, serves it under the program's policy, starts a browser. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import { build, preview } from "vite";
import type { TestProject } from "vitest/node";

import { chromiumFlags, chromiumPath, sayWhetherSkipped } from "./chromium";

declare module "vitest" {
  export interface ProvidedContext {
    origin: string;
    browser: string;
  }
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The policy of the window, without the door to the program.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  sayWhetherSkipped();
  if (chromiumPath === undefined) {
    project.provide("origin", "");
    project.provide("browser", "");
    return () => Promise.resolve();
  }
  // A folder of its own: two runs at once do not take each other's page away.
  const folder = mkdtempSync(join(tmpdir(), "sifter-page-"));
  const common = {
    root: here("../.."),
    configFile: here("../../vite.config.ts"),
    mode: "browser",
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
  } as const;
  await build(common);
  // Chromium asks for one by itself; the window does not.
  writeFileSync(join(folder, "favicon.ico"), "");
  const server = await preview({
    ...common,
    preview: {
      host: "127.0.0.1",
      port: 0,
      headers: { "Content-Security-Policy": POLICY, "Cache-Control": "max-age=3600" },
    },
  });
  const browser = await chromium.launchServer({ executablePath: chromiumPath, args: chromiumFlags });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("the preview server has no port");
  project.provide("origin", `http://127.0.0.1:${String(address.port)}`);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

import { playwright } from "@vitest/browser-playwright";
import { configDefaults, defineConfig, mergeConfig } from "vitest/config";

import { chromiumFlags, chromiumPath, sayWhetherSkipped } from "./tests/support/chromium";
import viteConfig from "./vite.config";

sayWhetherSkipped();

/**
 * Three sets: plain logic in Node, components in a real browser, and the whole page in a real browser with the host
 * of `src/host/browser.ts`. `SIFTER_CHROMIUM` names another browser; without one, only the first set runs.
 */
const logic = {
  extends: true as const,
  test: {
    name: "logic",
    environment: "node",
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/*.browser.test.ts", "**/*.page.test.ts"],
  },
};

const components = {
  extends: true as const,
  test: {
    name: "browser",
    include: ["src/**/*.browser.test.ts", "tests/**/*.browser.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: chromiumPath ?? "", args: chromiumFlags },
      }),
      instances: [{ browser: "chromium" as const }],
    },
  },
};

const pages = {
  extends: true as const,
  test: {
    name: "pages",
    environment: "node",
    include: ["tests/**/*.page.test.ts"],
    globalSetup: ["tests/support/serve.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    maxConcurrency: 3,
    // All files share their pages: a new page costs as much as most cases.
    isolate: false,
  },
};

export default mergeConfig(
  viteConfig({ mode: "test", command: "serve" }),
  defineConfig({ test: { projects: chromiumPath === undefined ? [logic] : [logic, components, pages] } }),
);

import { playwright } from "@vitest/browser-playwright";
import { configDefaults, defineConfig, mergeConfig } from "vitest/config";

import viteConfig from "./vite.config";

/** Two sets: plain logic in Node, components in a real browser. `SIFTER_CHROMIUM` names another browser. */
export default mergeConfig(
  viteConfig({ mode: "test", command: "serve" }),
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: { name: "logic", environment: "node", include: ["src/**/*.test.ts"], exclude: [...configDefaults.exclude, "**/*.browser.test.ts"] },
        },
        {
          extends: true,
          test: {
            name: "browser",
            include: ["src/**/*.browser.test.ts", "tests/**/*.browser.test.ts"],
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: {
                  executablePath: process.env["SIFTER_CHROMIUM"] ?? "/usr/bin/chromium",
                  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
                },
              }),
              instances: [{ browser: "chromium" }],
            },
          },
        },
      ],
    },
  }),
);

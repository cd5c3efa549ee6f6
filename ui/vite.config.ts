import { fileURLToPath } from "node:url";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/**
 * The host is chosen once, here: mode `browser` builds a page that runs in any browser with the host of
 * `src/host/browser.ts`; every other mode builds the page that ships inside the program.
 */
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  resolve: {
    alias: [
      {
        find: /^\$host\/chosen$/,
        replacement: source(mode === "browser" || mode === "test" ? "host/browser.ts" : "host/tauri.ts"),
      },
      { find: "$app", replacement: source("app") },
      { find: /^\$bindings$/, replacement: source("bindings/index.ts") },
      { find: "$features", replacement: source("features") },
      { find: /^\$host$/, replacement: source("host/index.ts") },
      { find: /^\$messages$/, replacement: source("messages/index.ts") },
      { find: /^\$store$/, replacement: source("store/index.ts") },
      { find: "$shared", replacement: source("shared") },
    ],
  },
  clearScreen: false,
  server: { host: "127.0.0.1", watch: { ignored: ["**/target/**"] } },
  build: {
    target: ["safari16.4", "chrome109"],
    outDir: mode === "browser" ? "dist-browser" : "dist",
    emptyOutDir: true,
    sourcemap: false,
    chunkSizeWarningLimit: 900,
  },
  css: { transformer: "lightningcss" as const },
}));

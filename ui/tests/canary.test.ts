/** The type check can fail: a planted error in a script and one in a component are found by the tool of `npm run check`. */

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ui = fileURLToPath(new URL("..", import.meta.url));
const folder = fileURLToPath(new URL("../../target/ui/canary/", import.meta.url));

function check(): Promise<{ failed: boolean; said: string }> {
  const tool = `${ui}node_modules/svelte-check/bin/svelte-check`;
  const args = [
    tool,
    "--workspace",
    folder,
    "--tsconfig",
    `${folder}tsconfig.json`,
    "--fail-on-warnings",
    "--output",
    "machine",
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ui }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, said: stdout + stderr });
    });
  });
}

function plant(script: string, component: string): void {
  writeFileSync(`${folder}planted.ts`, script);
  writeFileSync(`${folder}Planted.svelte`, component);
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    `${folder}tsconfig.json`,
    JSON.stringify({
      extends: `${ui}tsconfig.json`,
      compilerOptions: { types: [], typeRoots: [] },
      include: ["*.ts", "*.svelte"],
    }),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("npm run check", () => {
  test("runs this tool over the whole page and refuses warnings", () => {
    const scripts = (
      JSON.parse(readFileSync(`${ui}package.json`, "utf8")) as { scripts: Record<string, string> }
    ).scripts;
    expect(scripts["check"]).toMatch(/svelte-check .*--tsconfig \.\/tsconfig\.json .*--fail-on-warnings/u);
  });
  test("passes what is right", { timeout: 120_000 }, async () => {
    plant(
      "export const size: number = 1;\n",
      '<script lang="ts">\n  let { n }: { n: number } = $props();\n</script>\n\n{n.toFixed()}\n',
    );
    const { failed, said } = await check();
    expect(failed, said).toBe(false);
  });
  test("fails on a type error in a script and in a component", { timeout: 120_000 }, async () => {
    plant(
      'export const size: number = "one";\n',
      '<script lang="ts">\n  let { n }: { n: number } = $props();\n</script>\n\n{n.toUpperCase()}\n',
    );
    const { failed, said } = await check();
    expect(failed, said).toBe(true);
    expect(said).toContain("planted.ts");
    expect(said).toContain("Planted.svelte");
  });
});

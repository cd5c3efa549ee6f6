/** Every cause that the program explains has its words on the page, and a button that does something about it (UX-14). */

import { readFileSync } from "node:fs";

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import type { ErrorCode } from "../src/bindings";
import { en } from "../src/messages/en";
import { canBrowse, control, onPage } from "./support/page";

/** What is there after the button was pressed: a call of the program, a sheet, or a place. */
type Effect = { called: string } | { sheet: RegExp } | { place: RegExp };

const retry: [string, Effect] = ["Try again", { called: "retryTask" }];
const signIn: [string, Effect] = ["Sign in…", { sheet: /^Sign in to / }];
const pull: Effect = { sheet: /^Pull an image$/u };
const connection: [string, Effect] = ["Connection settings", { place: /^#\/settings\/transfers$/u }];
const elsewhere: [string, Effect] = ["Choose another place", { sheet: /^Push r-env\.sif$/u }];

/** The causes of tasks that are no pushes, and those of a push. */
const BUTTONS: Record<string, [button: string, effect: Effect]> = {
  "token-wrong": signIn,
  "token-expired": signIn,
  "token-missing": signIn,
  "not-found-or-private": ["Search the library…", { place: /^#\/library/u }],
  "quota-exceeded": ["Show the library", { place: /^#\/library/u }],
  "arch-missing": ["Pull another one…", pull],
  "arch-mismatch": ["Pull another one…", pull],
  offline: retry,
  "host-unknown": retry,
  "server-unreachable": retry,
  "proxy-failed": connection,
  "tls-name-wrong": ["Show remotes", { place: /^#\/settings\/remotes$/u }],
  "tls-issuer-unknown": connection,
  "clock-wrong": retry,
  "server-failed": retry,
  "rate-limited": retry,
  "disk-full": retry,
  "file-changed": retry,
  "file-locked": retry,
  "path-too-long": ["Open another file…", { called: "pickImages" }],
  "keychain-missing": ["Ask the keychain again", { called: "tryKeychain" }],
  "keychain-locked": ["Unlock", { called: "tryKeychain" }],
  "keychain-denied": ["Ask the keychain again", { called: "tryKeychain" }],
  "wrong-passphrase": retry,
  "no-secret-key": ["Import a key…", { called: "pickKeys" }],
  "key-revoked": ["Create a key…", { sheet: /^Create a key$/u }],
  "not-sif": ["Open another file…", { called: "pickImages" }],
  "sif-truncated": ["Get it again…", pull],
};
const PUSH_BUTTONS: typeof BUTTONS = {
  forbidden: elsewhere,
  "library-read-only": elsewhere,
  "name-not-allowed": ["Choose another name", { sheet: /^Push r-env\.sif$/u }],
};

/** Tasks of the world in the browser: a check, and a push of `r-env.sif`. */
const [CHECK, PUSH] = [1, 9];

/** The table of the program's own test, where each cause is provoked for real. */
function causesOfProgram(): string[] {
  const path = new URL("../../crates/sifter-api/tests/it/causes.rs", import.meta.url);
  const rows = readFileSync(path, "utf8").matchAll(/^ {4}"(?<code>[a-z-]+)", "[^"]*", \w+::\w+;$/gmu);
  return [...rows].map((row) => row.groups?.["code"] ?? "");
}

test("every cause that the program provokes is looked at here", () => {
  const causes = causesOfProgram();
  expect(causes.length).toBeGreaterThan(25);
  expect(causes.filter((code) => !(code in BUTTONS) && !(code in PUSH_BUTTONS))).toEqual([]);
});

async function fail(page: Page, task: number, code: string): Promise<void> {
  await page.evaluate(
    ([id, failed]) => {
      if (!window.sifter) return;
      window.sifter.world.calls.length = 0;
      window.sifter.fail(id, failed as ErrorCode, "because of `that`");
    },
    [task, code] as const,
  );
}

async function seen(page: Page, effect: Effect): Promise<void> {
  if ("called" in effect) {
    await page.waitForFunction((name) => window.sifter?.world.calls.includes(name), effect.called);
  } else if ("sheet" in effect) {
    await page.getByRole("dialog", { name: effect.sheet }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  } else {
    await page.waitForFunction((source) => new RegExp(source, "u").test(location.hash), effect.place.source);
    await page.evaluate(() => (location.hash = "#/activity"));
  }
}

describe.skipIf(!canBrowse).concurrent("an error has its words and one button that works", () => {
  test.each([
    ["of a task", CHECK, BUTTONS],
    ["of a push", PUSH, PUSH_BUTTONS],
  ])("%s", (_, task, buttons) =>
    onPage({ route: "/activity", height: 1400 }, async (page) => {
      const row = page.locator(`[data-task="${String(task)}"]`);
      for (const [code, [button, effect]] of Object.entries(buttons)) {
        await row.waitFor();
        await fail(page, task, code);
        await row.getByRole("heading", { name: words(code, "headline"), exact: true }).waitFor();
        await row.getByText("because of that").waitFor();
        await row.getByText(words(code, "next"), { exact: true }).waitFor();
        await row.getByText(new RegExp(`^${code.toUpperCase()} · \\d`, "u")).waitFor();
        await row.getByRole("button", { name: "Copy details" }).waitFor();
        await row.getByRole("button", { name: button, exact: true }).click();
        await seen(page, effect);
      }
    }),
  );
});

test.skipIf(!canBrowse)("details are what, why, next, code and time, and go through the program", () =>
  onPage({ route: "/activity" }, async (page) => {
    await fail(page, CHECK, "offline");
    const row = page.locator(`[data-task="${String(CHECK)}"]`);
    await row.getByRole("button", { name: "Copy details" }).click();
    await row.getByRole("button", { name: "Copied" }).waitFor();
    const { copied, calls } = await control(page, ({ world }) => ({
      copied: world.copied,
      calls: world.calls,
    }));
    expect(calls).toContain("copyDetails");
    const [what, why, next, code] = (copied[0] ?? "").split("\n");
    expect([what, why, next]).toEqual([
      "There is no network",
      "because of `that`",
      "Connect to a network, then try again. Everything on this computer works without.",
    ]);
    expect(code).toMatch(/^OFFLINE \d{4}-\d\d-\d\dT/u);
  }),
);

function words(code: string, part: "headline" | "next"): string {
  const text = en[`error.${code}.${part}` as "error.offline.next"];
  return text.replaceAll("`", "");
}

describe.skipIf(!canBrowse).concurrent("a sheet has the way to its own fields", () => {
  test("another address, where no server has the name", () =>
    onPage({ route: "/settings/remotes" }, async (page) => {
      await page.getByRole("button", { name: "Add a remote…" }).first().click();
      await page.getByLabel("Address").fill("nowhere.example.net");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("button", { name: "Correct the address" }).click();
      expect(await page.getByLabel("Address").evaluate((field) => field === document.activeElement)).toBe(
        true,
      );
    }));

  test("another architecture, where there is none for this one", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("Control+d");
      const sheet = page.getByRole("dialog", { name: "Pull an image" });
      await sheet.getByRole("textbox", { name: "Reference" }).fill("tom/tools/blast:2.15");
      await sheet.getByRole("button", { name: "Choose another architecture" }).click();
      const arch = sheet.getByRole("combobox", { name: "Architecture" });
      expect(await arch.evaluate((field) => field === document.activeElement)).toBe(true);
      expect(await arch.locator("option").allTextContents()).toEqual(["–", "arm64"]);
      await arch.selectOption("arm64");
      await sheet.getByRole("button", { name: /^Pull 812/u }).waitFor();
    }));

  test("a note carries the button as well", () =>
    onPage({ route: "/settings/remotes" }, async (page) => {
      await control(page, (sifter) => {
        const { world } = sifter;
        world.remotes.keychain = "locked";
        world.remotes.view = { ...world.remotes.view, found: [{ of: "Lab", isRegistry: false }] };
        sifter.emit("remotesChanged", null);
      });
      await page.getByRole("button", { name: /^Import \d/u }).click();
      const note = page.locator(".toast").getByRole("button", { name: "Unlock" });
      await note.waitFor();
      await control(page, ({ world }) => {
        world.remotes.keychain = "open";
      });
      await note.click();
      await page
        .getByText(/logins? imported$/u)
        .first()
        .waitFor();
    }));
});

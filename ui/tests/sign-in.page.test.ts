/** Signing in: the token page, a token that is refused, the keychain that is locked or missing, sharing, registries. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { pressOn, tabTo } from "./support/keyboard";
import { canBrowse, control, focused, onPage } from "./support/page";

const route = "/settings/remotes";
const SECRET = "eyJ-0f3c9a71-token";
const card = (page: Page, name: string): ReturnType<Page["getByRole"]> =>
  page.getByRole("listitem", { name, exact: true });
const setKeychain = (page: Page, keychain: "open" | "locked" | "missing"): Promise<unknown> =>
  page.evaluate((state) => {
    if (window.sifter) window.sifter.world.remotes.keychain = state;
  }, keychain);

/** Everything that the page keeps or shows, searched for a text. */
function traces(page: Page, text: string): Promise<string[]> {
  return page.evaluate((wanted) => {
    const found: string[] = [];
    if (new XMLSerializer().serializeToString(document).includes(wanted)) found.push("document");
    for (const storage of [localStorage, sessionStorage])
      if (Object.entries(storage).flat().join("\n").includes(wanted)) found.push("storage");
    if (location.href.includes(wanted)) found.push("address");
    if (JSON.stringify(window.sifter?.world ?? "").includes(wanted)) found.push("program");
    for (const input of document.querySelectorAll("input"))
      if (input.value.includes(wanted)) found.push("field");
    return found;
  }, text);
}

async function openSignIn(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Sign in to ${name}` }).click();
  await page.getByRole("dialog", { name: `Sign in to ${name}` }).waitFor();
}

describe.skipIf(!canBrowse).concurrent("signing in with a token", () => {
  test("by keyboard: the services, the token page, the token, the account; and no trace of the token", () =>
    onPage({ route }, async (page) => {
      await pressOn(page, "button", "Sign in to SylabsCloud");
      const dialog = page.getByRole("dialog", { name: "Sign in to SylabsCloud" });
      await dialog.getByText("tokens", { exact: true }).waitFor();
      expect(await focused(page)).not.toBe("Cancel");
      await tabTo(page, "button", "Open token page");
      await page.keyboard.press("Enter");
      expect(await control(page, (sifter) => sifter.world.remotes.pagesOpened)).toEqual([
        "remote:SylabsCloud",
      ]);
      await tabTo(page, "textbox", "Token");
      await page.keyboard.type(`  ${SECRET} `);
      await page.keyboard.press("Enter");
      await page.getByText("Signed in to SylabsCloud as Tom Weber <tom@lab.example.org>").first().waitFor();
      await card(page, "SylabsCloud")
        .getByText(/^Signed in as Tom Weber/u)
        .waitFor();
      expect(await traces(page, SECRET)).toEqual([]);
    }));

  test("hides the token until it is to be shown, and forgets it on Escape", () =>
    onPage({ route }, async (page) => {
      await openSignIn(page, "SylabsCloud");
      const field = page.getByLabel("Token", { exact: true });
      await field.fill(SECRET);
      expect(await field.getAttribute("type")).toBe("password");
      await page.getByRole("button", { name: "Show token" }).click();
      expect(await field.getAttribute("type")).toBe("text");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await traces(page, SECRET)).toEqual([]);
      await card(page, "SylabsCloud").getByText("Not signed in").waitFor();
    }));

  test.each([
    ["a wrong one", "The token is not accepted"],
    ["an expired one", "The login has expired"],
  ])("keeps the login of before when %s is refused", (token, words) =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "More actions for Lab" }).click();
      await page.getByRole("menuitem", { name: "Use another token…" }).click();
      const field = page.getByLabel("Token", { exact: true });
      await field.fill(token);
      await page.keyboard.press("Control+Enter");
      await page.getByText(`${words}. The login of before is unchanged.`).waitFor();
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      expect(await field.inputValue()).toBe(token);
      await page.keyboard.press("Escape");
      await card(page, "Lab")
        .getByText(/^Signed in as Tom Weber/u)
        .waitFor();
    }),
  );

  test("has no way to sign in where a remote takes no tokens", () =>
    onPage({ route }, async (page) => {
      await card(page, "Bench").waitFor();
      expect(await page.getByRole("button", { name: "Sign in to Bench" }).count()).toBe(0);
    }));

  test("says that a login has expired, and renews it", () =>
    onPage({ scenario: "odd", route }, async (page) => {
      await setKeychain(page, "open");
      await card(page, "Old cluster").getByText("Login of tweber expired").waitFor();
      await openSignIn(page, "Old cluster");
      await page.getByLabel("Token", { exact: true }).fill(SECRET);
      await page.keyboard.press("Control+Enter");
      await card(page, "Old cluster")
        .getByText(/^Signed in as Tom Weber/u)
        .waitFor();
    }));

  test("signs out, and forgets what was shared", () =>
    onPage({ route }, async (page) => {
      await card(page, "Lab").getByText("shared with the command line").waitFor();
      await card(page, "Lab").getByRole("button", { name: "Sign out" }).click();
      await card(page, "Lab").getByText("Not signed in").waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("the keychain", () => {
  test("that is locked is unlocked on request, and the login goes there", () =>
    onPage({ route }, async (page) => {
      await setKeychain(page, "locked");
      await openSignIn(page, "SylabsCloud");
      await page.getByLabel("Token", { exact: true }).fill(SECRET);
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByRole("button", { name: "Unlock" }).click();
      await card(page, "SylabsCloud")
        .getByText(/^Signed in as Tom Weber/u)
        .waitFor();
      expect(await card(page, "SylabsCloud").getByText("until you quit").count()).toBe(0);
      expect(await traces(page, SECRET)).toEqual([]);
    }));

  test("that is missing leaves memory until quitting, and nothing else", () =>
    onPage({ route }, async (page) => {
      await setKeychain(page, "missing");
      await openSignIn(page, "SylabsCloud");
      await page.getByLabel("Token", { exact: true }).fill(SECRET);
      await page.keyboard.press("Control+Enter");
      const alert = page.getByRole("alert");
      await alert.getByRole("button", { name: "Try again" }).click();
      await alert.getByText("It is never written to a file").waitFor();
      await alert.getByRole("button", { name: "Keep until I quit" }).click();
      await card(page, "SylabsCloud")
        .getByText(/until you quit/u)
        .waitFor();
    }));

  test("that never opens keeps nobody from signing in until quitting", () =>
    onPage({ scenario: "odd", route }, async (page) => {
      await setKeychain(page, "missing");
      await card(page, "Lab").getByText("Login in the locked keychain").waitFor();
      await page.getByRole("button", { name: "More actions for Lab" }).click();
      await page.getByRole("menuitem", { name: "Use another token…" }).click();
      await page.getByLabel("Token", { exact: true }).fill(SECRET);
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByRole("button", { name: "Keep until I quit" }).click();
      await card(page, "Lab")
        .getByText(/^Signed in as Tom Weber .*until you quit/u)
        .waitFor();
    }));

  test("that is locked at the start is opened from the note", () =>
    onPage({ scenario: "odd", route }, async (page) => {
      const note = page.getByText("The keychain is locked. Logins in it cannot be used");
      await note.waitFor();
      await page.getByRole("button", { name: "Unlock" }).first().click();
      await note.waitFor({ state: "detached" });
    }));
});

describe.skipIf(!canBrowse).concurrent("the command line", () => {
  test("gets a login only after what it means was read, and loses it again", () =>
    onPage({ route }, async (page) => {
      const menu = page.getByRole("button", { name: "More actions for Lab" });
      await menu.click();
      await page.getByRole("menuitem", { name: "Take the login back from the command line" }).click();
      await page.getByText("The command line has the login no more").first().waitFor();
      await menu.click();
      await page.getByRole("menuitem", { name: "Share this login with the command line…" }).click();
      await page.getByRole("dialog").getByText("every program that you start can").waitFor();
      await page.keyboard.press("Escape");
      expect(await card(page, "Lab").getByText("shared with the command line").count()).toBe(0);
      await menu.click();
      await page.getByRole("menuitem", { name: "Share this login with the command line…" }).click();
      await page.keyboard.press("Control+Enter");
      await card(page, "Lab").getByText("shared with the command line").waitFor();
    }));

  test("had logins that are found and imported at the first start", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await page
        .getByRole("heading", { name: /1 remote · 1 key of yours · 2 keys of others · 2 logins/u })
        .waitFor();
      await page.getByRole("button", { name: "Import 2 logins" }).click();
      await page.getByText("2 logins imported").first().waitFor();
      expect(await page.getByRole("button", { name: "Import 2 logins" }).count()).toBe(0);
    }));

  test("leaves the logins where they are when the keychain is missing", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await setKeychain(page, "missing");
      await page.getByRole("button", { name: "Import 2 logins" }).click();
      await page.locator(".toast").first().waitFor();
      expect(await control(page, (sifter) => sifter.world.remotes.view.found.length)).toBe(2);
    }));
});

describe.skipIf(!canBrowse).concurrent("the first start", () => {
  test("leads through the door to a library, by keyboard", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await pressOn(page, "button", /^Sign in to a library/u);
      const dialog = page.getByRole("dialog", { name: "Sign in to Lab" });
      await dialog.waitFor();
      await page.keyboard.type(SECRET);
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      await page.waitForFunction(() => location.hash.startsWith("#/library"));
      expect(await traces(page, SECRET)).toEqual([]);
    }));

  test("stays where it was when signing in is cancelled", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await page.getByRole("button", { name: /^Sign in to a library/u }).click();
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { level: 1, name: /^See what is inside/u }).waitFor();
      expect(await control(page, (sifter) => sifter.world.calls.includes("signIn"))).toBe(false);
    }));
});

describe.skipIf(!canBrowse).concurrent("registries", () => {
  test("take user and password, refuse wrong ones, and sign out", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Sign in to a registry…" }).click();
      await page.getByLabel("Registry", { exact: true }).fill("ghcr.example.org");
      await page.getByLabel("User").fill("tom");
      const password = page.getByLabel("Password or token");
      await password.fill("a wrong one");
      await page.keyboard.press("Control+Enter");
      await page.getByText("User or password is wrong").waitFor();
      await password.fill(SECRET);
      await page.keyboard.press("Control+Enter");
      const list = page.getByRole("list", { name: "Registries" });
      const row = list.getByRole("listitem").filter({ hasText: "ghcr.example.org" });
      await row.getByText("as tom").waitFor();
      expect(await traces(page, SECRET)).toEqual([]);
      await row.getByRole("button", { name: "Sign out" }).click();
      await row.waitFor({ state: "detached" });
    }));
});

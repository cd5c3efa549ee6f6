/** Keys over keyservers: an unknown signature leads to its key, a search, a refresh, publishing. */

import { describe, expect, test } from "vitest";

import { ANNA, MARA, STRANGER, TOM } from "../src/host/browser/keys";
import { pressOn, tabTo } from "./support/keyboard";
import { canBrowse, control, onPage } from "./support/page";

describe.skipIf(!canBrowse).concurrent("an unknown signature", () => {
  test("leads to its key, which is imported and not trusted", () =>
    onPage({ route: "/images/2" }, async (page) => {
      await pressOn(page, "button", "Find this key");
      const dialog = page.getByRole("dialog", { name: "Import keys" });
      await dialog.getByText("Ravi Patel").waitFor();
      await dialog.getByText("Imported keys are Not trusted").waitFor();
      await tabTo(page, "button", "Import 1 key");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("region", { name: /./u }).getByText("Untrusted key").first().waitFor();
      const level = await page.evaluate(
        (fingerprint) =>
          window.sifter?.world.keys.find((key) => key.row.fingerprint === fingerprint)?.row.trust.level,
        STRANGER,
      );
      expect(level).toBe("notTrusted");
    }));

  test("changes nothing when the import is cancelled", () =>
    onPage({ route: "/images/2" }, async (page) => {
      const before = await control(page, (sifter) => sifter.world.keys.length);
      await page.getByRole("button", { name: "Find this key" }).click();
      await page.getByRole("dialog", { name: "Import keys" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await control(page, (sifter) => sifter.world.keys.length)).toBe(before);
    }));
});

describe.skipIf(!canBrowse).concurrent("a search on keyservers", () => {
  test("shows what the keyserver says, with its names as claims, and imports one", () =>
    onPage({ route: "/keys" }, async (page) => {
      await pressOn(page, "button", "Find keys…");
      // Whoever opens the sheet can type at once.
      await page.locator("[role=dialog] input:focus").waitFor();
      await page.keyboard.type("ravi");
      await page.keyboard.press("Enter");
      const results = page.getByRole("list", { name: "Keys found" });
      await results.waitFor();
      expect(await results.getByRole("listitem").count()).toBe(2);
      await page.getByText("Anyone can publish a key with any name").waitFor();
      await results.getByText("Revoked").waitFor();
      await page.getByRole("button", { name: "Import the key of Ravi Patel <ravi@lab.example.org>" }).click();
      await page.getByRole("button", { name: "Import 1 key" }).click();
      await results.getByText("On this computer").waitFor();
      await page.getByRole("button", { name: /^Show the key of Ravi Patel/u }).click();
      await page.getByRole("heading", { level: 1, name: "Ravi Patel" }).waitFor();
    }));

  test("has pages, and says which keyserver did not answer", () =>
    onPage({ route: "/keys" }, async (page) => {
      await page.getByRole("button", { name: "Find keys…" }).click();
      await page.getByLabel("Keyservers of").selectOption("Lab");
      await page.getByRole("searchbox").last().fill("lab member");
      await page.keyboard.press("Enter");
      await page.getByText("The first 20 keys at keys.example.net").waitFor();
      await page.getByText("keys.lab.example.org does not answer").waitFor();
      await page.getByRole("button", { name: "Show more" }).click();
      await page.getByText("The first 40 keys at keys.example.net").waitFor();
      await page.getByRole("button", { name: "Show more" }).click();
      await page.getByText("45 keys at keys.example.net").waitFor();
      expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);
    }));

  test("says what to try when nothing matches, and calls a key without a name so", () =>
    onPage({ route: "/keys" }, async (page) => {
      await page.getByRole("button", { name: "Find keys…" }).click();
      const box = page.getByRole("dialog").getByRole("searchbox");
      await box.fill("nobody at all");
      await page.keyboard.press("Enter");
      await page.getByText("No key matches “nobody at all”").waitFor();
      await box.fill("dddddddd");
      await page.keyboard.press("Enter");
      await page.getByText("No name published").last().waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("a key that is here", () => {
  test("is refreshed, and keeps the trust that it has", () =>
    onPage({ route: `/keys/${MARA}` }, async (page) => {
      await page.getByRole("button", { name: "Refresh…" }).click();
      const dialog = page.getByRole("dialog", { name: "Import keys" });
      await dialog.getByText("Update", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Import 1 key" }).click();
      await page.getByText("This key has expired").waitFor({ state: "detached" });
      await page.getByText(/^You trust this key since/u).waitFor();
    }));

  test("is looked for at another remote when the first has it not", () =>
    onPage({ route: `/keys/${ANNA}` }, async (page) => {
      await page.getByRole("button", { name: "More actions" }).first().click();
      await page.getByRole("menuitem", { name: "Refresh from keyserver…" }).click();
      await page.getByText("No keyserver of This computer has this key").waitFor();
      await page.getByLabel("Keyservers of").selectOption("Lab");
      await page.getByRole("button", { name: "Find key", exact: true }).click();
      await page.getByText("No keyserver of Lab has this key").waitFor();
      await page.getByText("Asked: keys.lab.example.org, keys.example.net").waitFor();
    }));

  test("is published once it is said where and what, and not by cancelling", () =>
    onPage({ route: `/keys/${TOM}` }, async (page) => {
      const open = async (): Promise<void> => {
        await page.getByRole("button", { name: "More actions" }).first().click();
        await page.getByRole("menuitem", { name: "Publish…" }).click();
        await page.getByRole("dialog", { name: "Publish the key" }).waitFor();
      };
      await open();
      await page.getByText("It stays on this computer: only programs here can find it.").waitFor();
      await page.getByLabel("Keyservers of").selectOption("Lab");
      await page.getByText("Keyservers forget nothing.").waitFor();
      await page.keyboard.press("Escape");
      expect(await control(page, (sifter) => sifter.world.remotes.published)).toEqual([]);
      await open();
      await page.keyboard.press("Control+Enter");
      await page
        .getByText(/says: Upload successful\./u)
        .first()
        .waitFor();
      expect(await control(page, (sifter) => sifter.world.remotes.published)).toEqual([TOM]);
    }));

  test("needs a login where the keyserver wants one", () =>
    onPage({ route: `/keys/${TOM}` }, async (page) => {
      await page.getByRole("button", { name: "More actions" }).first().click();
      await page.getByRole("menuitem", { name: "Publish…" }).click();
      await page.getByLabel("Keyservers of").selectOption("SylabsCloud");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByRole("button", { name: "Sign in…" }).click();
      await page.getByLabel("Token", { exact: true }).fill("a token");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog", { name: /^Sign in/u }).waitFor({ state: "detached" });
      await page.keyboard.press("Control+Enter");
      await page
        .getByText(/^Key published at/u)
        .first()
        .waitFor();
    }));
});

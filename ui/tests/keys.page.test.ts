/** What is done to keys: bringing back what a command line destroyed, imports in part, deleting for good. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { ANNA, TOM } from "../src/host/browser/keys";
import { pressOn, tabTo } from "./support/keyboard";
import { canBrowse, control, onPage } from "./support/page";

async function openDelete(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More actions" }).first().click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
}

describe.skipIf(!canBrowse).concurrent("keys", () => {
  test.each([
    ["a backup has it", 3, "The secret part of 1 key is back."],
    ["no backup has it", 0, "No backup has the secret part of 1 key."],
  ])("a lost secret part: %s", (_, backups, words) =>
    onPage({ route: "/keys" }, async (page) => {
      const given = { fingerprint: ANNA, backups };
      await page.evaluate(({ fingerprint, backups: count }) => {
        const sifter = window.sifter;
        const key = sifter?.world.keys.find((one) => one.row.fingerprint === fingerprint);
        if (sifter === undefined || key === undefined) throw new Error("no such key");
        key.row = { ...key.row, state: "secretLost", own: false, canSign: false };
        sifter.world.backups.set(fingerprint, count);
        sifter.emit("keysChanged", null);
        window.location.hash = `#/keys/${fingerprint}`;
      }, given);
      await pressOn(page, "button", "Restore from backup");
      await page.getByText(words).first().waitFor();
      const calls = await control(page, (sifter) => sifter.world.calls);
      expect(calls).toContain("restoreLostKeys");
      expect(await page.getByText("The secret part of this key is lost").count()).toBe(backups === 0 ? 1 : 0);
    }),
  );

  test("a passphrase that the keychain keeps is taken back; of one that it does not keep this is said", () =>
    onPage({ route: `/keys/${TOM}` }, async (page) => {
      const choose = async (item: string): Promise<void> => {
        await page.getByRole("button", { name: "More actions" }).first().click();
        await page.getByRole("menuitem", { name: item }).click();
      };
      await choose("Unlock…");
      const sheet = page.getByRole("dialog", { name: /^Unlock/u });
      await sheet.getByLabel("Passphrase of the key", { exact: true }).fill("open sesame");
      await sheet.getByRole("combobox").selectOption("keychain");
      await page.keyboard.press("Control+Enter");
      await sheet.waitFor({ state: "detached" });
      expect(await control(page, (sifter) => [...sifter.world.inKeychain])).toEqual([TOM]);
      await choose("Take passphrase out of keychain");
      await page.getByText("The keychain no longer has the passphrase. The key is locked.").first().waitFor();
      expect(await control(page, (sifter) => [...sifter.world.inKeychain])).toEqual([]);
      await choose("Take passphrase out of keychain");
      await page.getByText("The keychain did not have the passphrase. The key is locked.").first().waitFor();
    }));

  test("what does nothing on this system is no setting: locking keys on sleep", () =>
    onPage({ route: "/settings/trust", scenario: "mac" }, async (page) => {
      await page.getByText("Keep a passphrase", { exact: true }).waitFor();
      expect(await page.getByText("sleeps").count()).toBe(0);
    }));

  test("a key that an import could not take is named", () =>
    onPage({ route: "/keys" }, async (page) => {
      await control(page, (sifter) => {
        sifter.pickKeys(["Nina.asc", "Refused.asc"]);
      });
      await pressOn(page, "button", "Import…");
      await page.getByRole("menuitem", { name: "Import a key file…" }).click();
      await page.getByRole("dialog", { name: "Import keys" }).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.getByText("1 key could not be imported. The others are there.").waitFor();
      const sheet = page.getByRole("dialog", { name: "Import keys" });
      await sheet.getByText("Refused", { exact: true }).waitFor();
      await sheet.getByText(/The keyring file is damaged/u).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByText("1 key imported").first().waitFor();
    }));

  test("deleting an own key says where the backups are, and takes it out of them only when asked to", () =>
    onPage({ route: `/keys/${TOM}` }, async (page) => {
      await control(page, (sifter) => {
        sifter.world.backups.set("7C3E51A09B24D8F61E0377AC5D29B4E81FA6C052", 4);
      });
      await openDelete(page);
      const sheet = page.getByRole("dialog", { name: "Delete the key" });
      await sheet.getByText("4 backups of the keyring hold this key as well.").waitFor();
      await sheet.getByText(/keyring-backups/u).waitFor();
      const box = sheet.getByRole("checkbox", { name: "Delete it from the backups too" });
      expect(await box.isChecked()).toBe(false);
      await sheet.getByRole("textbox").fill("Tom Weber");
      await tabTo(page, "checkbox", "Delete it from the backups too");
      await page.keyboard.press("Space");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await control(page, (sifter) => [...sifter.world.backups.values()])).toEqual([0]);
    }));

  test("the backups of other keys are not asked about", () =>
    onPage({ route: `/keys/${ANNA}` }, async (page) => {
      await openDelete(page);
      const sheet = page.getByRole("dialog", { name: "Delete the key" });
      await sheet.waitFor();
      expect(await sheet.getByRole("checkbox").count()).toBe(0);
    }));
});

describe.skipIf(!canBrowse).concurrent("a passphrase for the keychain", () => {
  test("without a keychain it can be kept until the end, and nothing is typed again", () =>
    onPage({ route: "/home", scenario: "odd" }, async (page) => {
      await page.getByRole("button", { name: "Unlock…" }).click();
      const sheet = page.getByRole("dialog", { name: "Unlock the key" });
      await sheet.getByLabel("Passphrase", { exact: true }).fill("correct horse");
      await sheet.getByLabel("Keep it").selectOption("keychain");
      await sheet.getByRole("button", { name: "Unlock", exact: true }).click();
      await sheet.getByText("No keychain answers").waitFor();
      await sheet.getByRole("button", { name: "Keep until I quit" }).click();
      await sheet.waitFor({ state: "detached" });
      await page.getByText("draft.sif waits for the passphrase").waitFor({ state: "detached" });
    }));
});

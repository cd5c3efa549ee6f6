/** The main paths by keyboard alone: look at an image, make a key, sign, compare and trust, the palette. */

import { describe, expect, test } from "vitest";

import { LI } from "../src/host/browser/keys";
import { focusInSheet, focusIsVisible, pressOn, tabTo, typeInto } from "./support/keyboard";
import { canBrowse, control, focused, onPage } from "./support/page";

describe.skipIf(!canBrowse).concurrent("by keyboard alone", () => {
  test("find an image, open it, look at its signatures", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("Control+K");
      await page.getByRole("dialog").getByRole("combobox").waitFor();
      await page.keyboard.type("samtools");
      await page
        .getByRole("option", { name: /samtools_1\.19\.sif/u })
        .first()
        .waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "samtools_1.19.sif" }).waitFor();
      await tabTo(page, "tab", "Overview");
      await page.keyboard.press("ArrowRight");
      await page.getByRole("tab", { name: /^Signatures/u, selected: true }).waitFor();
      await page.getByText("Anna Ruiz").first().waitFor();
      await page.keyboard.press("Alt+ArrowLeft");
      await page.getByRole("heading", { level: 1, name: /samtools|Home/u }).waitFor();
    }));

  test("create a key", () =>
    onPage({ route: "/keys", scenario: "empty" }, async (page) => {
      await pressOn(page, "button", "Create a key…");
      const sheet = page.getByRole("dialog", { name: "Create a key" });
      await sheet.waitFor();
      expect(await focused(page)).toBe("");
      await page.keyboard.type("Tom Weber");
      await page.keyboard.press("Control+Enter");
      await page.getByText("2 fields need a change").waitFor();
      expect(await focused(page)).toBe("2 fields need a change");
      await typeInto(page, "Mail", "tom@lab.example.org");
      await typeInto(page, "Passphrase", "correct horse battery");
      expect(await page.getByLabel("Passphrase", { exact: true }).getAttribute("type")).toBe("password");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("progressbar", { name: /Making the key/u }).waitFor();
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.getByRole("heading", { name: "Keep your new key safe" }).waitFor();
      const offers = page.getByRole("checkbox");
      expect(
        await offers.evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).checked)),
      ).toEqual([false, false, false]);
      await tabTo(page, "checkbox", "Save a backup of the secret key");
      await page.keyboard.press("Space");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByRole("button", { name: /^Tom Weber .*Yours/u }).waitFor();
      expect(await control(page, (sifter) => sifter.world.calls.includes("exportKey"))).toBe(true);
      expect(await control(page, (sifter) => sifter.world.calls.includes("saveRevocation"))).toBe(false);
    }));

  test("a key without a passphrase only after an explicit tick", () =>
    onPage({ route: "/keys", scenario: "empty" }, async (page) => {
      await pressOn(page, "button", "Create a key…");
      await typeInto(page, "Name", "Robot");
      await typeInto(page, "Mail", "robot@lab.example.org");
      await page.keyboard.press("Control+Enter");
      await page.getByText("1 field needs a change").waitFor();
      await tabTo(page, "checkbox", "Create the key without a passphrase");
      await page.keyboard.press("Space");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("progressbar").first().waitFor();
    }));

  test("sign an image, with a wrong passphrase first", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await page.getByRole("heading", { level: 1, name: "draft.sif" }).waitFor();
      await page.keyboard.press("Control+Shift+S");
      const sheet = page.getByRole("dialog", { name: /draft\.sif/u });
      await sheet.getByText("What will happen").waitFor();
      await sheet
        .getByText(/2\.05 kB|2 kB/u)
        .first()
        .waitFor();
      await page.keyboard.press("Control+Enter");
      await page
        .getByLabel(/passphrase/iu)
        .first()
        .waitFor();
      await page.keyboard.type("wrong");
      await page.keyboard.press("Control+Enter");
      await page.locator("input[aria-invalid=true]").waitFor();
      await page.keyboard.press("Control+A");
      await page.keyboard.type("open sesame");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await control(page, (sifter) => {
        sifter.settle();
      });
      // The image is another file now. Who signed it is checked without being asked for.
      await page.waitForFunction(
        () => window.sifter?.world.calls.filter((name) => name === "verifyImages").length === 1,
      );
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.getByText("Verified", { exact: true }).first().waitFor();
    }));

  test("compare a fingerprint and trust the key", () =>
    onPage({ route: `/keys/${LI}` }, async (page) => {
      await pressOn(page, "button", "Compare and trust…");
      const trust = page.getByRole("button", { name: "They match – trust this key" });
      await trust.waitFor();
      expect(await trust.getAttribute("aria-disabled")).toBe("true");
      await page.keyboard.type(LI.slice(-16));
      await page.getByText("Only 16 digits").waitFor();
      expect(await trust.getAttribute("aria-disabled")).toBe("true");
      await page.keyboard.press("Control+Enter");
      expect(await control(page, (sifter) => sifter.world.calls.includes("trustKey"))).toBe(false);
      await page.keyboard.press("Control+A");
      await page.keyboard.type(LI.toLowerCase().replace("02b7", "02b8"));
      await page.getByText("1 group differs").waitFor();
      await tabTo(page, "checkbox", "We compared it by reading it aloud");
      await page.keyboard.press("Space");
      expect(await trust.getAttribute("aria-disabled")).toBe("true");
      await page.keyboard.press("Space");
      await tabTo(page, "textbox", /Paste the fingerprint/u, true);
      await page.keyboard.press("Control+A");
      await page.keyboard.type(LI.replaceAll(/(.{4})/gu, "$1 ").trim());
      await page.getByText("All 10 groups match.").waitFor();
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByText("You compared the fingerprint.").waitFor();
      await page.getByText("Trusted by you").first().waitFor();
    }));

  test("trust without comparing asks, and is recorded as such", () =>
    onPage({ route: `/keys/${LI}` }, async (page) => {
      await pressOn(page, "button", "Compare and trust…");
      await pressOn(page, "button", "Trust without comparing…");
      await page.getByRole("dialog", { name: "Trust without comparing" }).waitFor();
      expect(await focused(page)).toBe("Cancel");
      await pressOn(page, "button", "Trust this key");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByText("without comparing it.").waitFor();
    }));

  test("the palette: a path is inspected, a fingerprint shows its key, a short id does not", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("F1");
      await page.getByRole("dialog").getByRole("combobox").waitFor();
      await page.keyboard.type("/home/tom/Containers/draft.sif");
      await page.getByRole("option", { name: /^Inspect / }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "draft.sif" }).waitFor();
      await page.keyboard.press("Control+K");
      await page.getByRole("dialog").getByRole("combobox").waitFor();
      await page.keyboard.type(LI.slice(-8));
      await page.getByRole("option", { name: /Li Chen/u }).waitFor();
      expect(await page.getByRole("option", { name: /Show the key of/u }).count()).toBe(0);
      await page.keyboard.press("Control+A");
      await page.keyboard.type(LI);
      await page.getByRole("option", { name: /Show the key of Li Chen/u }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Li Chen" }).waitFor();
    }));

  test("settings apply at once and can be undone; keys can be changed", () =>
    onPage({ route: "/settings/appearance" }, async (page) => {
      await tabTo(page, "combobox", "Theme");
      await page.keyboard.press("d");
      await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
      await page.getByText("Theme changed").first().waitFor();
      await tabTo(page, "button", "Undo");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.documentElement.dataset["theme"] === "light");
      await pressOn(page, "button", "Keyboard");
      await pressOn(page, "button", "Change keys of Keys");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Control+K");
      await page
        .getByText(/already runs/u)
        .first()
        .waitFor();
      await page.keyboard.press("Alt+Shift+K");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("Alt+Shift+K");
      await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    }));

  test("keys: arrows move in a list, Enter opens", () =>
    onPage({ route: "/keys" }, async (page) => {
      await tabTo(page, "button", /^Tom Weber .*Yours expires/u);
      await page.keyboard.press("End");
      expect(await focused(page)).toMatch(/^Build robot/u);
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowDown");
      expect(await focused(page)).toMatch(/^Tom Weber .*Expires in/u);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Tom Weber" }).waitFor();
    }));

  test("first start: look around opens the sample image, and the doors never come back", () =>
    onPage({ scenario: "firstrun" }, async (page) => {
      await tabTo(page, "checkbox", "Trust all keys that my command line already trusts");
      await page.keyboard.press("Space");
      await page.getByText("2 keys are trusted now").waitFor();
      await tabTo(page, "button", /^Look around/u, true);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "sample.sif" }).waitFor();
      expect(
        await control(
          page,
          (sifter) => sifter.world.calls.filter((name) => name === "finishFirstRun").length,
        ),
      ).toBe(1);
      // Looking around needs no account and asks no remote.
      const asking = /^(?:signIn|refreshRemote|probeRemote|searchKeys|lookForKey|importLogins)$/u;
      const calls = await control(page, (sifter) => sifter.world.calls);
      expect(calls.filter((name) => asking.test(name))).toEqual([]);
    }));
});

describe.skipIf(!canBrowse).concurrent("sheets", () => {
  test.each([
    ["/keys", "Create a key…"],
    [`/keys/${LI}`, "Compare and trust…"],
    [`/keys/${LI}`, "Export…"],
    ["/settings/advanced", "Show report…"],
    ["/images/9", "Sign…"],
  ])("%s: %s keeps the focus and gives it back", (route, name) =>
    onPage({ route }, async (page) => {
      await pressOn(page, "button", name);
      await page.getByRole("dialog").waitFor();
      for (let presses = 0; presses < 25; presses += 1) {
        expect(await focusInSheet(page), `after ${String(presses)} presses of Tab`).toBe(true);
        expect(await focusIsVisible(page), `after ${String(presses)} presses of Tab`).toBe(true);
        await page.keyboard.press(presses < 18 ? "Tab" : "Shift+Tab");
      }
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.waitForFunction((label) => document.activeElement?.textContent?.trim() === label, name);
    }),
  );

  test("Escape has no side effect", () =>
    onPage({ route: "/keys" }, async (page) => {
      const before = await control(page, (sifter) => sifter.world.keys.length);
      await pressOn(page, "button", "Create a key…");
      await typeInto(page, "Name", "Nobody");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await control(page, (sifter) => sifter.world.keys.length)).toBe(before);
      expect(await control(page, (sifter) => sifter.world.calls.includes("createKey"))).toBe(false);
    }));

  test("a passphrase can be pasted and shown, and is kept nowhere", () =>
    onPage({ route: "/keys", scenario: "empty" }, async (page) => {
      await pressOn(page, "button", "Create a key…");
      await typeInto(page, "Name", "Tom");
      await typeInto(page, "Mail", "tom@example.org");
      await tabTo(page, "textbox", "Passphrase");
      await page.keyboard.insertText("swordfish-4711");
      await pressOn(page, "button", "Show passphrase");
      expect(await page.getByLabel("Passphrase", { exact: true }).getAttribute("type")).toBe("text");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("progressbar").first().waitFor();
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.getByRole("heading", { name: "Keep your new key safe" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const kept = await page.evaluate(() => {
        const stored = [localStorage, sessionStorage].flatMap((storage) => Object.entries(storage));
        return [JSON.stringify(stored), location.href, document.title].join("\n");
      });
      expect(await page.content()).not.toContain("swordfish");
      expect(kept).not.toContain("swordfish");
    }));
});

describe.skipIf(!canBrowse).concurrent("tasks", () => {
  test("the end of a task does not move the focus and is said politely", () =>
    onPage({ route: "/images/2" }, async (page) => {
      await page.keyboard.press("Control+Shift+V");
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await tabTo(page, "tab", "Overview");
      await control(page, (sifter) => {
        sifter.advance(sifter.lastTask(), 0.5);
        sifter.settle();
      });
      await page
        .getByText(/r-env\.sif was checked/u)
        .first()
        .waitFor({ state: "attached" });
      expect(await focused(page)).toBe("Overview");
      // The badge beside it has changed: no note says so a second time.
      expect(await page.locator(".toast").count()).toBe(0);
    }));

  test("the end of a check is noted for images that are not on the screen, and for several", () =>
    onPage({ route: "/images/2" }, async (page) => {
      await page.keyboard.press("Control+Shift+V");
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await page.keyboard.press("Control+2");
      await page.getByRole("row", { name: /^blast/u }).click();
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.locator(".toast", { hasText: "r-env.sif was checked" }).waitFor();
      await page.keyboard.press("Shift+ArrowDown");
      await page.keyboard.press("v");
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.locator(".toast", { hasText: "2 images were checked" }).waitFor();
    }));

  test("a tampered image interrupts", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await control(page, (sifter) => {
        sifter.tamper(1, 4);
      });
      await page.keyboard.press("Control+Shift+V");
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page
        .locator("[aria-live=assertive]", { hasText: "tampered" })
        .first()
        .waitFor({ state: "attached" });
      await page.getByText("This is not what was signed").first().waitFor();
      await page
        .getByText(/[Pp]art 4 \(file system\)/u)
        .first()
        .waitFor();
    }));

  test("Activity: pause, resume, cancel, try again", () =>
    onPage({ route: "/activity" }, async (page) => {
      await pressOn(page, "button", "Pause Verify huge-reference.sif");
      await pressOn(page, "button", "Resume Verify huge-reference.sif");
      await pressOn(page, "button", "Cancel Verify huge-reference.sif");
      await page.getByRole("listitem", { name: "Verify huge-reference.sif, Cancelled" }).waitFor();
      await pressOn(page, "button", "Try again");
      expect(
        await control(page, (sifter) => sifter.world.calls.filter((name) => name.endsWith("Task"))),
      ).toEqual(["pauseTask", "resumeTask", "cancelTask", "retryTask"]);
    }));
});

describe.skipIf(!canBrowse).concurrent("what could not be read is never shown as empty", () => {
  test("a damaged file of the program's own is told on Home", () =>
    onPage({ route: "/home", scenario: "damaged" }, async (page) => {
      await page.getByText("One of Sifter’s own files was damaged").waitFor();
      await page.getByText("sifter.db.damaged").waitFor();
    }));
  test("a damaged keyring is repaired", () =>
    onPage({ route: "/keys", scenario: "damaged" }, async (page) => {
      await pressOn(page, "button", "Repair keyring");
      await page.getByText("Repaired, 9 keys kept").first().waitFor();
      await page.getByText("The keyring of public keys is damaged").waitFor({ state: "detached" });
    }));
  test.each(["/home", "/images", "/keys", "/activity"])("%s", (route) =>
    onPage({ route, scenario: "error" }, async (page) => {
      await page.getByText("Reading or writing failed").first().waitFor();
      await page.getByRole("button", { name: "Try again" }).first().waitFor();
    }),
  );
});

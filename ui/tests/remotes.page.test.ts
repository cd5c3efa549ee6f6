/** Remotes: switching, adding, changing, removing, keyservers, the damaged list, the one that an administrator allows. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { pressOn, tabTo } from "./support/keyboard";
import { canBrowse, control, focused, onPage } from "./support/page";

const route = "/settings/remotes";
const card = (page: Page, name: string): ReturnType<Page["getByRole"]> =>
  page.getByRole("listitem", { name, exact: true });

async function ofCard(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole("button", { name: `More actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

describe.skipIf(!canBrowse).concurrent("the remote in use", () => {
  test("is this computer at first, and another one by keyboard", () =>
    onPage({ route: "/home" }, async (page) => {
      await pressOn(page, "button", "Remote: This computer, Only on this computer");
      await page.getByRole("menu").waitFor();
      const lab = page.getByRole("menuitemradio", { name: /^Lab/u });
      for (let presses = 0; presses < 9; presses += 1) {
        if (await lab.evaluate((item) => item === document.activeElement)) break;
        await page.keyboard.press("ArrowDown");
      }
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Remote: Lab, Signed in as Tom Weber" }).waitFor();
      expect(await focused(page)).toBe("Remote: Lab, Signed in as Tom Weber");
      expect(await control(page, (sifter) => sifter.world.remotes.view.current)).toBe("remote:Lab");
      await page.getByRole("button", { name: /^Remote Lab, Signed in as Tom Weber/u }).waitFor();
    }));

  test("says in the status bar that it does not answer, and leads to the remotes", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.getByRole("button", { name: /^Remote: This computer/u }).click();
      await page.getByRole("menuitemradio", { name: /^Bench/u }).click();
      const status = page.getByRole("button", { name: "Remote Bench, does not answer. Show remotes" });
      await status.click();
      await page.getByRole("heading", { level: 2, name: "Remotes" }).waitFor();
      await card(page, "Bench").getByText("The server does not answer").waitFor();
      await card(page, "Bench").getByText("Not encrypted (http)").waitFor();
    }));

  test("stays the one that the administrator allows", () =>
    onPage({ scenario: "policy", route: "/home" }, async (page) => {
      const switcher = page.getByRole("button", {
        name: "Remote: SylabsCloud, Your administrator allows only this remote",
      });
      await switcher.click();
      const lab = page.getByRole("menuitemradio", { name: /^Lab/u });
      expect(await lab.getAttribute("aria-disabled")).toBe("true");
      expect(await lab.textContent()).toContain("Your administrator allows only SylabsCloud");
      await page.keyboard.press("Escape");
      await page.evaluate(() => (location.hash = "#/settings/remotes"));
      const use = card(page, "Lab").getByRole("button", { name: "Use Lab" });
      expect(await use.getAttribute("aria-disabled")).toBe("true");
    }));
});

describe.skipIf(!canBrowse).concurrent("the list of remotes", () => {
  test("takes a new one after its services were seen, by keyboard", () =>
    onPage({ route }, async (page) => {
      await pressOn(page, "button", "Add a remote…");
      const dialog = page.getByRole("dialog", { name: "Add a remote" });
      await dialog.waitFor();
      await page.keyboard.type("https://images.example.net/");
      await page.keyboard.press("Enter");
      await dialog.getByText("Found at images.example.net").waitFor();
      await dialog.getByText("Not offered: builder").waitFor();
      expect(await dialog.getByLabel("Name").inputValue()).toBe("Images");
      await tabTo(page, "button", "Add remote");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await card(page, "Images").getByText("images.example.net").waitFor();
    }));

  test("says when no server has the name, and takes it unchecked on request", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Add a remote…" }).first().click();
      await page.getByLabel("Address").fill("nowhere.example.net");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByText("No server of this name is known").waitFor();
      await page.getByRole("button", { name: "Add without checking" }).click();
      await page.getByLabel("Name").fill("Lab");
      await page.keyboard.press("Control+Enter");
      await page.getByText("A remote of this name exists").waitFor();
      await page.getByLabel("Name").fill("Later");
      await page.keyboard.press("Control+Enter");
      await card(page, "Later").waitFor();
    }));

  test("takes http in an address only with its box ticked", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Add a remote…" }).first().click();
      await page.getByLabel("Address").fill("http://10.0.0.9");
      await page.getByText("With http in front nothing is encrypted").waitFor();
      await page.keyboard.press("Control+Enter");
      expect(await control(page, (sifter) => sifter.world.calls.includes("probeRemote"))).toBe(false);
      await page.getByLabel(/^Connect without encryption/u).check();
      await page.keyboard.press("Control+Enter");
      await page.getByText("Found at 10.0.0.9").waitFor();
    }));

  test("knows an address that is in it already", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Add a remote…" }).first().click();
      await page.getByLabel("Address").fill("lab.example.org");
      await page.keyboard.press("Control+Enter");
      await page.getByText("You have a remote with this address: Lab.").waitFor();
    }));

  test("forgets the login when the address changes, and says so first", () =>
    onPage({ route }, async (page) => {
      await ofCard(page, "Lab", "Edit…");
      const dialog = page.getByRole("dialog", { name: "Edit Lab" });
      await dialog.getByLabel("Name").fill("Labor");
      await dialog.getByText("You stay signed in").waitFor();
      await dialog.getByLabel("Address").fill("lab2.example.org");
      await page.keyboard.press("Control+Enter");
      await dialog.getByText("The login belongs to the old address and is forgotten").waitFor();
      await page.keyboard.press("Control+Enter");
      await card(page, "Labor").getByText("Not signed in").waitFor();
    }));

  test("loses a remote only after a question that Escape answers with no", () =>
    onPage({ route }, async (page) => {
      await ofCard(page, "Lab", "Remove…");
      await page.getByRole("dialog", { name: "Remove Lab" }).waitFor();
      expect(await focused(page)).toBe("Cancel");
      await page.keyboard.press("Escape");
      await card(page, "Lab").waitFor();
      await ofCard(page, "Lab", "Remove…");
      await page.keyboard.press("Control+Enter");
      await card(page, "Lab").waitFor({ state: "detached" });
    }));

  test("neither changes nor removes what the administrator set", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "More actions for SylabsCloud" }).click();
      for (const name of ["Edit…", "Remove…", "Keyservers…"]) {
        const item = page.getByRole("menuitem", { name });
        expect(await item.getAttribute("aria-disabled"), name).toBe("true");
        expect(await item.textContent()).toContain("Set by your administrator");
      }
    }));

  test("is not written while it is damaged, and says what to do", () =>
    onPage({ scenario: "damaged", route }, async (page) => {
      await page.getByRole("heading", { name: "The list of remotes cannot be used" }).waitFor();
      await page.getByText("Open remote.yaml in a text editor").waitFor();
      const add = page.getByRole("button", { name: "Add a remote…" }).first();
      expect(await add.getAttribute("aria-disabled")).toBe("true");
      await control(page, (sifter) => {
        sifter.world.remotes.view = { ...sifter.world.remotes.view, fileProblem: null };
      });
      await page.getByRole("button", { name: "Read it again" }).click();
      await page
        .getByRole("heading", { name: "The list of remotes cannot be used" })
        .waitFor({ state: "detached" });
    }));

  test("can be asked for again when it cannot be read", () =>
    onPage({ scenario: "error", route }, async (page) => {
      await page.getByRole("alert").getByRole("button", { name: "Try again" }).waitFor();
      await page.getByRole("button", { name: /^Remote: , The file cannot be read|^Remote: /u }).waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("keyservers of a remote", () => {
  test("are ordered by buttons that keep the focus", () =>
    onPage({ route }, async (page) => {
      await ofCard(page, "Lab", "Keyservers…");
      const list = page.getByRole("list", { name: "Keyservers in their order" });
      await tabTo(page, "button", "Move hkps://keys.example.net up");
      await page.keyboard.press("Enter");
      await list.getByRole("listitem").first().getByText("hkps://keys.example.net").waitFor();
      expect(await focused(page)).toBe("Move hkps://keys.example.net down");
      await page.getByLabel("Another keyserver").fill("keys.example.com");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("Begin with https, http, hkp or hkps").waitFor();
      await page.getByLabel("Another keyserver").fill("https://keys.example.com");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const kept = await control(page, (sifter) =>
        sifter.world.remotes.view.remotes
          .find((remote) => remote.name === "Lab")
          ?.keyservers.map((server) => server.address),
      );
      expect(kept).toEqual([
        "hkps://keys.example.net",
        "https://keys.lab.example.org",
        "https://keys.example.com",
      ]);
    }));
});

describe.skipIf(!canBrowse).concurrent("the library of this computer", () => {
  test("gives a token to the clipboard and never to the page", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "New token…" }).click();
      await page.getByLabel("Name").fill("workstation");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Token copied.").first().waitFor();
      await page.getByRole("list", { name: "Tokens for command lines" }).getByText("workstation").waitFor();
      expect(await control(page, (sifter) => sifter.world.copied)).toEqual(["(the token workstation)"]);
      expect(await page.content()).not.toContain("(the token");
    }));

  test("revokes a token, and copies the commands for a command line", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Revoke the token laptop" }).click();
      await page
        .getByRole("list", { name: "Tokens for command lines" })
        .getByText("laptop")
        .waitFor({ state: "detached" });
      expect(await focused(page)).toBe("Tokens for command lines");
      await page.getByRole("button", { name: "Copy commands" }).click();
      await page.getByText("Copied").first().waitFor();
      expect((await control(page, (sifter) => sifter.world.copied)).join()).toContain(
        "remote login ThisComputer",
      );
    }));
});

describe.skipIf(!canBrowse).concurrent("transfers and privacy", () => {
  test("a proxy with a password in it is not taken", () =>
    onPage({ route: "/settings/transfers" }, async (page) => {
      const proxy = page.getByLabel("Proxy");
      await proxy.fill("http://tom:secret@proxy.example.org");
      await proxy.press("Enter");
      await page.getByText("leave out user and password").waitFor();
      expect(await control(page, (sifter) => sifter.world.settings.settings.proxy)).toBe("");
      await proxy.fill("http://proxy.example.org:3128");
      await proxy.press("Enter");
      await page.getByText("Proxy changed").first().waitFor();
      expect(await control(page, (sifter) => sifter.world.settings.settings.proxy)).toBe(
        "http://proxy.example.org:3128",
      );
    }));

  test("authorities of one's own come from a file, and go again", () =>
    onPage({ route: "/settings/transfers" }, async (page) => {
      const setting = page.getByRole("group", { name: "Authorities of your site" });
      await setting.getByRole("button", { name: "Choose a file…" }).click();
      await setting.getByText("lab-authority.pem").waitFor();
      await setting.getByRole("button", { name: "Remove" }).click();
      await setting.getByText("None").waitFor();
      expect(await control(page, (sifter) => sifter.world.settings.settings.caFile)).toBe("");
    }));

  test("the hosts that were contacted are listed with their purpose", () =>
    onPage({ route: "/settings/privacy" }, async (page) => {
      const row = page.getByRole("row", { name: /library\.lab\.example\.org/u });
      expect(await row.textContent()).toContain("library");
      expect(await page.getByRole("row").count()).toBe(4);
    }));

  test("none was contacted at the start", () =>
    onPage({ scenario: "empty", route: "/settings/privacy" }, async (page) => {
      await page.getByText("None.", { exact: true }).waitFor();
    }));
});

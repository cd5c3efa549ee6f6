/** What the page says is so: counts agree wherever they stand, nothing is claimed that nobody proved, nothing is left out. */

import { describe, expect, test } from "vitest";

import { LI, TOM_BARE } from "../src/host/browser/keys";
import { lostText } from "./support/layout";
import { canBrowse, control, onPage } from "./support/page";

describe.skipIf(!canBrowse).concurrent("counts", () => {
  test("the status bar, the sidebar and Activity count tasks alike", () =>
    onPage({ route: "/activity" }, async (page) => {
      const counts = ["2 running", "2 need you", "1 paused", "2 queued", "1 offline"];
      await page.getByRole("contentinfo").getByText(counts.join(" · ")).waitFor();
      await page.getByRole("main").getByText(counts.join(" · ")).waitFor();
      await page.getByRole("button", { name: `Activity 8, ${counts.join(", ")}` }).waitFor();
    }));

  test("Home and Keys count the same days, and Home says which key", () =>
    onPage({ route: "/home" }, async (page) => {
      const need = page.getByText(/^Your key tom@old\.example\.org expires in \d+ days$/u);
      const days = /\d+ days/u.exec(await need.innerText())?.[0] ?? "none";
      await page.getByRole("button", { name: "Keys", exact: true }).click();
      // Home says it too: not before it is gone.
      await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
      await need.waitFor({ state: "detached" });
      await page.getByText(`Expires in ${days}`).waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("what is claimed", () => {
  test("without the key, agreeing is not called a match", () =>
    onPage({ route: "/images/2/parts" }, async (page) => {
      await page.getByText("All 4 parts agree with the signature, but only its key can prove it.").waitFor();
      await page.getByText("agrees with the signature", { exact: true }).first().waitFor();
      expect(await page.getByText("what was signed").count()).toBe(0);
    }));

  test("one part that is not covered is one", () =>
    onPage({ route: "/images/6" }, async (page) => {
      await page.getByText("Not covered: part 5 (data). It may have been added later.").waitFor();
    }));

  test("an encrypted image's definition can be read by all, which is said", () =>
    onPage({ route: "/images/11/definition" }, async (page) => {
      await page.getByText("The definition is not encrypted: whoever has the file can read it.").waitFor();
    }));

  test("a file in a listed folder leaves the list for good: nothing says that it comes back", () =>
    onPage({ route: "/images/13" }, async (page) => {
      const name = await page.getByRole("heading", { level: 1 }).innerText();
      await page.getByRole("button", { name: "Remove from list" }).click();
      const said = page.getByText(/^1 image is off the list\./u).first();
      expect(await said.innerText()).toBe("1 image is off the list. Its file was not touched.");
      await page.getByRole("button", { name: "Images", exact: true }).click();
      await page.getByRole("grid").getByRole("row").nth(3).waitFor();
      expect(await page.getByRole("grid").getByText(name).count()).toBe(0);
    }));

  test("a blocked key is not offered for comparing", () =>
    onPage({ route: `/keys/${LI}` }, async (page) => {
      await page.getByRole("button", { name: "Block" }).click();
      await page.getByText("You blocked this key. Its signatures never count.").waitFor();
      await page.evaluate(() => {
        location.hash = "#/images/3";
      });
      await page.getByRole("button", { name: "Verify again" }).click();
      await control(page, (sifter) => {
        sifter.settle();
      });
      await page.getByText("You blocked this key.").waitFor();
      expect(await page.getByRole("button", { name: "Compare fingerprint…" }).count()).toBe(0);
    }));

  test("a key without a passphrase is neither locked nor unlocked", () =>
    onPage({ route: `/keys/${TOM_BARE}` }, async (page) => {
      await page.getByRole("button", { name: "More actions" }).first().click();
      await page.getByRole("menuitem", { name: "Revoke…" }).waitFor();
      expect(await page.getByRole("menuitem", { name: /^(Lock now|Unlock…)$/u }).count()).toBe(0);
    }));

  test("a number that must be typed may be typed as it is shown", () =>
    onPage({ route: "/images" }, async (page) => {
      await control(page, (sifter) => {
        sifter.addImages(1182);
      });
      await page.getByRole("row", { name: /^blast_2\.15\.sif/u }).click();
      await page.keyboard.press("Control+A");
      await page.getByText("1,200 images selected").waitFor();
      await page.keyboard.press("Delete");
      const sheet = page.getByRole("dialog", { name: "Move 1,200 images to the trash" });
      await sheet.getByLabel("Type 1,200 to go on").fill("1,200");
      await sheet.getByRole("button", { name: "Move 1,200 images" }).click();
      await page.getByText("1,200 images are in the trash").first().waitFor();
    }));

  test("a task that waits says for whose key", () =>
    onPage({ route: "/activity" }, async (page) => {
      await page.getByText(/Waits for the passphrase of the key Anna Ruiz · E6A3 1D7B/u).waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("many images at once", () => {
  test("what failed stays selected, and Activity shows the worst first and leaves none out", () =>
    onPage({ route: "/images" }, async (page) => {
      await control(page, (sifter) => {
        sifter.addImages(20);
      });
      await page.getByRole("row", { name: /^blast_2\.15\.sif/u }).click();
      await page.keyboard.press("Control+A");
      const bar = page.getByRole("region", { name: "Selected images" });
      await bar.getByText("38 images selected").waitFor();
      await bar.getByRole("button", { name: "Remove 38 images from list" }).waitFor();
      await bar.getByRole("button", { name: "Move 38 images to trash…" }).waitFor();
      await bar.getByRole("button", { name: "Verify 31 images" }).click();
      await page.waitForFunction(() => (window.sifter?.world.effects.size ?? 0) > 0);
      await control(page, (sifter) => {
        sifter.settle();
      });
      // Seven that cannot be read, and one that is tampered with.
      await bar.getByText("8 images selected").waitFor();

      await page.getByRole("button", { name: /^Activity/u }).click();
      const task = page.getByRole("listitem", { name: /Checked 31 images/u });
      const lines = task.locator("ul:not(.counts) > li");
      await lines.first().waitFor();
      expect(await lines.first().innerText()).toMatch(/Tampered\s+salmon_1\.10\.sif/u);
      expect(await task.locator("ul.counts > li").first().innerText()).toMatch(/Tampered\s+1/u);
      expect(await lines.count()).toBe(10);
      await task.getByRole("button", { name: "Show 21 more" }).click();
      expect(await lines.count()).toBe(31);
    }));
});

describe.skipIf(!canBrowse).concurrent("names as long as names can be", () => {
  const long = `${"a-workflow-with-many-tools-".repeat(8)}final.sif`;
  test.each([
    [1280, "/images"],
    [800, "/images"],
    [1280, "/images/3"],
    [800, "/images/3"],
    [800, "/home"],
  ])("%i px: %s stays inside the window", (width, route) =>
    onPage({ route: "/activity", width, height: 600 }, async (page) => {
      await page.evaluate(
        ([name, to]) => {
          const images = window.sifter?.world.images ?? [];
          for (const image of images)
            image.row = { ...image.row, name: name ?? "", folder: `/srv/${name ?? ""}` };
          window.sifter?.emit("imagesChanged", { ids: [3] });
          location.hash = `#${to ?? ""}`;
        },
        [long, route],
      );
      await page.getByText(long).first().waitFor();
      expect(await lostText(page)).toEqual([]);
      const header = await page.locator("[data-region=toolbar]").boundingBox();
      expect((header?.x ?? 0) + (header?.width ?? 0)).toBeLessThanOrEqual(width);
    }),
  );
});

describe.skipIf(!canBrowse).concurrent("while nothing is known yet", () => {
  test.each(["/home", "/images", "/keys", "/activity"])("%s shows where the list will stand", (route) =>
    onPage({ route, scenario: "loading" }, async (page) => {
      await page.getByRole("main").getByRole("status").filter({ hasText: "Loading" }).waitFor();
    }),
  );
});

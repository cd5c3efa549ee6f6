/** The screens of libraries: levels, search, containers, tags, deleting, and what is said when a library does not answer. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, control, focused, looks, onPage } from "./support/page";

const HERE = "/library/this-computer";

const row = (page: Page, name: RegExp): ReturnType<Page["getByRole"]> => page.getByRole("row", { name });

describe.skipIf(!canBrowse).concurrent("levels of a library", () => {
  test("owner, collection, container by keyboard, and back by the path", () =>
    onPage({ route: "/library" }, async (page) => {
      await row(page, /^tom, Owner/u).waitFor();
      await page.getByText("of 20 GB used").waitFor();
      await looks(page, "library");
      await row(page, /^tom, Owner/u).focus();
      await page.keyboard.press("Enter");
      await row(page, /^tools, Collection/u).waitFor();
      await page.getByRole("button", { name: "tools", exact: true }).click();
      await row(page, /^samtools, Container/u).waitFor();
      await looks(page, "library-collection");
      await row(page, /^samtools, Container/u).dblclick();
      await page.getByRole("heading", { level: 1, name: "samtools" }).waitFor();
      expect(await page.evaluate(() => location.hash)).toBe(`#${HERE}/tom/tools/samtools`);
      await page
        .getByRole("navigation", { name: "Place in the library" })
        .getByText("tom", { exact: true })
        .click();
      await row(page, /^environments, Collection/u).waitFor();
    }));

  test("sorts by each column, and several containers are pulled at once", () =>
    onPage({ route: `${HERE}/tom/tools` }, async (page) => {
      await row(page, /^samtools/u).waitFor();
      const names = (): Promise<string[]> =>
        page.locator("[data-row] .name bdi").evaluateAll((all) => all.map((one) => one.textContent ?? ""));
      expect(await names()).toEqual(["blast", "gatk", "samtools"]);
      await page.getByRole("button", { name: "Size" }).click();
      expect(await names()).toEqual(["samtools", "gatk", "blast"]);
      await row(page, /^samtools/u).click();
      await page.keyboard.press("Shift+ArrowDown");
      await page.getByRole("button", { name: "Pull 2 images…" }).click();
      await page.getByRole("dialog", { name: "Pull 2 images" }).waitFor();
      await page.getByRole("button", { name: "Pull 2 images" }).last().waitFor();
    }));

  test("ten thousand rows are drawn as far as they are seen", () =>
    onPage({ route: `${HERE}/tom` }, async (page) => {
      await row(page, /^tools/u).waitFor();
      await control(page, (sifter) => {
        const [here] = [...sifter.world.library.libraries.values()];
        const [one] = here?.containers ?? [];
        if (here && one)
          here.containers = Array.from({ length: 10_000 }, (_, index) => ({
            ...one,
            path: `tom/tools/series-${String(index)}`,
          }));
        sifter.emit("libraryChanged", { remote: "this-computer", path: "tom" });
      });
      await row(page, /^tools, .*10,000 containers/u).dblclick();
      await page.locator('[role=grid][aria-rowcount="10001"]').waitFor();
      expect(await page.locator("[data-row]").count()).toBeLessThan(100);
      await row(page, /^series-0,/u).focus();
      await page.keyboard.press("End");
      await row(page, /^series-9999,/u).waitFor();
    }));

  test("another remote is shown from its top", () =>
    onPage({ route: `${HERE}/tom/tools` }, async (page) => {
      await row(page, /^samtools/u).waitFor();
      await control(page, (sifter) => {
        sifter.world.remotes.view = { ...sifter.world.remotes.view, current: "remote:Lab" };
        sifter.emit("remotesChanged", null);
      });
      await row(page, /^genomics, Owner/u).waitFor();
      await page.getByRole("navigation", { name: "Place in the library" }).getByText("Lab").waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("searching", () => {
  test("wants three letters, filters, and gives places and images", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("Control+Shift+F");
      const field = page.getByRole("searchbox", { name: "Search this library" });
      await field.fill("sa");
      await page.getByText("1 more letter").waitFor();
      await field.fill("sam");
      await row(page, /^samtools, Container/u).waitFor();
      await page.getByRole("heading", { name: "Images" }).waitFor();
      await page.getByText("5 found").waitFor();
      await looks(page, "library-search");
      await page.getByRole("combobox", { name: "Architecture" }).selectOption("arm64");
      await page.getByText("2 found").waitFor();
      await page.getByRole("combobox", { name: "Architecture" }).selectOption("");
      await page.getByRole("checkbox", { name: "Signed, as the library says" }).check();
      await page.getByText("4 found").waitFor();
      await field.fill("nothing-like-this");
      await page.getByText("Nothing matches").waitFor();
      await page.getByRole("button", { name: "Clear search" }).click();
      await row(page, /^tom, Owner/u).waitFor();
    }));

  test("is a place: back and forward lead out of it and into it, with its filters", () =>
    onPage({ route: `${HERE}/tom` }, async (page) => {
      const field = page.getByRole("searchbox", { name: "Search this library" });
      const arch = page.getByRole("combobox", { name: "Architecture" });
      await row(page, /^tools, Collection/u).waitFor();
      await field.fill("sam");
      await page.getByText("5 found").waitFor();
      await arch.selectOption("arm64");
      await page.getByText("2 found").waitFor();
      expect(await page.evaluate(() => location.hash)).toBe(`#${HERE}/tom?find=sam&arch=arm64`);
      await row(page, /^samtools, Container/u).dblclick();
      await page.getByRole("heading", { level: 1, name: "samtools" }).waitFor();
      await page.keyboard.press("Alt+ArrowLeft");
      await page.getByText("2 found").waitFor();
      expect(await field.inputValue()).toBe("sam");
      expect(await arch.inputValue()).toBe("arm64");
      await page.getByRole("button", { name: "Back" }).click();
      await row(page, /^tools, Collection/u).waitFor();
      expect(await field.inputValue()).toBe("");
      await page.getByRole("button", { name: "Forward" }).click();
      await page.getByText("2 found").waitFor();
      await field.focus();
      await page.keyboard.press("Escape");
      await row(page, /^tools, Collection/u).waitFor();
      expect(await arch.count()).toBe(0);
    }));

  test("is not done again by the next start", () =>
    onPage({ route: `${HERE}?find=sam` }, async (page) => {
      await page.getByText("5 found").waitFor();
      const kept = await page.evaluate(() => localStorage.getItem("sifter.route"));
      expect(kept).toBe(JSON.stringify(HERE));
    }));

  test("leads from an image to its container", () =>
    onPage({ route: `${HERE}?find=sam` }, async (page) => {
      await page.getByRole("button", { name: "tom/tools/samtools:1.18", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "samtools" }).waitFor();
    }));
});

describe.skipIf(!canBrowse).concurrent("what cannot be shown", () => {
  const cases = [
    ["server-unreachable", "The library can't be reached", "Try again"],
    ["offline", "The library can't be reached", "Use this computer"],
    ["token-missing", "Sign in to see this", "Sign in…"],
    ["token-expired", "The login has expired", "Sign in…"],
    ["forbidden", "You may not see this", "Show Lab"],
    ["not-found-or-private", "It is not here, or it is private", "Show Lab"],
    ["service-missing", "Lab has no library", "Use this computer"],
  ] as const;
  test.each(cases)("%s has its words and its way out", (code, title, fix) =>
    onPage({ route: "/home" }, async (page) => {
      await page.evaluate((wanted) => {
        const kept = window.sifter?.world.library.libraries.get("remote:Lab");
        if (kept)
          kept.failure = { code: wanted, message: "it is so", hint: null, causes: [], retryable: false };
        location.hash = "#/library/remote%3ALab/genomics";
      }, code);
      await page.getByRole("heading", { name: title }).waitFor();
      await page.getByRole("button", { name: fix, exact: true }).waitFor();
      if (code === "token-expired") await looks(page, "library-trouble");
    }),
  );

  test("what was kept is shown with its time while the library is away", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.evaluate(() => {
        const kept = window.sifter?.world.library.libraries.get("remote:Lab");
        if (kept) {
          kept.failure = { code: "offline", message: "no network", hint: null, causes: [], retryable: true };
          kept.keptFrom = Math.floor(Date.now() / 1000) - 7200;
        }
        location.hash = "#/library/remote%3ALab/genomics/tools";
      });
      await page.getByText(/^Shown as of 2 hours ago|^Shown as of /u).waitFor();
      await row(page, /^samtools/u).waitFor();
      await looks(page, "library-kept");
      await row(page, /^samtools/u).dblclick();
      await page.getByText(/^Shown as of /u).waitFor();
      await page.getByRole("button", { name: "More actions" }).click();
      const item = page.getByRole("menuitem", { name: /Delete container…/u });
      expect(await item.getAttribute("aria-disabled")).toBe("true");
      expect(await item.textContent()).toContain("can't be reached");
    }));

  test("an empty library says how to begin", () =>
    onPage({ route: "/library", scenario: "empty" }, async (page) => {
      await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
      await page.getByRole("main").getByRole("button", { name: "Push an image…" }).waitFor();
      await looks(page, "library-empty");
    }));
});

describe.skipIf(!canBrowse).concurrent("a container", () => {
  const route = `${HERE}/tom/tools/samtools`;

  test("is a table that the arrow keys go through", () =>
    onPage({ route }, async (page) => {
      const table = page.getByRole("grid", { name: "Tags and architectures" });
      await table.waitFor();
      await looks(page, "container");
      const cell = page.getByRole("gridcell", { name: /^latest, amd64/u });
      await cell.focus();
      await page.keyboard.press("ArrowRight");
      expect(await focused(page)).toMatch(/^latest, arm64, /u);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      expect(await focused(page)).toBe("1.18, arm64, none");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Space");
      await page.getByText("1.18 · amd64").first().waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Pull an image" }).waitFor();
      expect(await page.getByRole("textbox", { name: "Reference" }).inputValue()).toContain("samtools:1.18");
    }));

  test("copies a reference and a hash, pulls and pushes by keys", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("gridcell", { name: /^1\.18, amd64/u }).focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Control+c");
      await page.keyboard.press("Control+Shift+C");
      await page.waitForFunction(() => window.sifter?.world.copied.length === 2);
      const [reference, hash] = await control(page, (sifter) => sifter.world.copied);
      expect(reference).toMatch(/\/tom\/tools\/samtools:1\.18$/u);
      expect(hash).toMatch(/^sha256\.[0-9a-f]{64}$/u);
      await page.keyboard.press("Control+d");
      const field = page.getByRole("textbox", { name: "Reference" });
      await field.waitFor();
      expect(await field.inputValue()).toBe(reference);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.evaluate(() => window.sifter?.pickImages(["fresh_2.0.sif"]));
      await page.keyboard.press("Control+u");
      await page.getByRole("dialog", { name: /^Push fresh/u }).waitFor();
    }));

  test("gives commands by tag, pinned by hash, and a batch script", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("button", { name: "Copy Pull", exact: true }).click();
      await page.getByRole("checkbox", { name: "Pin by hash" }).check();
      await page.getByRole("button", { name: "Copy Pull", exact: true }).click();
      await page.getByRole("button", { name: /^Copy Slurm script/u }).click();
      await page.waitForFunction(() => window.sifter?.world.copied.length === 3);
      const [tag, pinned, slurm] = await control(page, (sifter) => sifter.world.copied);
      expect(tag).toMatch(/samtools:latest$/u);
      expect(pinned).toMatch(/samtools:sha256\.[0-9a-f]{64}$/u);
      expect(slurm).toMatch(/^#!\/bin\/bash\n[\s\S]*sha256\.[0-9a-f]{64}\n/u);
    }));

  test("moves a tag, says what happens, and takes it back", () =>
    onPage({ route }, async (page) => {
      const latest = page.getByRole("gridcell", { name: /^latest, amd64/u });
      const before = await latest.getAttribute("aria-label");
      await page.getByRole("gridcell", { name: /^1\.18, amd64/u }).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Move a tag here…" }).click();
      await page.getByRole("dialog").getByRole("textbox", { name: "Tag" }).fill("latest");
      await page.getByText(/^latest \(amd64\) moves from [0-9a-f]{8} to [0-9a-f]{8}\./u).waitFor();
      await looks(page, "sheet-move-tag");
      await page.getByRole("button", { name: "Move tag" }).click();
      await page
        .getByText(/^latest leads to [0-9a-f]{8} now$/u)
        .first()
        .waitFor();
      await page.waitForFunction(
        (old) => document.querySelector('[data-cell="0-0"]')?.getAttribute("aria-label") !== old,
        before,
      );
      await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
      await page.waitForFunction(
        (old) => document.querySelector('[data-cell="0-0"]')?.getAttribute("aria-label") === old,
        before,
      );
    }));

  test("deletes one image after a question, and the whole only with its name typed", () =>
    onPage({ route }, async (page) => {
      await page.getByRole("gridcell", { name: /^1\.18, amd64/u }).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      const sheet = page.getByRole("dialog", { name: "Delete 1 image" });
      await sheet.getByText("Tags that go with it: 1.18").waitFor();
      await sheet.getByRole("button", { name: "Delete 1 image" }).click();
      await page.getByRole("gridcell", { name: /^1\.18, amd64/u }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Delete container…" }).click();
      const whole = page.getByRole("dialog", { name: "Delete samtools" });
      await whole.waitFor();
      await looks(page, "sheet-delete-container");
      const act = whole.getByRole("button", { name: "Delete 3 images" });
      expect(await act.getAttribute("aria-disabled")).toBe("true");
      await whole.getByRole("textbox").fill("samtools");
      await act.click();
      await row(page, /^gatk, Container/u).waitFor();
      expect(await row(page, /^samtools/u).count()).toBe(0);
    }));

  test("that is read-only says why nothing can be changed", () =>
    onPage({ route: "/library/remote%3ALab/genomics/tools/gatk" }, async (page) => {
      await page.getByText("Read-only", { exact: false }).first().waitFor();
      await page.getByRole("gridcell", { name: /^latest, amd64/u }).click({ button: "right" });
      const item = page.getByRole("menuitem", { name: /Move a tag here…/u });
      expect(await item.getAttribute("aria-disabled")).toBe("true");
    }));
});

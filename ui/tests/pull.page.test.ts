/** The pull sheet: how references are read, what the server says, what would be done, and links from outside. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, control, looks, onPage } from "./support/page";

type Found = ReturnType<Page["getByRole"]>;
const sheet = (page: Page): Found => page.getByRole("dialog", { name: /^Pull/u });
const field = (page: Page, name: string): Found => sheet(page).getByRole("textbox", { name, exact: true });
const primary = (page: Page): Found => sheet(page).getByRole("button", { name: /^Pull/u });

async function openSheet(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+d");
  await field(page, "Reference").fill(text);
}

/** Waits until the button may be pressed; its name. */
async function ready(page: Page): Promise<string> {
  await page.waitForFunction(
    () => document.querySelector('[data-sheet] button[type="submit"]:not([aria-disabled])') !== null,
  );
  return (await primary(page).textContent())?.trim() ?? "";
}

describe.skipIf(!canBrowse).concurrent("pulling", () => {
  test("by keyboard: paste, see what it is, pull, and open the file", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "library://lab.example.org/genomics/tools/samtools:1.19");
      await sheet(page).getByText("1.2 GB · ", { exact: false }).waitFor();
      await sheet(page).getByText("tag 1.19").waitFor();
      expect(await ready(page)).toBe("Pull 1.2 GB");
      await sheet(page)
        .getByText("samtools_1.19 (2).sif is written to ~/Containers. Then it is verified.")
        .waitFor();
      await looks(page, "sheet-pull");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Pulling samtools_1.19 (2).sif").first().waitFor();
      await control(page, (sifter) => {
        sifter.finish(sifter.lastTask());
      });
      await page
        .getByText(/^samtools_1\.19 \(2\)\.sif was pulled/u)
        .first()
        .waitFor();
      // That it was begun is no news any more.
      expect(await page.locator(".toast").allInnerTexts()).toHaveLength(1);
      await page.locator(".toast").last().getByRole("button", { name: "Open" }).click();
      await page.getByRole("heading", { level: 1, name: "samtools_1.19 (2).sif" }).waitFor();
    }));

  test("a short reference names its library and its other reading", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "tools/samtools");
      await sheet(page).getByText("It can also mean library://", { exact: false }).waitFor();
      await sheet(page)
        .getByRole("combobox", { name: /^Library for references/u })
        .selectOption({ label: "Lab" });
      await sheet(page).getByText("lab.example.org/tools/default/samtools", { exact: false }).waitFor();
      await sheet(page).getByRole("button", { name: "Read it that way" }).click();
      expect(await field(page, "Reference").inputValue()).toBe(
        "library://lab.example.org/tools/default/samtools:latest",
      );
      await sheet(page).getByRole("heading", { name: "The image cannot be pulled" }).waitFor();
      expect(await primary(page).getAttribute("aria-disabled")).toBe("true");
    }));

  test("another architecture, another name, another folder, and only these bytes", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "tom/tools/samtools:latest");
      await ready(page);
      await sheet(page).getByRole("combobox", { name: "Architecture" }).selectOption("arm64");
      await page.waitForFunction(() =>
        /1\.18 GB/u.test(document.querySelector("[data-sheet]")?.textContent ?? ""),
      );
      await field(page, "Save as").fill("mine.sif");
      await sheet(page).getByRole("button", { name: "Change folder…" }).click();
      await sheet(page).getByText("/scratch/tom").first().waitFor();
      await sheet(page).getByText("/scratch/tom has no room for 1.18 GB.").waitFor();
      expect(await primary(page).getAttribute("aria-disabled")).toBe("true");
      await control(page, (sifter) => {
        sifter.world.library.nextFolder = { id: "folder-3", name: "/data", free: null };
      });
      await sheet(page).getByRole("button", { name: "Change folder…" }).click();
      await sheet(page).getByText("mine.sif is written to /data.", { exact: false }).waitFor();
      await sheet(page).getByRole("checkbox", { name: "Pin by hash" }).check();
      await sheet(page).getByRole("checkbox", { name: "Verify after pulling" }).uncheck();
      await sheet(page).getByText("It is not verified.", { exact: false }).waitFor();
      await ready(page);
      const request = await control(
        page,
        (sifter) => [...sifter.world.library.pullPlans.values()].at(-1)?.request,
      );
      expect(request).toMatchObject({ folder: "folder-3", verify: false, ifExists: "keepBoth" });
      expect(request?.items[0]).toMatchObject({ arch: "arm64", name: "mine.sif" });
      expect(request?.items[0]?.sha256).toMatch(/^sha256:[0-9a-f]{64}$/u);
    }));

  test("a file that is there: keep both, or replace it", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "library://tom/tools/gatk:4.5");
      const both = sheet(page).getByRole("radio", { name: "Keep both" });
      await both.waitFor();
      expect(await both.isChecked()).toBe(true);
      await sheet(page).getByText("gatk_4.5 (2).sif is written", { exact: false }).waitFor();
      await sheet(page).getByRole("radio", { name: "Replace" }).check();
      await sheet(page).getByText("gatk_4.5.sif is written", { exact: false }).waitFor();
      await looks(page, "sheet-pull-exists");
    }));

  test("several at once, the ones that cannot be pulled left out", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(
        page,
        "tom/tools/samtools:1.19 tom/tools/blast:2.15 tom/tools/gatk:4.5 docker://alpine",
      );
      expect(await ready(page)).toBe("Pull 2 images");
      await sheet(page).getByText("2 files are written to ~/Containers. Then they are verified.").waitFor();
      await looks(page, "sheet-pull-many");
      await primary(page).click();
      await page.getByText("Pulling 2 images").first().waitFor();
    }));

  const problems = [
    ["docker://alpine:3", "has to be turned into a SIF image first"],
    ["shub://user/image", "does not exist any more"],
    ["library://tom/tools/blast:2.15", "There is no image for amd64"],
  ] as const;
  test.each(problems)("%s says why not", (reference, why) =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, reference);
      await sheet(page).getByText(why, { exact: false }).first().waitFor();
      expect(await primary(page).getAttribute("aria-disabled")).toBe("true");
    }),
  );

  test("a server that is not found may be found once there is a network", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "library://nowhere.example.org/a/b/c:1");
      await sheet(page).getByText("No server is called").first().waitFor();
      await sheet(page).getByRole("button", { name: "Do it when online" }).waitFor();
    }));

  test("a plain address takes an expected hash", () =>
    onPage({ route: "/home" }, async (page) => {
      await openSheet(page, "https://example.org/images/x.sif");
      await field(page, "Expected SHA-256").fill("123");
      await sheet(page).getByText("A SHA-256 has 64 digits from 0 to f.").waitFor();
      expect(await primary(page).getAttribute("aria-disabled")).toBe("true");
      await field(page, "Expected SHA-256").fill("AB".repeat(32));
      await ready(page);
      const item = await control(
        page,
        (sifter) => [...sifter.world.library.pullPlans.values()].at(-1)?.request.items[0],
      );
      expect(item?.sha256).toBe(`sha256:${"ab".repeat(32)}`);
    }));

  test("an expired login is one click away", () =>
    onPage({ route: "/home" }, async (page) => {
      await control(page, (sifter) => {
        const kept = sifter.world.library.libraries.get("remote:Lab");
        if (kept)
          kept.failure = {
            code: "token-expired",
            message: "it ended",
            hint: null,
            causes: [],
            retryable: false,
          };
      });
      await openSheet(page, "library://lab.example.org/genomics/tools/samtools:1.19");
      await sheet(page).getByRole("button", { name: "Sign in…" }).click();
      await page.getByRole("dialog").nth(1).waitFor();
    }));

  test("nothing is asked while a text is being typed", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.keyboard.press("Control+d");
      await field(page, "Reference").pressSequentially("tom/tools/samtools:1.19", { delay: 15 });
      await ready(page);
      const asked = await control(
        page,
        (sifter) => sifter.world.calls.filter((name) => name === "planPull").length,
      );
      expect(asked).toBeLessThan(3);
    }));
});

describe.skipIf(!canBrowse).concurrent("links from outside", () => {
  const link = (page: Page, text: string, namesServer = true): Promise<void> =>
    page.evaluate(
      ([reference, named]) => {
        const sifter = window.sifter;
        sifter?.world.library.links.push({
          namesServer: named,
          reference: {
            reference,
            transport: "library",
            server: reference.split("/")[2] ?? "",
            remote: null,
            entity: "a",
            collection: "b",
            container: "c",
            tag: "1",
            hash: null,
            alternative: null,
            suggestedName: "c_1.sif",
            problem: null,
          },
        });
        sifter?.emit("linkOpened", null);
      },
      [text, namesServer] as const,
    );

  test("a server that is not known is asked only after a tick", () =>
    onPage({ route: "/home", clock: true }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.clock.install();
      await link(page, "library://evil.example.net/a/b/c:1");
      await sheet(page).getByText("From a link. Check the server name.").waitFor();
      await sheet(page).getByText("evil.example.net").first().waitFor();
      await page.clock.fastForward("01:00");
      expect(await control(page, (sifter) => sifter.world.calls.includes("planPull"))).toBe(false);
      expect(await primary(page).getAttribute("aria-disabled")).toBe("true");
      await looks(page, "sheet-pull-link");
      await sheet(page)
        .getByRole("checkbox", { name: /^I know evil\.example\.net/u })
        .check();
      await page.waitForFunction(() => window.sifter?.world.calls.includes("planPull"));
    }));

  test("that names no server says which one would be asked, and asks it only after a tick", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      await link(page, "library://tom/tools/samtools:1.19", false);
      await sheet(page).getByText("The link names no server: This computer would be asked.").waitFor();
      await sheet(page).getByText("Nothing is asked before you tick").waitFor();
      expect(await control(page, (sifter) => sifter.world.calls.includes("planPull"))).toBe(false);
      await looks(page, "sheet-pull-link-guessed");
      await sheet(page).getByRole("checkbox", { name: "Ask This computer" }).check();
      expect(await ready(page)).toBe("Pull 1.2 GB");
    }));

  test("of a known server it is a filled-in sheet, and starts nothing", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.getByRole("heading", { level: 1 }).waitFor();
      await link(page, "library://lab.example.org/genomics/tools/gatk:4.5");
      await sheet(page).getByText("From a link. Check the server name.").waitFor();
      expect(await ready(page)).toBe("Pull 2.4 GB");
      expect(await control(page, (sifter) => sifter.world.calls.includes("runPull"))).toBe(false);
      await page.keyboard.press("Escape");
      await sheet(page).waitFor({ state: "detached" });
    }));
});

describe.skipIf(!canBrowse).concurrent("other ways in", () => {
  test("the input bar takes a reference, a fingerprint and a word", () =>
    onPage({ route: "/home" }, async (page) => {
      const bar = page.getByRole("combobox", { name: /reference/u });
      await bar.fill("tom/tools/samtools:1.19");
      await page.getByRole("option", { name: "Pull tom/tools/samtools:1.19" }).waitFor();
      await bar.press("Enter");
      await sheet(page).waitFor();
      await page.keyboard.press("Escape");
      await bar.fill("nosuchimage");
      await page.getByRole("option", { name: /^Search the library/u }).waitFor();
      await bar.press("Enter");
      await page.getByRole("searchbox", { name: "Search this library" }).waitFor();
      expect(await page.getByRole("searchbox", { name: "Search this library" }).inputValue()).toBe(
        "nosuchimage",
      );
    }));

  test("the palette takes a reference and a word", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.keyboard.press("Control+K");
      const box = page.getByRole("dialog").getByRole("combobox");
      await box.fill("library://tom/tools/samtools:1.19");
      await page.getByRole("option", { name: /^Pull library:/u }).waitFor();
      await page.keyboard.press("Enter");
      await sheet(page).waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+K");
      await box.fill("samt");
      await page.getByRole("option", { name: /^Search the library/u }).click();
      await page.getByRole("row", { name: /^samtools, Container/u }).waitFor();
    }));
});

/** The push sheet: where to, what will happen, the gate for unsigned images, and what comes after. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { canBrowse, control, keepPicture, looks, onPage } from "./support/page";

type Found = ReturnType<Page["getByRole"]>;
const sheet = (page: Page): Found => page.getByRole("dialog", { name: /^Push/u });
const button = (page: Page, name: string): Found => sheet(page).getByRole("button", { name, exact: true });

/** Waits until the button that acts may be pressed. */
function ready(page: Page): Promise<unknown> {
  return page.waitForFunction(
    () => document.querySelector('[data-sheet] button[type="submit"]:not([aria-disabled])') !== null,
  );
}

describe.skipIf(!canBrowse).concurrent("pushing", () => {
  test("a signed image by keyboard: tags that move are named, and can be moved back", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await page.getByText("All 4 parts match what was signed.").first().waitFor();
      await page.keyboard.press("Control+u");
      await sheet(page).getByText("1.19 (amd64) moves from", { exact: false }).waitFor();
      await sheet(page).getByRole("combobox", { name: "Collection" }).selectOption("tom/tools");
      expect(await sheet(page).getByRole("textbox", { name: "Container" }).inputValue()).toBe("samtools");
      await sheet(page).getByRole("textbox", { name: "Add a tag" }).fill("edge");
      await page.keyboard.press("Enter");
      await sheet(page).getByText("edge is new.").waitFor();
      await sheet(page)
        .getByText(/^1\.1 GB up, 10\.2 GB left\.$/u)
        .waitFor();
      await looks(page, "sheet-push");
      await ready(page);
      await page.keyboard.press("Control+Enter");
      await page.getByText("Pushing samtools_1.19.sif").first().waitFor();
      await control(page, (sifter) => {
        sifter.finish(sifter.lastTask());
      });
      await page.getByText("samtools_1.19.sif was pushed").first().waitFor();
      const tag = (): Promise<string | undefined> =>
        control(page, (sifter) =>
          sifter.world.library.libraries
            .get("this-computer")
            ?.containers.find((one) => one.path === "tom/tools/samtools")
            ?.tags.get("1.19")
            ?.get("amd64"),
        );
      const moved = await tag();
      await page.getByRole("button", { name: "Undo tag move" }).first().click();
      await page
        .getByText(/^1\.19 leads to [0-9a-f]{8} again$/u)
        .first()
        .waitFor();
      expect(await tag()).not.toBe(moved);
    }));

  test("not signed: sign and push with the passphrase, where it is asked for", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await sheet(page).getByText("Not signed.").waitFor();
      await sheet(page).getByRole("combobox", { name: "Sign with" }).waitFor();
      await button(page, "Push unsigned").waitFor();
      await ready(page);
      await looks(page, "sheet-push-unsigned");
      await button(page, "Sign and push").click();
      await page
        .getByRole("dialog", { name: "Unlock key" })
        .or(page.getByLabel("Passphrase"))
        .first()
        .waitFor();
    }));

  test("not signed, and there already: says what each of the two buttons does", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await ready(page);
      await button(page, "Push unsigned").click();
      await page.waitForFunction(() => window.sifter?.world.calls.includes("runPush"));
      await control(page, (sifter) => {
        sifter.finish(sifter.lastTask());
      });
      await page.getByText("draft.sif was pushed").first().waitFor();
      await page.getByRole("button", { name: "Push…" }).first().click();
      const effect = sheet(page).getByRole("region", { name: "What will happen" });
      const way = (name: string): Promise<string[]> =>
        effect
          .locator("dt", { hasText: name })
          .evaluate((term) =>
            [...(term.nextElementSibling?.children ?? [])].map((line) => line.textContent?.trim() ?? ""),
          );
      await effect.getByText("Sign and push").waitFor();
      expect(await way("Sign and push")).toEqual([
        expect.stringMatching(/^latest \(amd64\) moves from [0-9a-f]{8} /u),
        expect.stringMatching(/^1\.1 GB up/u),
      ]);
      expect(await way("Push unsigned")).toEqual([
        "latest leads to this image already.",
        "It is there already: nothing changes.",
      ]);
      await looks(page, "sheet-push-two-ways");
    }));

  test("not signed: pushed unsigned, because the person says so", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await ready(page);
      await button(page, "Push unsigned").click();
      await page.waitForFunction(() => window.sifter?.world.calls.includes("runPush"));
      await page.getByText("Pushing draft.sif").first().waitFor();
    }));

  test("a tampered image is not pushed", () =>
    onPage({ route: "/images/8" }, async (page) => {
      await page.getByText("Tampered").first().waitFor();
      const push = page.getByRole("button", { name: "Push…" }).first();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("button[aria-disabled]")].some(
          (one) => one.textContent?.trim() === "Push…",
        ),
      );
      expect(await push.getAttribute("title")).toBe("A tampered image is not pushed");
    }));

  test("a read-only container, a library without rights, and no room stand in the way", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await ready(page);
      await sheet(page).getByRole("combobox", { name: "To" }).selectOption({ label: "Lab" });
      await sheet(page).getByRole("combobox", { name: "Collection" }).selectOption("genomics/tools");
      await sheet(page).getByRole("textbox", { name: "Container" }).fill("gatk");
      await sheet(page)
        .getByText("The container is read-only")
        .or(sheet(page).getByText("takes no images"))
        .first()
        .waitFor();
      await looks(page, "sheet-push-blocked");
      await control(page, (sifter) => {
        const kept = sifter.world.library.libraries.get("remote:Lab");
        if (kept) kept.quota = 8_800_000_000;
      });
      await sheet(page).getByRole("textbox", { name: "Container" }).fill("another");
      await sheet(page)
        .getByText(/^There is no room for 1\.1 GB/u)
        .waitFor();
      expect(await button(page, "Push").getAttribute("aria-disabled")).toBe("true");
    }));

  test("a new collection is typed, and said to be made", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await ready(page);
      await sheet(page)
        .getByRole("combobox", { name: "Collection" })
        .selectOption({ label: "Another collection…" });
      await sheet(page).getByRole("textbox", { name: "Another collection…" }).fill("tom/new-things");
      await sheet(page).getByText("tom/new-things is made.").waitFor();
      await sheet(page).getByText("The container samtools is new.").waitFor();
    }));

  test("an empty library is offered a collection of one's own", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await control(page, (sifter) => {
        sifter.world.library.libraries.get("this-computer")?.containers.splice(0);
      });
      await page.getByRole("button", { name: "Push…" }).first().click();
      await sheet(page).getByText("tom/images is made.").waitFor();
      expect(await sheet(page).getByRole("combobox", { name: "Collection" }).inputValue()).toBe("tom/images");
    }));

  test("a registry takes a path, and nothing of a library", () =>
    onPage({ route: "/images/1" }, async (page) => {
      await page.getByRole("button", { name: "Push…" }).first().click();
      await ready(page);
      await sheet(page)
        .getByRole("combobox", { name: "To" })
        .selectOption({ label: "Another OCI registry…" });
      await sheet(page).getByRole("textbox", { name: "Repository" }).fill("oras://ghcr.io/group");
      await sheet(page).getByText("1.19 is new.").waitFor();
      await ready(page);
      const request = await control(
        page,
        (sifter) => [...sifter.world.library.pushPlans.values()].at(-1)?.request,
      );
      expect(request?.target).toEqual({ kind: "registry", repository: "ghcr.io/group" });
      await looks(page, "sheet-push-registry");
    }));

  test("several at once from the list, by the key P, and what is blocked is named", () =>
    onPage({ route: "/images" }, async (page) => {
      await control(page, (sifter) => {
        for (const kept of sifter.world.library.libraries.values()) kept.quota = null;
      });
      await page.getByRole("row", { name: /^draft\.sif/u }).click();
      await page.keyboard.press("Control+a");
      await page.getByRole("button", { name: /^Push \d+ images…/u }).waitFor();
      await page.keyboard.press("p");
      await sheet(page)
        .getByText(/not pushed:$/u)
        .waitFor();
      await looks(page, "sheet-push-many");
      await ready(page);
    }));
});

describe.skipIf(!canBrowse).concurrent("dropping on Push", () => {
  test("goes to the collection that is shown, and asks first", () =>
    onPage({ route: "/library/this-computer/tom/environments" }, async (page) => {
      await page.getByRole("row", { name: /^r-env/u }).waitFor();
      await control(page, (sifter) => {
        sifter.emit("dragEntered", sifter.offer(["fresh_2.0.sif"]));
      });
      const zone = page.locator('[data-zone="push"]');
      await zone.getByText("to tom/environments").waitFor();
      await keepPicture(page, "drop-push-1280-light");
      const box = await zone.boundingBox();
      await page.evaluate(
        ([x, y]) => {
          const sifter = window.sifter;
          const files = sifter?.offer(["fresh_2.0.sif"]).files ?? "";
          sifter?.emit("dropped", { files, x: x ?? 0, y: y ?? 0 });
        },
        [(box?.x ?? 0) + 20, (box?.y ?? 0) + 20],
      );
      await sheet(page).waitFor();
      await sheet(page).getByText("fresh").first().waitFor();
      expect(await sheet(page).getByRole("combobox", { name: "Collection" }).inputValue()).toBe(
        "tom/environments",
      );
      expect(await control(page, (sifter) => sifter.world.calls.includes("runPush"))).toBe(false);
    }));
});

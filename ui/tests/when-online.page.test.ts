/** What a server that cannot be reached leaves to do: later, in Activity, and never more than was shown. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { TOM } from "../src/host/browser/keys";
import { axeFindings, canBrowse, control, keepPicture, none, onPage } from "./support/page";

type Found = ReturnType<Page["getByRole"]>;
const sheet = (page: Page): Found => page.getByRole("dialog");
const row = (page: Page, title: string): Found => page.getByRole("listitem", { name: title });

async function looks(page: Page, name: string): Promise<void> {
  const findings: string[] = [];
  for (const [width, theme] of [
    [1280, "light"],
    [820, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForFunction((wanted) => document.documentElement.dataset["theme"] === wanted, theme);
    await keepPicture(page, `${name}-${String(width)}-${theme}`);
    findings.push(...(await axeFindings(page)));
  }
  none(findings, name);
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Opens the push sheet of an image and chooses the remote that does not answer. */
async function pushToBench(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Push…" }).first().click();
  await sheet(page).getByRole("combobox", { name: "To" }).selectOption({ label: "Bench" });
  await sheet(page).getByRole("textbox", { name: "Collection" }).fill("tom/tools");
}

describe.skipIf(!canBrowse).concurrent("without a way to the server", () => {
  test("a pull waits in Activity, and can be tried or cancelled there", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.keyboard.press("Control+d");
      await sheet(page).getByRole("textbox", { name: "Reference" }).fill("tom/tools/bwa:1");
      await sheet(page)
        .getByRole("combobox", { name: "Library for references" })
        .selectOption({ label: "Bench" });
      await sheet(page).getByText("As soon as the server can be reached", { exact: false }).waitFor();
      await looks(page, "sheet-pull-unreached");
      await sheet(page).getByRole("button", { name: "Do it when online", exact: true }).click();
      await page.getByText("It waits for the network").first().waitFor();
      await page.getByRole("button", { name: "Show", exact: true }).first().click();
      const task = row(page, "Pull bwa_1.sif, Waits for the network");
      await task.getByText("Last time:", { exact: false }).waitFor();
      await looks(page, "activity-waits");
      await task.getByRole("button", { name: "Try now: Pull bwa_1.sif" }).click();
      await row(page, "Pull bwa_1.sif, Running").waitFor();
    }));

  test("a push waits with what it will do, signed or not as was decided", () =>
    onPage({ route: "/images/9" }, async (page) => {
      await pushToBench(page);
      await sheet(page)
        .getByText("If it leads to another image there, Sifter stops and asks.", { exact: false })
        .waitFor();
      await sheet(page).getByRole("button", { name: "Sign and push when online" }).waitFor();
      await looks(page, "sheet-push-unreached");
      await sheet(page).getByRole("button", { name: "Push unsigned when online" }).click();
      await page.getByText("It waits for the network").first().waitFor();
      const states = await control(page, (sifter) =>
        sifter.world.tasks.map(({ kind, state }) => [kind, state.kind]),
      );
      expect(states[0]).toEqual(["push", "waitsForNetwork"]);
    }));

  test("a push that would move a tag asks, and goes on once it was looked at", () =>
    onPage({ route: "/activity" }, async (page) => {
      await control(page, (sifter) => {
        const [task] = sifter.world.tasks;
        if (!task) return;
        const target = { kind: "library" as const, remote: "this-computer", collection: "tom/tools" };
        const items = [{ image: 1, container: "samtools", tags: ["1.19"], description: "" }];
        const need = { kind: "review" as const, push: { target, items } };
        const waiting = { ...task, kind: "push" as const, subject: "samtools_1.19.sif", ended: null };
        const changed = { ...waiting, state: { kind: "needsInput" as const, need } };
        sifter.world.tasks = [changed, ...sifter.world.tasks.slice(1)];
        sifter.emit("taskEvent", { kind: "changed", task: changed });
      });
      const task = row(page, "Push samtools_1.19.sif, Needs you");
      await task.getByText("Nothing is pushed until you have looked.", { exact: false }).waitFor();
      await task.getByRole("button", { name: "Look at it…" }).click();
      await sheet(page).getByText("1.19 (amd64) moves from", { exact: false }).waitFor();
      await looks(page, "sheet-push-review");
      await sheet(page).getByRole("button", { name: "Push", exact: true }).click();
      await row(page, "Push samtools_1.19.sif, Running").waitFor();
    }));

  test("a key is published later", () =>
    onPage({ route: `/keys/${TOM}` }, async (page) => {
      await page.getByRole("button", { name: "More actions" }).first().click();
      await page.getByRole("menuitem", { name: "Publish…" }).click();
      await control(page, (sifter) => {
        const problem = sifter.world.library.libraries.get("remote:Bench")?.failure ?? null;
        for (const remote of sifter.world.remotes.view.remotes) remote.problem = problem;
      });
      await page.keyboard.press("Control+Enter");
      await page.getByRole("alert").getByRole("button", { name: "Do it when online" }).click();
      await page.getByText("It waits for the network").first().waitFor();
      const [task] = await control(page, (sifter) => sifter.world.tasks);
      expect([task?.kind, task?.state.kind]).toEqual(["publishKey", "waitsForNetwork"]);
      expect(await control(page, (sifter) => sifter.world.remotes.published)).toEqual([]);
    }));
});

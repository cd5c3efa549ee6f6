/** Transfers in Activity and on Home: what they wait for, what can be done with them, and what they brought. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { axeFindings, canBrowse, control, keepPicture, none, onPage } from "./support/page";

const task = (page: Page, id: number): ReturnType<Page["locator"]> =>
  page.locator(`[data-task="${String(id)}"]`);
const called = (page: Page, name: string): Promise<unknown> =>
  page.waitForFunction((wanted) => window.sifter?.world.calls.includes(wanted), name);

describe.skipIf(!canBrowse).concurrent("transfers in Activity", () => {
  test("each state has its words and its button", () =>
    onPage({ route: "/activity", height: 1400 }, async (page) => {
      await task(page, 9)
        .getByText(/^Retrying in \d+ s \(2 of 5\): The server does not answer$/u)
        .waitFor();
      await task(page, 10).getByText("Waits for a login at Lab.", { exact: false }).waitFor();
      await keepPicture(page, "activity-transfers-1280-light");
      none(await axeFindings(page), "activity");
      await task(page, 9).getByRole("button", { name: "Try Push r-env.sif now" }).click();
      await called(page, "resumeTask");
      await task(page, 11)
        .getByRole("button", { name: /^Move to top/u })
        .click();
      await called(page, "hurryTask");
      await task(page, 12).getByRole("button", { name: "Remove partial" }).click();
      await called(page, "removePartial");
      await page.getByText("What was fetched of it is gone").first().waitFor();
      await task(page, 13).getByRole("button", { name: "Copy reference" }).click();
      await page.waitForFunction(() => window.sifter?.world.copied[0]?.endsWith("/tom/tools/samtools:1.19"));
      await task(page, 13).getByRole("button", { name: "Show container" }).click();
      await page.getByRole("heading", { level: 1, name: "samtools" }).waitFor();
    }));

  test("Sign in opens the sheet of the remote that the task waits for", () =>
    onPage({ route: "/home" }, async (page) => {
      await page.getByText("blast:2.15 waits until you sign in").waitFor();
      await page.getByRole("button", { name: "Sign in…" }).first().click();
      await page.getByRole("dialog").getByText("Lab", { exact: false }).first().waitFor();
    }));

  test("Pause all pauses what runs and what tries again, Resume all goes on", () =>
    onPage({ route: "/activity" }, async (page) => {
      await page.getByRole("button", { name: "Pause all" }).click();
      await page.getByRole("button", { name: "Resume all" }).waitFor();
      const states = await control(page, (sifter) =>
        sifter.world.tasks.filter(({ id }) => id === 1 || id === 9).map(({ state }) => state.kind),
      );
      expect(states).toEqual(["paused", "paused"]);
    }));

  test("a tampered image that was pulled is said at once, and kept", () =>
    onPage({ route: "/images" }, async (page) => {
      await page.getByRole("row", { name: /^draft\.sif/u }).waitFor();
      await control(page, (sifter) => {
        const old = sifter.world.tasks.find(({ id }) => id === 11);
        if (!old) return;
        const item = {
          reference: "r",
          name: "gatk_4.5.sif",
          image: 8,
          badge: "tampered" as const,
          error: null,
        };
        const outcome = { kind: "pulled" as const, items: [item] };
        const ended = { ...old, state: { kind: "done" as const, outcome }, images: [8] };
        sifter.emit("taskEvent", { kind: "finished", task: ended });
      });
      await page
        .locator("[aria-live=assertive]", { hasText: "tampered with. Don't run it." })
        .waitFor({ state: "attached" });
      await page.locator(".toast").getByRole("button", { name: "Open" }).click();
      await page.waitForFunction(() => location.hash === "#/images/8");
    }));
});

/** What the program says about itself: that it could not start, that it is quiet, and its report. */

import { describe, expect, test } from "vitest";

import { canBrowse, control, onPage } from "./support/page";

describe.skipIf(!canBrowse).concurrent("the program", () => {
  test("that could not start says why, and what to do, in the words of the catalogue", () =>
    onPage({ scenario: "failed" }, async (page) => {
      const box = page.getByRole("alert");
      await box.getByText("Sifter could not start").waitFor();
      await box.getByText("Free some space, then try again. Nothing was left half done.").waitFor();
      await control(page, (sifter) => {
        sifter.world.scenario = "full";
      });
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
    }));

  test("rings its bell again when the quiet time is over", () =>
    onPage({ route: "/home", clock: true }, async (page) => {
      await page.clock.install();
      await page.reload();
      await page.getByRole("button", { name: "Do not disturb", exact: true }).click();
      await page.getByRole("menuitem", { name: "For 1 hour" }).click();
      const on = page.getByRole("button", { name: "Do not disturb is on" });
      await on.waitFor();
      await page.clock.fastForward("59:00");
      expect(await on.count()).toBe(1);
      await page.clock.fastForward("02:00");
      await page.getByRole("button", { name: "Do not disturb", exact: true }).waitFor();
    }));

  test("saves its report as it is shown", () =>
    onPage({ route: "/settings/advanced" }, async (page) => {
      await page.getByRole("button", { name: "Show report…" }).click();
      const shown = await page.getByRole("region", { name: "Report for support" }).innerText();
      await page.getByRole("button", { name: "Save report…" }).click();
      await page.getByText("Report saved as sifter-report.txt").first().waitFor();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const saved = await control(page, (sifter) => sifter.world.saved);
      expect(saved.map((report) => report.trim())).toEqual([shown.trim()]);
    }));
});

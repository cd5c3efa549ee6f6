/** An image that was signed with a PEM key: what is proven, and what helps. */

import { describe, expect, test } from "vitest";

import { canBrowse, onPage } from "./support/page";

describe.skipIf(!canBrowse).concurrent("signed with a PEM key", () => {
  test("no key file is asked for that would not help", () =>
    onPage({ scenario: "odd", route: "/images/19" }, async (page) => {
      const box = page.getByRole("region", { name: "Verification" });
      await box.getByText("A PEM key", { exact: true }).waitFor();
      await box.getByText("sifter-cli verify --pem KEY.pem IMAGE.sif").waitFor();
      expect(await page.getByRole("button", { name: "Import a key file…" }).count()).toBe(0);
    }));

  test("nothing matches that only the key could prove", () =>
    onPage({ scenario: "odd", route: "/images/19/signatures" }, async (page) => {
      const table = page.getByRole("table");
      await table.getByText("agrees, not proven").first().waitFor();
      expect(await table.getByText("agrees, not proven").count()).toBe(4);
      expect(await table.getByText("matches").count()).toBe(0);
    }));
});

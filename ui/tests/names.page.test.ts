/** Names that lie: what turns text around or hides in it is written out on every screen, in every title and label. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { ANNA, LI } from "../src/host/browser/keys";
import { canBrowse, onPage, settled } from "./support/page";

/** Puts a character that turns the text into everything that others named; says how many texts that were. */
function pollute(page: Page): Promise<number> {
  return page.evaluate(() => {
    const named = new Set(
      "name,mail,comment,folder,path,signer,source,subject,message,value,line,technical,fileSystem,address,host,user".split(
        ",",
      ),
    );
    let count = 0;
    const walk = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      const fields = node as Record<string, unknown>;
      for (const [key, member] of Object.entries(fields)) {
        if (typeof member === "string" && named.has(key) && !Object.isFrozen(node)) {
          fields[key] = `${member.slice(0, 4)}\u202e\u200b${member.slice(4)}`;
          count += 1;
        } else walk(member);
      }
    };
    const world = window.sifter?.world;
    // The page has read the tasks already, and holds these.
    if (world) world.tasks = structuredClone(world.tasks);
    if (world) world.remotes = structuredClone(world.remotes);
    walk([world?.images, world?.keys, world?.tasks, world?.folders, world?.remotes]);
    for (const task of world?.tasks ?? []) window.sifter?.emit("taskEvent", { kind: "started", task });
    window.sifter?.emit("keysChanged", null);
    window.sifter?.emit("remotesChanged", null);
    window.sifter?.emit("foldersChanged", null);
    window.sifter?.emit("imagesChanged", { ids: world?.images.map((image) => image.row.id) ?? [] });
    return count;
  });
}

/** Texts and attributes of the page in which something is not seen. */
function unseen(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const look = (text: string | null): void => {
      if (/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text ?? ""))
        found.push(JSON.stringify(text));
    };
    look(document.title);
    for (const element of document.querySelectorAll("*")) {
      for (const attribute of element.attributes) look(attribute.value);
      for (const node of element.childNodes) if (node instanceof Text) look(node.data);
    }
    return found;
  });
}

describe.skipIf(!canBrowse).concurrent("what others named", () => {
  test.each([
    "/home",
    "/images",
    "/images/1",
    "/images/1/signatures",
    "/images/1/parts",
    "/images/1/environment",
    "/images/15",
    "/keys",
    `/keys/${ANNA}`,
    `/keys/${LI}`,
    "/activity",
    "/settings/remotes",
  ])("%s shows nothing unseen", (route) =>
    onPage({ scenario: "odd", route: "/settings" }, async (page) => {
      expect(await pollute(page)).toBeGreaterThan(50);
      await page.evaluate((to) => {
        location.hash = `#${to}`;
      }, route);
      await page.getByRole("main").getByText("\\u{202e}").first().waitFor();
      await settled(page);
      expect(await unseen(page)).toEqual([]);
    }),
  );

  test("a name that runs backwards is read as it is written", () =>
    onPage({ scenario: "odd", route: "/images" }, async (page) => {
      await page.getByRole("row", { name: /^gnp\.\\u\{202e\}fis\.exe,/u }).waitFor();
      await page.evaluate(() => {
        const sifter = window.sifter;
        sifter?.emit("dragEntered", sifter.offer(["gnp.\u202efis.exe"]));
      });
      await page.locator("[data-drop-overlay]").waitFor();
      expect(await unseen(page)).toEqual([]);
    }));

  test("a name from right to left begins where the others begin", () =>
    onPage({ scenario: "odd", route: "/home" }, async (page) => {
      const starts = await page.evaluate(() => {
        const names = [
          ...document.querySelectorAll<HTMLElement>("section[aria-labelledby=recent-title] bdi"),
        ].filter((name) => /\.(?:sif|exe)$/u.test(name.innerText));
        return names.map((name) => {
          const range = document.createRange();
          range.selectNodeContents(name);
          return Math.round(range.getBoundingClientRect().left);
        });
      });
      expect(starts.length).toBeGreaterThan(4);
      expect(new Set(starts).size).toBe(1);
    }));

  test("a name from right to left stays readable and leaves the words beside it where they are", () =>
    onPage({ scenario: "odd", route: "/images/21" }, async (page) => {
      const name = "صورة-التحليل الجيني 1.19 (نسخة أخيرة).sif";
      await page.getByRole("heading", { level: 1, name }).waitFor();
      const mixed = await page.evaluate(() =>
        [...document.querySelectorAll("span, small, strong, button, td, dd, a, code, time, label")]
          .filter((element) => getComputedStyle(element).unicodeBidi === "normal")
          .map((element) => `${element.tagName}: ${element.textContent.slice(0, 60)}`),
      );
      expect(mixed).toEqual([]);
    }));
});

/** Working a page by keyboard alone: the mouse is never used here. */

import type { Page } from "playwright-core";

/** Presses Tab (or Shift+Tab) until the focused element has this role and name; fails after a hundred. */
export async function tabTo(page: Page, role: string, name: string | RegExp, back = false): Promise<void> {
  const target = page.getByRole(role as "button", { name, exact: typeof name === "string" }).first();
  await target.waitFor();
  for (let presses = 0; presses < 100; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
  }
  throw new Error(`Tab does not reach the ${role} ${String(name)}`);
}

/** Tabs to a control and presses Enter. */
export async function pressOn(page: Page, role: string, name: string | RegExp): Promise<void> {
  await tabTo(page, role, name);
  await page.keyboard.press("Enter");
}

/** Tabs to a field and types. */
export async function typeInto(page: Page, name: string | RegExp, text: string): Promise<void> {
  await tabTo(page, "textbox", name);
  await page.keyboard.type(text);
}

/** Whether the focus is inside the uppermost sheet. */
export function focusInSheet(page: Page): Promise<boolean> {
  return page.evaluate(() => document.activeElement?.closest("[data-sheet]") !== null);
}

/** Whether the focused element can be seen: inside the window and not under something else (WCAG 2.4.11). */
export function focusIsVisible(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return false;
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return false;
    const top = document.elementFromPoint(x, y);
    return top !== null && (element.contains(top) || top.contains(element) || top.closest("label") !== null);
  });
}

/** Finds text that cannot be read where it stands: outside the page, or cut off. Runs inside the page. */

import type { Page } from "playwright-core";

/** One line for each piece of text that is lost. */
export function lostText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lost: string[] = [];
    const scrolls = (element: Element, axis: "overflowX" | "overflowY"): boolean =>
      ["auto", "scroll"].includes(getComputedStyle(element)[axis]);
    const hidden = (element: Element): boolean =>
      element.closest(".visually-hidden, [hidden], [aria-hidden='true'], .skip, option, script, style") !==
      null;

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || node.textContent?.trim() === "" || hidden(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      const text = node.textContent?.trim().slice(0, 60) ?? "";
      let reachable = false;
      for (let element: Element | null = parent; element !== null; element = element.parentElement) {
        const style = getComputedStyle(element);
        if (scrolls(element, "overflowX")) reachable = true;
        if (style.overflowX === "hidden" || style.overflowX === "clip") {
          const frame = element.getBoundingClientRect();
          // Kept for screen readers only: another part of the control is what is seen.
          if (frame.width <= 1.5 || style.clipPath !== "none") reachable = true;
          const cut = box.right > frame.right + 1 || box.left < frame.left - 1;
          const told = style.textOverflow === "ellipsis" && element.closest("[title], [aria-label]") !== null;
          if (cut && !reachable && !told) lost.push(`cut: ${text}`);
          reachable ||= cut;
        }
      }
      if (!reachable && (box.right > innerWidth + 1 || box.left < -1)) lost.push(`outside: ${text}`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) lost.push("the page scrolls sideways");
    return lost;
  });
}

/** Finds words of the page that did not come from the catalogue. Runs inside a page in the pseudo-locale. */

import type { Page } from "playwright-core";

/**
 * One line for each text or label with plain letters. What the program tells (names, paths, messages, dates, sizes,
 * keys of the keyboard) is no word of the page: it is part of the state behind the page, or stands in `bdi`, `time`, `kbd`, `code`, `pre`, or has a unit.
 */
export function untranslated(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    // Everything between the brackets of the pseudo-locale is translated; a filled-in name may stand inside.
    const strip = (text: string): string => {
      let rest = text;
      for (let before = ""; before !== rest;) {
        before = rest;
        rest = rest.replaceAll(/⟦[^⟦⟧]*⟧/gu, "");
      }
      return rest;
    };
    const measures = /\b\d[\d.,]*\s?(B|kB|MB|GB|TB|s|min|h)(\/s)?\b/gu;
    const dates =
      /\b(\d{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)( \d{4})?\b|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(Today|Yesterday|now)\b|\b\d+ \w+ ago\b/gu;
    // What the program told: every text of its state, the longest first.
    const data = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value === "string" && value.length > 2) data.add(value);
      else if (value instanceof Map) value.forEach(collect);
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
    };
    collect(window.sifter?.world);
    const ordered = [...data].sort((one, other) => other.length - one.length);
    const withoutData = (text: string): string => {
      let rest = text.toLowerCase();
      for (const value of ordered) rest = rest.replaceAll(value.toLowerCase(), "");
      return rest;
    };
    const suspicious = (text: string): boolean =>
      /[a-z]{2}/u.test(withoutData(strip(text).replaceAll(measures, "").replaceAll(dates, "")));
    const told = "bdi, time, kbd, code, pre, .mono, .selectable, option, script, style, [data-told]";

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // A message with isolated parts is spread over several nodes: its parent is looked at as a whole.
    const seen = new Set<Element>();
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || parent.closest(told) !== null || seen.has(parent)) continue;
      seen.add(parent);
      const copy = parent.cloneNode(true) as Element;
      for (const child of copy.querySelectorAll("*")) {
        if (child.matches(told)) child.replaceWith("");
        else if (child.parentElement === copy) child.replaceWith("");
      }
      const text = copy.textContent ?? "";
      if (suspicious(text)) found.push(text.trim().slice(0, 80));
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
      for (const name of ["aria-label", "placeholder"]) {
        const label = element.getAttribute(name);
        if (label !== null && suspicious(label) && !label.includes("⟦")) found.push(`${name}: ${label}`);
      }
    }
    return found;
  });
}

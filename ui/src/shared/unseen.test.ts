import { describe, expect, test } from "vitest";

import { showUnseen } from "./unseen";

describe("showUnseen", () => {
  test.each([
    ["gnp.\u202efis.exe", "gnp.\\u{202e}fis.exe"],
    ["\u2066a\u2069\u200e\u200f\u061c", "\\u{2066}a\\u{2069}\\u{200e}\\u{200f}\\u{61c}"],
    ["sam\u200btools\ufeff", "sam\\u{200b}tools\\u{feff}"],
    ["sam\u200ctools", "sam\\u{200c}tools"],
    ["soft\u00adhyphen", "soft\\u{ad}hyphen"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
    ["hangul\u3164filler\u2800blank", "hangul\\u{3164}filler\\u{2800}blank"],
    ["bell\u0007\u009b31m\u007f", "bell\\u{7}\\u{9b}31m\\u{7f}"],
    ["two\nlines\u2028three", "two\\u{a}lines\\u{2028}three"],
    ["a selector\ufe0f", "a selector\\u{fe0f}"],
    ["half \ud800", "half \\u{d800}"],
  ])("%j is written out", (text, shown) => expect(showUnseen(text)).toBe(shown));

  test.each([
    "samtools_1.19 (2).sif",
    "صورة-التحليل الجيني 1.19.sif",
    "می‌خواهم.sif",
    "תמונה-סופית.sif",
    "क्‍ष.sif",
    "図\u{e0100}像.sif",
    "Ana María Ünlü",
    "👩‍🔬 ❤️ 👩🏽‍🔬",
    "Screenshot 5\u202fPM",
  ])("%s stays as it is", (text) => expect(showUnseen(text)).toBe(text));

  test("a text of many lines keeps them, and nothing else", () => {
    expect(showUnseen("From: a\r\n\tb\rc\u202e", "many")).toBe("From: a\r\n\tb\\u{d}c\\u{202e}");
  });

  test("what was shown once is not shown twice", () => {
    const shown = showUnseen("gnp.\u202efis.exe");
    expect(showUnseen(shown)).toBe(shown);
  });
});

/** The catalogue keeps its rules: every error code has its words, the copy rules hold, plurals and the pseudo-locale work. */

import { readdirSync, readFileSync } from "node:fs";

import { afterEach, describe, expect, test } from "vitest";

import type { ErrorCode } from "$bindings";

import { en } from "./en";
import { choosePlural, fillPieces } from "./fill";
import { currentLocale, describeError, isMessageKey, setLanguage, t } from "./index";
import { pseudoCatalogue, pseudoText } from "./pseudo";

afterEach(() => {
  setLanguage("en");
});

const texts = Object.entries(en).flatMap(([key, message]) =>
  typeof message === "string"
    ? [{ key, text: message }]
    : Object.values(message as Record<string, string>).map((text) => ({ key, text })),
);

/** The codes as the program lists them. */
function codesOfProgram(): string[] {
  const source = readFileSync(new URL("../../../crates/sifter-api/src/error.rs", import.meta.url), "utf8");
  const body = /pub enum ErrorCode \{(?<body>[\s\S]*?)\n\}/u.exec(source)?.groups?.["body"] ?? "";
  return [...body.matchAll(/^ {4}([A-Z]\w*),/gmu)].map((match) =>
    (match[1] ?? "").replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "-").toLowerCase(),
  );
}

describe("errors", () => {
  const codes = codesOfProgram();

  test("the list of codes was found", () => {
    expect(codes).toContain("wrong-passphrase");
    expect(codes.length).toBeGreaterThan(40);
  });
  test.each(codes)("%s has a headline and a next step", (code) => {
    expect(isMessageKey(`error.${code}.headline`), "headline").toBe(true);
    expect(isMessageKey(`error.${code}.next`), "next").toBe(true);
  });
  test("no words are kept for a code that is gone", () => {
    const known = Object.keys(en).filter((key) => key.startsWith("error."));
    const gone = known.filter((key) => !codes.includes(key.split(".")[1] ?? ""));
    expect(gone).toEqual([]);
  });
  test("what is by code, why is what the program says", () => {
    const error = {
      code: "not-sif" as ErrorCode,
      message: "`x` is not a SIF file",
      hint: null,
      causes: [],
      retryable: false,
    };
    expect(describeError(error)).toMatchObject({
      what: "This is not a SIF image",
      why: "`x` is not a SIF file",
      code: "NOT-SIF",
    });
  });
  test("an unknown code is shown as a mistake of the program", () => {
    const error = {
      code: "from-the-future" as ErrorCode,
      message: "x",
      hint: null,
      causes: [],
      retryable: false,
    };
    expect(describeError(error).what).toBe(en["error.internal.headline"]);
  });
});

describe("copy rules", () => {
  test.each([
    ["an exclamation mark", /!/u],
    ["please", /\bplease\b/iu],
    ["blame", /\b(you failed|your fault|illegal)\b/iu],
    ["valid or invalid", /\b(in)?valid(ity)?\b/iu],
    ["safe for an image", /\bsafe image|image is safe\b/iu],
    ["good signature", /\bgood signature\b/iu],
    ["trusted image", /\btrusted image\b/iu],
    ["three dots instead of an ellipsis", /\.\.\./u],
    ["a double blank", / {2}/u],
  ])("no %s", (_, rule) => {
    expect(texts.filter(({ text }) => rule.test(text))).toEqual([]);
  });
  test("certificate is a word of X.509 alone: of PEM keys and of servers", () => {
    const wrong = texts.filter(
      ({ key, text }) =>
        /certificate/iu.test(text) &&
        !/certificate-refused|pem-malformed|error\.(?:tls-|clock-wrong)/u.test(key),
    );
    expect(wrong).toEqual([]);
  });
  test("buttons and titles are in sentence case", () => {
    const names =
      /^(SIF|CLI|QR|JSON|RSA|GnuPG|PGP|PUBLIC|KEY|BLOCK|BEGIN|END|OCI|DSSE|SBOM|Sifter|Singularity|SingularityCE|SingularityPRO|Apptainer|Caps|Lock|Escape|Ctrl|Alt|Cmd|Shift|English|Images|Activity|Settings|Keys|Home|Verified|Tampered|Not|Ed25519|A|F|X|V|S|I|CPU|URL|ID|UUID|UTC|DSA|Unknown|Old|CLI\))$/u;
    const wrong = texts.filter(({ key, text }) => {
      if (!/\.(title|primary|create|import|compare|export|revoke|delete|verify|sign)$/u.test(key))
        return false;
      const words = text
        .replaceAll(/\{\w+\}/gu, "")
        .split(/\s+/u)
        .slice(1);
      return words.some((word) => /^[A-Z]/u.test(word) && !names.test(word.replaceAll(/[.,…?:)]/gu, "")));
    });
    expect(wrong).toEqual([]);
  });
});

describe("use", () => {
  const sources = new URL("../", import.meta.url);
  const page = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter(
      (name) => /\.(?:ts|svelte)$/u.test(name) && !/^(?:messages\/en|bindings)\/|\.test\.ts$/u.test(name),
    )
    .map((name) => readFileSync(new URL(name, sources), "utf8"))
    .join("\n");

  test("no words are kept that nothing shows", () => {
    const named = new Set([...page.matchAll(/"([a-zA-Z]\w*\.[\w.-]+)"/gu)].map((match) => match[1]));
    // A key may be put together: what stands before the first part that varies counts.
    const starts = [
      ...new Set([...page.matchAll(/`([a-z]\w*\.[\w.]*)\$\{/gu)].map((match) => match[1] ?? "")),
    ];
    const isUsed = (key: string): boolean => named.has(key) || starts.some((start) => key.startsWith(start));
    expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
  });
});

describe("plurals and parameters", () => {
  test.each([
    [0, "Pull 0 images"],
    [1, "Pull 1 image"],
    [2, "Pull 2 images"],
    [1234, "Pull 1,234 images"],
  ])("%i", (n, text) => {
    expect(t("transfers.pull.titleMany", { n })).toBe(text);
  });
  test("each plural has the parameters of its other form", () => {
    const names = (text: string): string[] =>
      [...text.matchAll(/\{(\w+)\}/gu)].map((match) => match[1] ?? "").filter((name) => name !== "n");
    for (const [key, message] of Object.entries(en)) {
      if (typeof message !== "string") {
        const { one, other } = message as { one: string; other: string };
        expect(names(one).sort(), key).toEqual(names(other).sort());
      }
    }
  });
  test("forms of other languages are chosen by their rules", () => {
    const message = { one: "a", few: "b", many: "c", other: "d" };
    expect([1, 2, 5].map((n) => choosePlural(message, n, "pl"))).toEqual(["a", "b", "c"]);
  });
  test("what is filled in stands apart, numbers do not", () => {
    expect(fillPieces("{a} of {n}", { a: "‮x", n: 3 }, "en")).toEqual([
      { text: "‮x", filled: true },
      { text: " of ", filled: false },
      { text: "3", filled: false },
    ]);
  });
  test("a filled-in text is not searched for parameters again", () => {
    expect(fillPieces("{a}", { a: "{b}", b: "no" }, "en")).toEqual([{ text: "{b}", filled: true }]);
  });
});

describe("pseudo-locale", () => {
  test("is longer, in brackets, and keeps parameters", () => {
    const text = pseudoText("Sign {name}");
    expect(text).toMatch(/^⟦.*\{name\}.*⟧$/u);
    expect(text.length).toBeGreaterThan("Sign {name}".length * 1.2);
  });
  test("every message has one", () => {
    const all = pseudoCatalogue(en);
    expect(Object.keys(all)).toEqual(Object.keys(en));
  });
  test("is chosen by the setting, and an unknown language is English", () => {
    setLanguage("pseudo");
    expect(t("common.close")).toMatch(/^⟦.*⟧$/u);
    setLanguage("xx");
    expect(t("common.close")).toBe("Close");
    expect(currentLocale()).toBe("en");
  });
});

import { describe, expect, test } from "vitest";

import type { KeyRow, TrustView } from "$bindings";

import { allKeys, makeKey } from "../../host/browser/keys";
import { checkForm, emptyForm, expiryOf, type NewKeyForm } from "./new-key";
import { problemsOf } from "./problems";
import {
  matchesKey,
  nameOf,
  needsPassphrase,
  qrPath,
  stateLine,
  trustRecord,
  typedNameOf,
  whoOf,
} from "./words";

const FINGERPRINT = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";
const NOW = Date.UTC(2026, 5, 1) / 1000;
const DAY = 86_400;

function row(more: Partial<KeyRow> = {}): KeyRow {
  return {
    ...makeKey({ fingerprint: FINGERPRINT, name: "Anna Ruiz", mail: "anna@lab.example.org" }).row,
    ...more,
  };
}

describe("names", () => {
  test("a key without a name says so", () => {
    expect(nameOf({ name: null, mail: null })).toBe("No name published");
    expect(whoOf({ name: null, mail: "a@b" })).toBe("a@b");
    expect(whoOf(row())).toBe("Anna Ruiz <anna@lab.example.org>");
  });
  test("something can be typed for every key", () => {
    expect(typedNameOf(row({ name: null, mail: null }))).toBe(FINGERPRINT);
    expect(typedNameOf(row({ name: "An\\u{202e}na" }))).toBe("anna@lab.example.org");
    expect(typedNameOf(row())).toBe("Anna Ruiz");
  });
});

describe("search", () => {
  test.each([
    ["anna", true],
    ["LAB.example", true],
    ["4A1D 90C7", true],
    ["0x4a1d90c7", true],
    ["e6:a3:1d:7b", true],
    ["", true],
    ["4A1", false],
    ["bob", false],
  ])("%s: %s", (text, found) => {
    expect(matchesKey(row(), text)).toBe(found);
  });
  test.each([
    ["Zoe\u0308", "zo\u00eb"],
    ["\uff21nna", "anna"],
    ["ÉMILE", "e\u0301mile"],
  ])("%s is found by %s", (name, text) => {
    expect(matchesKey(row({ name }), text)).toBe(true);
  });
});

describe("state", () => {
  test.each<[string, Partial<KeyRow>, string]>([
    ["no expiry", { expires: null }, "does not expire"],
    ["ahead", { expires: NOW + 40 * DAY }, "expires 11 Jul"],
    ["past", { expires: NOW - 40 * DAY, state: "expired" }, "expired 22 Apr"],
    ["lost", { state: "secretLost" }, "Secret part lost"],
    ["other use", { state: "notForSigning" }, "Not for signing"],
    ["revoked", { state: "revoked" }, "Revoked"],
  ])("%s", (_, more, text) => {
    expect(stateLine(row(more), null, NOW)).toContain(text);
  });
});

describe("trust record", () => {
  test.each<[TrustView, string]>([
    [{ level: "yours", since: null, compared: null }, "your own key"],
    [{ level: "trustedByYou", since: NOW, compared: "pasted" }, "You compared the fingerprint"],
    [{ level: "trustedByYou", since: NOW, compared: "readAloud" }, "reading it aloud"],
    [{ level: "trustedByYou", since: NOW, compared: "notCompared" }, "without comparing"],
    [{ level: "trustedByYou", since: NOW, compared: "fromCommandLine" }, "command line"],
    [{ level: "trustedByAdministrator", since: null, compared: null }, "administrator"],
    [{ level: "notTrusted", since: null, compared: null }, "not confirmed"],
    [{ level: "blocked", since: null, compared: null }, "never count"],
  ])("%o", (trust, text) => {
    expect(trustRecord(trust)).toContain(text);
  });
});

describe("problems have their fix beside them", () => {
  test.each<[string, Partial<KeyRow>, string | undefined]>([
    ["own, expired", { own: true, state: "expired" }, "extend"],
    ["other, expired", { own: false, state: "expired" }, "refresh"],
    ["own, revoked", { own: true, state: "revoked" }, "create"],
    ["other, revoked", { own: false, state: "revoked" }, undefined],
    ["secret lost", { own: true, state: "secretLost" }, "restore"],
    ["expires soon", { own: true, problems: ["expiresSoon"], expires: NOW + 12 * DAY }, "extend"],
    ["no passphrase", { own: true, problems: ["noPassphrase"] }, "setPassphrase"],
    ["bare subkey", { own: true, problems: ["bareSubkey"] }, "passphrase"],
    ["twice", { problems: ["twiceInKeyring"] }, "repair"],
    ["weak", { own: false, problems: ["weakKey"] }, undefined],
  ])("%s", (_, more, fix) => {
    expect(problemsOf(row(more), NOW)[0]?.fix).toBe(fix);
  });
  test("days are counted up to the last one", () => {
    expect(problemsOf(row({ problems: ["expiresSoon"], expires: NOW + 11.5 * DAY }), NOW)[0]?.what).toBe(
      "Expires in 12 days",
    );
    expect(problemsOf(row({ problems: ["expiresSoon"], expires: NOW + 10 }), NOW)[0]?.what).toBe(
      "Expires within a day",
    );
  });
  test("a lost secret part is said once", () => {
    expect(problemsOf(row({ state: "secretLost", problems: ["secretLost"] }), NOW)).toHaveLength(1);
  });
  test("every problem of the example keys has words", () => {
    for (const key of allKeys()) {
      for (const problem of problemsOf(key.row))
        expect(problem.what.length * problem.text.length).toBeGreaterThan(0);
    }
  });
});

describe("a new key", () => {
  const good: NewKeyForm = {
    ...emptyForm,
    name: "Anna",
    mail: "anna@example.org",
    passphrase: "open sesame",
  };

  test("is RSA 4096 for two years", () => {
    expect(emptyForm).toMatchObject({ kind: "rsa4096", lifetime: "in2", withoutPassphrase: false });
  });
  test.each<[string, Partial<NewKeyForm>, string[]]>([
    ["complete", {}, []],
    ["empty", { name: "", mail: "", passphrase: "" }, ["name", "mail", "passphrase"]],
    ["blank name", { name: "  " }, ["name"]],
    ["brackets", { name: "Anna <a@b>" }, ["name"]],
    ["parentheses in the comment", { comment: "(x)" }, ["comment"]],
    ["line break", { name: "Anna\nBob" }, ["name"]],
    ["mail without at", { mail: "anna.example.org" }, ["mail"]],
    ["no passphrase without the tick", { passphrase: "" }, ["passphrase"]],
    ["no passphrase with the tick", { passphrase: "", withoutPassphrase: true }, []],
  ])("%s", (_, more, fields) => {
    expect(Object.keys(checkForm({ ...good, ...more }))).toEqual(fields);
  });
  test("expiry", () => {
    const now = new Date(Date.UTC(2026, 1, 3, 12));
    expect(expiryOf("never", now)).toBeNull();
    expect(expiryOf("in2", now)).toBe(Date.UTC(2028, 1, 3, 12) / 1000);
  });
});

test("a passphrase is asked for where it is needed", () => {
  expect(needsPassphrase({ protection: "all", unlocked: false })).toBe(true);
  expect(needsPassphrase({ protection: "partly", unlocked: false })).toBe(true);
  expect(needsPassphrase({ protection: "all", unlocked: true })).toBe(false);
  expect(needsPassphrase({ protection: "none", unlocked: false })).toBe(false);
});

test("a QR code is one path with one square for each dark module", () => {
  expect(
    qrPath([
      [true, false],
      [false, true],
    ]),
  ).toBe("M0 0h1v1h-1zM1 1h1v1h-1z");
});

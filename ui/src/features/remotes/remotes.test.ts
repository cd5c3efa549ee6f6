import { describe, expect, test } from "vitest";

import type { LoginView, RemotesView } from "$bindings";

import { makeApiError } from "../../host/error";
import { makeRemote, servicesOf } from "../../host/browser/remotes";
import { moved, refusalOf, sameList, startingList, withServer } from "./keyserver-list";
import {
  lockReason,
  loginFacts,
  loginWords,
  nameFromAddress,
  notOffered,
  offered,
  purposeWords,
  reachOf,
  remoteName,
  takesTokens,
} from "./words";

const anna = { name: "Anna Ruiz", mail: "anna@lab.example.org" };
const signedIn: LoginView = { kind: "signedIn", account: anna, kept: "memory", expires: 86_400, checked: 0 };

describe("a remote", () => {
  test("has its name; this computer has none of its own", () => {
    expect(remoteName({ kind: "own", name: "Lab" })).toBe("Lab");
    expect(remoteName({ kind: "thisComputer", name: "" })).toBe("This computer");
  });
  test.each<[LoginView, string]>([
    [{ kind: "notNeeded" }, "Only on this computer"],
    [{ kind: "signedOut" }, "Not signed in"],
    [signedIn, "Signed in as Anna Ruiz"],
    [{ ...signedIn, account: null }, "Signed in"],
    [{ kind: "expired", account: anna }, "Login of Anna Ruiz expired"],
    [{ kind: "expired", account: null }, "Login expired"],
    [{ kind: "locked" }, "Login in the locked keychain"],
  ])("%o is %s", (login, words) => {
    expect(loginWords(login)).toBe(words);
  });
  test("says how long a login holds and who else has it, only while there is one", () => {
    const facts = loginFacts({ login: signedIn, isShared: true });
    expect(facts).toEqual(["until 2 Jan 1970", "until you quit", "shared with the command line"]);
    expect(loginFacts({ login: { kind: "signedOut" }, isShared: true })).toEqual([]);
  });
  test("lists what it offers and what would be missed", () => {
    const services = servicesOf("lab.example.org", false, ["builder"]);
    expect(offered(services)).toEqual(["library", "keys", "tokens"]);
    expect(notOffered(services)).toEqual(["builder"]);
  });
  test("takes tokens unless it is known not to", () => {
    expect(takesTokens(makeRemote("Lab", "lab.example.org"))).toBe(true);
    expect(takesTokens(makeRemote("Lab", "lab.example.org", { services: null }))).toBe(true);
    const services = servicesOf("lab.example.org", false, ["tokens"]);
    expect(takesTokens(makeRemote("Lab", "lab.example.org", { services }))).toBe(false);
    expect(takesTokens(makeRemote("", "127.0.0.1:1", { kind: "thisComputer" }))).toBe(false);
  });
  test("is offline, does not answer, or is fine", () => {
    const with_ = (code: "offline" | "tls-failed"): string =>
      reachOf(makeRemote("Lab", "lab.example.org", { problem: makeApiError(code, "x") }));
    expect([with_("offline"), with_("tls-failed"), reachOf(makeRemote("Lab", "x"))]).toEqual([
      "offline",
      "unreachable",
      "fine",
    ]);
  });
  test("is locked when an administrator allows another one only", () => {
    const view = {
      remotes: [makeRemote("Lab", "lab.example.org"), makeRemote("Site", "site.example.org")],
      exclusive: "remote:Site",
    } as RemotesView;
    expect(lockReason(view, "remote:Site")).toBeUndefined();
    expect(lockReason(view, "remote:Lab")).toBe("Your administrator allows only Site");
    expect(lockReason({ ...view, exclusive: null }, "remote:Lab")).toBeUndefined();
  });
  test.each([
    ["library.example.org", "library"],
    ["https://images.example.org/x", "images"],
    ["localhost:8080", "localhost"],
    ["", ""],
  ])("at %s may be called %s", (address, name) => {
    expect(nameFromAddress(address)).toBe(name);
  });
  test("a purpose that is not known yet has words too", () => {
    expect(purposeWords({ purpose: "keyserver" })).toBe("keys");
    expect(purposeWords({ purpose: "from the future" })).toBe("another purpose");
  });
});

describe("keyservers", () => {
  const one = withServer([], "https://keys.example.org");
  const two = withServer(one, "hkps://other.example.org");

  test("begin with the one that the remote names, when none was chosen", () => {
    const services = servicesOf("lab.example.org");
    expect(
      startingList({ keyservers: [], services }).map((server) => [server.address, server.isExternal]),
    ).toEqual([["https://keys.lab.example.org", false]]);
    expect(startingList({ keyservers: one, services })).toEqual(one);
    expect(startingList({ keyservers: [], services: null })).toEqual([]);
  });
  test.each([
    ["https://keys.example.net", undefined],
    ["hkp://keys.example.net:11371", undefined],
    [" hkps://keys.example.net/path ", undefined],
    ["https://keys.example.org", "twice"],
    ["keys.example.net", "wrong"],
    ["ftp://keys.example.net", "wrong"],
    ["https://tom:secret@keys.example.net", "wrong"],
    ["https://two words", "wrong"],
    ["", "wrong"],
  ])("%j is refused as %s", (address, refusal) => {
    expect(refusalOf(one, address)).toBe(refusal);
  });
  test("move by one place and not beyond the ends", () => {
    expect(moved(two, 1, -1).map((server) => server.address)).toEqual([
      "hkps://other.example.org",
      "https://keys.example.org",
    ]);
    expect(moved(two, 0, -1)).toEqual(two);
    expect(moved(two, 1, 1)).toEqual(two);
  });
  test("are the same only with the same marks in the same order", () => {
    expect(sameList(two, [...two])).toBe(true);
    expect(sameList(two, moved(two, 0, 1))).toBe(false);
    expect(
      sameList(
        one,
        one.map((server) => ({ ...server, isSkipped: true })),
      ),
    ).toBe(false);
  });
});

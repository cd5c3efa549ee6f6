import { describe, expect, test } from "vitest";

import type { Settings } from "$bindings";
import { defaultKeys } from "$store";

import { DEFAULTS } from "../../host/browser/start";
import {
  allSettings,
  isChanged,
  isProxy,
  isSection,
  matchesSetting,
  settingEntries,
  valueWords,
} from "./catalogue";
import { mayBeShortcut, refusalOf, withKeys } from "./keys-of-commands";

describe("the page", () => {
  test("every setting has its place", () => {
    // Set elsewhere: keys have a table, quiet time is in the status bar, the remote in the sidebar, the first run ends itself.
    const elsewhere: (keyof Settings)[] = ["shortcuts", "quietUntil", "currentRemote", "firstRunDone"];
    const names = [...allSettings().map((setting) => setting.name), ...elsewhere].sort();
    expect(names).toEqual(Object.keys(DEFAULTS).sort());
  });
  test("every choice can be read back after it was written", () => {
    for (const setting of allSettings()) {
      if (setting.control !== "choice") continue;
      for (const { value } of setting.options) {
        expect(setting.read({ ...DEFAULTS, ...setting.write(value) }), setting.name).toBe(value);
      }
    }
  });
  test("every default is one of the choices", () => {
    for (const setting of allSettings()) {
      if (setting.control === "choice") {
        expect(
          setting.options.map(({ value }) => value),
          setting.name,
        ).toContain(setting.read(DEFAULTS));
      }
    }
  });
  test("a value that is no choice changes nothing", () => {
    const theme = allSettings().find((setting) => setting.name === "theme");
    expect(theme?.control === "choice" && theme.write("pink")).toEqual({});
  });
  test("a value that only a policy can set is written like the choices", () => {
    expect(valueWords("verifyUpTo", "5000000000")).toBe("5 GB");
    expect(valueWords("zoom", "115")).toBe("115 %");
    expect(valueWords("bandwidth", "3000000")).toBe("3 MB a second");
    expect(valueWords("historyDays", "14")).toBe("14 days");
  });
  test("changed means different from the default", () => {
    expect(isChanged("theme", { ...DEFAULTS, theme: "dark" }, DEFAULTS)).toBe(true);
    expect(isChanged("shortcuts", { ...DEFAULTS, shortcuts: [] }, DEFAULTS)).toBe(false);
  });
  test.each([
    ["theme", ["theme"]],
    ["dark", ["theme"]],
    ["keychain", ["keepPassphrase"]],
    ["like the cli", ["requireEverySignature"]],
    ["zzz", []],
  ])("search for %s", (text, names) => {
    expect(
      allSettings()
        .filter((setting) => matchesSetting(setting, text))
        .map(({ name }) => name),
    ).toEqual(names);
  });
  test.each([
    ["", true],
    ["http://proxy.example.org:3128", true],
    ["socks5h://127.0.0.1:1080/", true],
    ["proxy.example.org:3128", false],
    ["http://tom:secret@proxy.example.org", false],
    ["ftp://proxy.example.org", false],
    ["http://two words", false],
  ])("%j is a proxy: %s", (text, is) => {
    expect(isProxy(text)).toBe(is);
  });
  test("entries of the palette lead to sections that exist", () => {
    for (const entry of settingEntries([])) expect(isSection(entry.sectionId)).toBe(true);
    const ids = settingEntries(["lockOnSleep"]).map(({ id }) => id);
    expect(ids).toContain("keepPassphrase");
    expect(ids).not.toContain("lockOnSleep");
  });
});

describe("keys of commands", () => {
  test.each([
    ["Mod+K", true],
    ["Alt+Shift+X", true],
    ["F6", true],
    ["Shift+F6", true],
    ["K", false],
    ["Shift+K", false],
    ["Enter", false],
  ])("%s may be given: %s", (keys, may) => {
    expect(mayBeShortcut(keys)).toBe(may);
  });
  test("keys that another command has are refused, with its name", () => {
    expect(refusalOf("find", "Mod+K", Object.keys(defaultKeys), [])).toEqual({
      kind: "taken",
      by: "palette",
    });
    expect(refusalOf("palette", "Mod+K", Object.keys(defaultKeys), [])).toBeUndefined();
  });
  test("keys that a command gave away are free", () => {
    const own = [{ command: "palette", keys: "Mod+P" }];
    expect(refusalOf("find", "Mod+K", Object.keys(defaultKeys), own)).toBeUndefined();
  });
  test("default keys leave no trace in the settings", () => {
    const changed = withKeys([], "find", "Mod+J");
    expect(changed).toEqual([{ command: "find", keys: "Mod+J" }]);
    expect(withKeys(changed, "find", defaultKeys["find"] ?? "")).toEqual([]);
  });
});

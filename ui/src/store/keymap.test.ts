import { describe, expect, it } from "vitest";

import { defaultKeys, keysOf, pressedKeys, showKeys } from "./keymap";

const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }) as KeyboardEvent;

describe("key presses", () => {
  it.each([
    [press("k", { ctrlKey: true }), false, "Mod+K"],
    [press("k", { metaKey: true }), true, "Mod+K"],
    [press("S", { ctrlKey: true, shiftKey: true }), false, "Mod+Shift+S"],
    [press("+", { ctrlKey: true, shiftKey: true }), false, "Mod++"],
    [press("/", { ctrlKey: true }), false, "Mod+/"],
    [press("F6", { shiftKey: true }), false, "Shift+F6"],
    [press("ArrowLeft", { altKey: true }), false, "Alt+ArrowLeft"],
    [press("Control", { ctrlKey: true }), false, undefined],
    [press("k", { metaKey: true }), false, undefined],
  ])("case %#", (event, mac, keys) => {
    expect(pressedKeys(event, mac)).toBe(keys);
  });
  it("own keys replace the default", () => {
    expect(keysOf("palette", [{ command: "palette", keys: "Mod+P" }])).toEqual(["Mod+P"]);
    expect(keysOf("palette", [])).toEqual(["Mod+K", "F1"]);
  });
  it("no two commands share keys", () => {
    const all = Object.keys(defaultKeys).flatMap((id) => keysOf(id, []));
    expect(new Set(all).size).toBe(all.length);
  });
  it("shows the system's own key", () => {
    expect(showKeys("Mod+Shift+S", "Cmd")).toBe("Cmd+Shift+S");
  });
});

import { describe, expect, test } from "vitest";

import type { DropView } from "$bindings";

import { makeBrowserHost } from "./browser";
import { makeApiError } from "./error";
import { seen, seenValue } from "./seen";

const offered: DropView = {
  files: "files-1",
  images: 1,
  keys: 0,
  definitions: 0,
  folders: 0,
  others: 0,
  names: ["gnp.\u202efis.exe"],
  seemsToBe: null,
};

describe("what comes through the host", () => {
  test("answers, events and errors have nothing unseen", async () => {
    const { host: bare, control } = makeBrowserHost("odd");
    const host = seen(bare);
    const names = (await host.listImages()).map((row) => row.name);
    expect(names).toContain("gnp.\\u{202e}fis.exe");
    expect(names).toContain("صورة-التحليل الجيني 1.19 (نسخة أخيرة).sif");

    const heard: DropView[] = [];
    host.on("dragEntered", (payload) => heard.push(payload));
    control.emit("dragEntered", offered);
    expect(heard[0]?.names).toEqual(["gnp.\\u{202e}fis.exe"]);

    const getKey = async (): Promise<never> => {
      throw makeApiError("io", "`a\u200bb` cannot be read");
    };
    await expect(seen({ ...bare, getKey }).getKey("")).rejects.toMatchObject({
      message: "`a\\u{200b}b` cannot be read",
    });
  });

  test("a name has one line, a text may have many", () => {
    expect(seenValue({ name: "a\nb", text: "a\nb", names: ["c\td"] })).toEqual({
      name: "a\\u{a}b",
      text: "a\nb",
      names: ["c\\u{9}d"],
    });
  });

  test("what is plain stays the very same", () => {
    const rows = [{ name: "samtools", parts: [{ id: 1, size: null }] }];
    expect(seenValue(rows)).toBe(rows);
  });
});

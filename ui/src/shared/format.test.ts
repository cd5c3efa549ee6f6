import { describe, expect, it } from "vitest";

import {
  aboutBytes,
  formatBytes,
  formatDate,
  formatDuration,
  formatExactBytes,
  formatPercent,
  groupHex,
  shortFingerprint,
} from "./format";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1500, "1.5 kB"],
    [1234, "1.23 kB"],
    [99_960, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1 MB"],
    [1_213_000_000, "1.21 GB"],
    [20_000_000_000, "20 GB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
  it("keeps the exact count for tooltips", () => {
    expect(formatExactBytes(1_213_000_000)).toBe("1,213,000,000 bytes");
    expect(formatExactBytes(1)).toBe("1 byte");
  });
});

it.each([
  [0, "0 B"],
  [2048, "2 kB"],
  [2_281, "2 kB"],
  [61_440, "61 kB"],
  [1_234_567, "1.2 MB"],
])("about %d bytes are %s", (bytes, text) => {
  expect(aboutBytes(bytes)).toBe(text);
});

describe("formatDate", () => {
  const now = new Date(2026, 4, 20, 15, 0, 0).getTime() / 1000;
  const at = (month: number, day: number, hour: number, year = 2026): number =>
    new Date(year, month, day, hour, 30, 0).getTime() / 1000;
  it.each([
    [now - 5, "now"],
    [now - 300, "5 minutes ago"],
    [at(4, 20, 9), "Today, 09:30"],
    [at(4, 19, 9), "Yesterday, 09:30"],
    [at(4, 16, 9), "Saturday, 09:30"],
    [at(4, 2, 9), "2 May"],
    [at(4, 2, 9, 2025), "2 May 2025"],
  ])("%d", (seconds, text) => {
    expect(formatDate(seconds, now)).toBe(text);
  });
  it("does not throw on absurd dates", () => {
    expect(formatDate(1e17, now)).toBe("–");
  });
});

describe("other forms", () => {
  it("durations", () => {
    expect([8, 60, 125, 660, 3600, 3840].map(formatDuration)).toEqual([
      "8 s",
      "1 min",
      "2 min 5 s",
      "11 min",
      "1 h",
      "1 h 4 min",
    ]);
  });
  it("percent never says 100 early", () => {
    expect(formatPercent(999, 1000)).toBe("99 %");
    expect(formatPercent(1, null)).toBeUndefined();
  });
  it("fingerprints", () => {
    expect(groupHex("4a1d90c7 e2")).toEqual(["4A1D", "90C7", "E2"]);
    expect(shortFingerprint("4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B")).toBe("4A1D 90C7 … B850 E6A3 1D7B");
  });
});

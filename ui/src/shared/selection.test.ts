import { describe, expect, it } from "vitest";

import { keepListed, nothingSelected, selectAll, selectOne, selectRange, step, toggleOne } from "./selection";

const order = [1, 2, 3, 4, 5];

describe("selection", () => {
  it("ranges go both ways from the same anchor", () => {
    const down = selectRange(selectOne(3), 5, order);
    expect([...down.ids]).toEqual([3, 4, 5]);
    expect([...selectRange(down, 1, order).ids]).toEqual([1, 2, 3]);
  });
  it("toggles", () => {
    expect(toggleOne(selectOne(1), 1).ids.size).toBe(0);
    expect([...toggleOne(selectOne(1), 2).ids]).toEqual([1, 2]);
  });
  it("focuses the next row after a delete, the last at the end", () => {
    expect(keepListed(selectOne(3), [1, 2, 4, 5], order).focus).toBe(4);
    expect(keepListed(selectOne(5), [1, 2], order).focus).toBe(2);
    expect(keepListed(selectOne(1), [], order).focus).toBeUndefined();
  });
  it("keeps the same object when nothing changed", () => {
    const all = selectAll(nothingSelected, order);
    expect(keepListed(all, order, order)).toBe(all);
  });
  it("steps stay inside the list", () => {
    expect([step(order, 1, -1), step(order, 5, 10), step(order, undefined, 1), step([], 1, 1)]).toEqual([
      1,
      5,
      1,
      undefined,
    ]);
  });
});

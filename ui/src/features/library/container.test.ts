import { expect, test, vi } from "vitest";

const { listeners, questions } = vi.hoisted(() => ({
  listeners: new Map<string, () => void>(),
  /** Answers the questions that wait, the oldest first. */
  questions: [] as (() => void)[],
}));

vi.mock("$host", () => ({
  asApiError: (thrown: unknown) => thrown,
  host: {
    on: (name: string, listener: () => void) => {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
    getContainer: () =>
      new Promise((_, reject) => {
        questions.push(() => {
          reject(new Error("out of reach"));
        });
      }),
  },
}));

import { Container } from "./container.svelte";

test("a server is not asked anew for each of many changes", async () => {
  const stop = new Container("remote:lab", "anna/tools/blast").follow();
  expect(questions).toHaveLength(1);
  const change = (): void => {
    for (let image = 0; image < 100; image += 1) listeners.get("imagesChanged")?.();
  };
  change();
  expect(questions).toHaveLength(2);
  // What changed while it was asked is asked once more, and then no more.
  for (const answer of [...questions]) answer();
  await vi.waitFor(() => expect(questions).toHaveLength(3));
  questions[2]?.();
  change();
  await vi.waitFor(() => expect(questions).toHaveLength(4));
  stop();
  questions[3]?.();
  await new Promise(setImmediate);
  expect(questions).toHaveLength(4);
});

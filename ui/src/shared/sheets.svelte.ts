/** The stack of open sheets. Features open theirs here; the app shows the stack. */

import type { Component } from "svelte";

import type { Later } from "./later.svelte";

/** What every sheet gets: `close` ends it with its result (nothing when it was cancelled). */
export interface SheetProps<R = undefined> {
  close: (result?: R) => void;
}

/** Where a sheet finds out whether it is the uppermost: `() => boolean`. */
export const TOP = Symbol("the uppermost sheet");

export interface OpenSheet {
  id: number;
  component: Component<SheetProps<unknown>>;
  props: Record<string, unknown>;
  close: (result?: unknown) => void;
}

let stack = $state.raw<OpenSheet[]>([]);
let nextId = 1;

/** The open sheets, lowest first. */
export function openSheets(): readonly OpenSheet[] {
  return stack;
}

/** Opens a sheet; resolves with its result when it closes. */
export function openSheet<P extends object, R>(
  component: Component<P & SheetProps<R>>,
  props: P,
): Promise<R | undefined> {
  const id = nextId++;
  return new Promise((resolve) => {
    const close = (result?: unknown): void => {
      if (!stack.some((sheet) => sheet.id === id)) return;
      stack = stack.filter((sheet) => sheet.id !== id);
      resolve(result as R | undefined);
    };
    stack = [
      ...stack,
      {
        id,
        component: component as unknown as Component<SheetProps<unknown>>,
        props: { ...props } as Record<string, unknown>,
        close,
      },
    ];
  });
}

/** Opens a sheet that may have to be fetched first. */
export async function openLater<P extends object, R>(
  part: Later<Component<P & SheetProps<R>>>,
  props: P,
): Promise<R | undefined> {
  return openSheet(part.now ?? (await part.get()), props);
}

/** Cancels all sheets (tests and the end of a session). */
export function closeAllSheets(): void {
  for (const sheet of stack) sheet.close();
}

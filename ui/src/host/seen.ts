/**
 * All text that the program hands to the page passes here: names in it come from files, keys and servers of others,
 * and what is not seen in them is written out before any screen, menu or note can show it.
 */

import { type Lines, showUnseen } from "$shared/unseen";

import type { Host, HostEvents, Unsubscribe } from "./host";

// Texts that have lines; all others are names, and a line end in a name hides what follows.
const MANY_LINES = new Set([
  "text",
  "value",
  "message",
  "hint",
  "stdout",
  "stderr",
  "line",
  "description",
  "slurm",
]);

/** The same host; nothing unseen comes through it. */
export function seen(host: Host): Host {
  const calls = Object.entries(host).map(([name, call]: [string, unknown]) => [
    name,
    isCall(call) ? seenCall(call) : call,
  ]);
  const on = <E extends keyof HostEvents>(
    event: E,
    listener: (payload: HostEvents[E]) => void,
  ): Unsubscribe => host.on(event, (payload) => listener(seenValue(payload)));
  return { ...(Object.fromEntries(calls) as Host), on };
}

type Call = (...args: unknown[]) => Promise<unknown>;

function isCall(member: unknown): member is Call {
  return typeof member === "function";
}

function seenCall(call: Call): Call {
  return async (...args) => {
    try {
      return seenValue(await call(...args));
    } catch (error) {
      // Errors of the program are plain objects; a defect of the page goes on as it is.
      throw error instanceof Error ? error : seenValue(error);
    }
  };
}

/** The value with all its texts seen; the very same value where nothing had to change. */
export function seenValue<T>(value: T, lines: Lines = "many"): T {
  return seenAny(value, lines) as T;
}

function seenAny(value: unknown, lines: Lines): unknown {
  if (typeof value === "string") return showUnseen(value, lines);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? seenList(value, lines) : seenFields(value);
}

function seenFields(value: object): object {
  let changed: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const after = seenAny(member, MANY_LINES.has(name) ? "many" : "one");
    if (after !== member) (changed ??= { ...value })[name] = after;
  }
  return changed ?? value;
}

function seenList(list: readonly unknown[], lines: Lines): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (const [index, member] of list.entries()) {
    const after = seenAny(member, lines);
    if (after !== member) (changed ??= [...list])[index] = after;
  }
  return changed ?? list;
}

/** The commands that menus, palette and shortcuts share. A screen registers what it can do while it is shown. */

import { untrack } from "svelte";

import { keysOf, showKeys } from "./keymap";
import { store } from "./store.svelte";

export interface Command {
  id: string;
  title: () => string;
  run: () => unknown;
  /** `true`, or why it cannot be run now. */
  enabled?: () => true | string;
  /** Not offered in the palette. */
  hidden?: boolean;
}

let registered = $state.raw<readonly Command[]>([]);

export const commands = {
  /** Adds commands; a later one of the same id goes before an earlier one. Returns how to take them away. */
  register(...added: Command[]): () => void {
    // Called from effects: reading the list there would run them again and again.
    registered = [...added, ...untrack(() => registered)];
    return () => {
      registered = untrack(() => registered).filter((command) => !added.includes(command));
    };
  },
  all(): readonly Command[] {
    return registered.filter(
      (command, index) => registered.findIndex((other) => other.id === command.id) === index,
    );
  },
  find(id: string): Command | undefined {
    return registered.find((command) => command.id === id);
  },
  /** Runs a command if it is there and may run now; whether it did. */
  run(id: string): boolean {
    const command = commands.find(id);
    if (!command || (command.enabled?.() ?? true) !== true) return false;
    command.run();
    return true;
  },
};

/** The first keys of a command as shown on this system; nothing when it has none. */
export function keysShown(id: string): string | undefined {
  const [first] = keysOf(id, store.start ? store.settings.settings.shortcuts : []);
  return first === undefined ? undefined : showKeys(first, store.start?.system.modKey ?? "Ctrl");
}

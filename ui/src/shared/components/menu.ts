import type { Component } from "svelte";

/** One line of a menu. */
export type MenuItem =
  | {
      kind?: "item";
      label: string;
      icon?: Component<{ size?: string | number }>;
      keys?: string | undefined;
      /** Why it cannot be chosen now. */
      reason?: string | undefined;
      run: () => unknown;
    }
  | { kind: "separator" }
  /** A menu of its own, one step further. */
  | { kind: "group"; label: string; items: MenuItem[] };

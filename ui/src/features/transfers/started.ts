/** What a sheet hands back when a transfer was started. */

import type { TaskId } from "$bindings";

export interface Started {
  task: TaskId;
  /** How many images it is about. */
  n: number;
  /** The one, if it is one. */
  name: string;
  /** It waits for the network. */
  waits?: boolean;
}

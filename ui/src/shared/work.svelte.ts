/** One request of a sheet: busy while it runs, its error kept for the sheet to show. */

import type { ApiError } from "$bindings";
import { asApiError } from "$host";

export class Work {
  busy = $state(false);
  error = $state.raw<ApiError>();

  /** The answer; nothing when it failed (then `error` is set) or when one runs already. */
  async run<T>(request: () => Promise<T>): Promise<{ value: T } | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.error = undefined;
    try {
      return { value: await request() };
    } catch (thrown) {
      this.error = asApiError(thrown);
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  /** Whether the last failure was a wrong passphrase: then the field says it, not the box. */
  get wrongPassphrase(): boolean {
    return this.error?.code === "wrong-passphrase";
  }
}

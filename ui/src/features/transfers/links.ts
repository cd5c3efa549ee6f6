/** Links from outside lead to the pull sheet, one after the other. They start nothing. */

import { asApiError, host } from "$host";
import { plainText } from "$shared/ticks";
import { showToast } from "$shared/toasts.svelte";

import { openPullSheet } from "./open";

/** Drains what links were opened before the page existed, now and whenever there is more; returns how to stop. */
export function takeOpenedLinks(): () => void {
  let working = false;
  let again = false;
  const drain = async (): Promise<void> => {
    again = true;
    if (working) return;
    working = true;
    while (again) {
      again = false;
      try {
        for (const { reference } of await host.takeLinks())
          await openPullSheet({ references: [reference.reference], fromLink: true });
      } catch (thrown) {
        showToast(plainText(asApiError(thrown).message), { urgency: "assertive" });
      }
    }
    working = false;
  };
  const stop = host.on("linkOpened", () => void drain());
  void drain();
  return stop;
}

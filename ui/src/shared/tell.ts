/** Failures that have no sheet or page to stand in: a note says them, with the button that may put them right. */

import { asApiError } from "$host";
import { describeError, t } from "$messages";

import { fixFor, runFix, type Ways } from "./fixes";
import { plainText } from "./ticks";
import { showToast } from "./toasts.svelte";

export function tellError(thrown: unknown, ways: Ways = {}): void {
  const error = asApiError(thrown);
  const { what, why, next } = describeError(error);
  const fix = fixFor(error.code, ways);
  showToast(`${what}. ${fix ? `${plainText(why)}.` : next}`, {
    urgency: "assertive",
    action: fix && { label: t(`fix.${fix.fix}`), run: () => runFix(fix, ways) },
  });
}

/** Does something at once; whether it went well. A failure is said, and can be tried again from there. */
export async function tryTo(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    tellError(thrown, { again: () => tryTo(work) });
    return false;
  }
}

/** How long a check will take, from the speed of earlier ones. */

import { formatDuration } from "$shared/format";
import { recall, remember, store } from "$store";

/** Bytes a second of a plain disk, until something was measured here. */
const FIRST_GUESS = 500_000_000;
const isRate = (value: unknown): value is number => typeof value === "number" && value > 1_000_000;

/** `about 40 s`; never less than a second. */
export function aboutTime(bytes: number): string {
  return formatDuration(Math.max(1, bytes / recall("verifyRate", FIRST_GUESS, isRate)));
}

/** Learns from the rate of running checks. */
export function learnRate(): () => void {
  return store.onTask((event) => {
    if (event.kind !== "progress" || event.progress.rate === null) return;
    if (store.task(event.id)?.kind === "verify" && isRate(event.progress.rate)) {
      remember("verifyRate", event.progress.rate);
    }
  });
}

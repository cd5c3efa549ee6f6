/** Do not disturb: the choices of the status bar. */

import BellIcon from "@lucide/svelte/icons/bell";

import { t } from "$messages";
import type { MenuItem } from "$shared/components/menu";

/** Further away than any session: until it is turned off. */
const UNTIL_OFF = 253_402_300_799;

export function isQuiet(until: number | null, now: number): boolean {
  return until !== null && until > now;
}

/** The longest wait: timers stand still while the computer sleeps, and hold no wait of weeks. */
const HOUR = 3_600_000;
/** So that the time is over when the timer ends. */
const LATE = 50;

/** How long to wait before looking whether the time is over, in milliseconds; `now` is in milliseconds too. */
export function nextLook(until: number, now: number): number {
  return Math.min(Math.max(until * 1000 - now, 0), HOUR) + LATE;
}

/** Seven in the morning of the next day. */
export function tomorrow(now: Date): number {
  const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 7);
  return Math.floor(next.getTime() / 1000);
}

export function quietChoices(quiet: boolean, choose: (until: number | null) => unknown): MenuItem[] {
  const now = new Date();
  const choices: MenuItem[] = [
    { label: t("app.quiet.hour"), run: () => choose(Math.floor(now.getTime() / 1000) + 3600) },
    { label: t("app.quiet.tomorrow"), run: () => choose(tomorrow(new Date())) },
    { label: t("app.quiet.off"), run: () => choose(UNTIL_OFF) },
  ];
  if (!quiet) return choices;
  return [
    { label: t("app.quiet.end"), icon: BellIcon, run: () => choose(null) },
    { kind: "separator" },
    ...choices,
  ];
}

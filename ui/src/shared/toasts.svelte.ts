/** Short notes that come and go. Everything that matters is also in Activity. */

import { t } from "$messages";

export interface Toast {
  id: number;
  text: string;
  /** `assertive` interrupts a screen reader: only for what is urgent. */
  urgency: "polite" | "assertive";
  action?: { label: string; run: () => unknown } | undefined;
  /** The task that it is about: only the newest note about one stands. */
  task?: number | undefined;
}

const SHOWN_FOR = 9000;

let list = $state.raw<Toast[]>([]);
let spoken = $state.raw<Readonly<Record<Toast["urgency"], string>>>({ polite: "", assertive: "" });
// Read by nothing that is drawn.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let nextId = 1;

export function toasts(): readonly Toast[] {
  return list;
}

/** What a screen reader says now, by urgency. */
export function saidNow(): Readonly<Record<Toast["urgency"], string>> {
  return spoken;
}

/** Says something to a screen reader and shows nothing: for what can be seen already. */
export function say(text: string, urgency: Toast["urgency"] = "polite"): void {
  spoken = { ...spoken, [urgency]: text };
  setTimeout(() => {
    if (spoken[urgency] === text) spoken = { ...spoken, [urgency]: "" };
  }, SHOWN_FOR);
}

/** Shows a note for nine seconds, longer while it is pointed at or focused. */
export function showToast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): void {
  const { urgency = "polite", action, task } = options;
  const toast: Toast = { id: nextId++, text, urgency, action, task };
  for (const older of list) if (task !== undefined && older.task === task) dismissToast(older.id);
  list = [...list.slice(-2), toast];
  say(toast.action ? t("shared.noteWithButton", { text, button: toast.action.label }) : text, toast.urgency);
  resumeToast(toast.id);
}

export function dismissToast(id: number): void {
  pauseToast(id);
  list = list.filter((toast) => toast.id !== id);
}

export function pauseToast(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

export function resumeToast(id: number): void {
  pauseToast(id);
  timers.set(
    id,
    setTimeout(() => {
      dismissToast(id);
    }, SHOWN_FOR),
  );
}

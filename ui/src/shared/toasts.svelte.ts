/** Short notes that come and go. Everything that matters is also in Activity. */

export interface Toast {
  id: number;
  text: string;
  /** `assertive` interrupts a screen reader: only for what is urgent. */
  urgency: "polite" | "assertive";
  action?: { label: string; run: () => unknown } | undefined;
}

const SHOWN_FOR = 9000;

let list = $state.raw<Toast[]>([]);
// Read by nothing that is drawn.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let nextId = 1;

export function toasts(): readonly Toast[] {
  return list;
}

/** Shows a note for nine seconds, longer while it is pointed at or focused. */
export function showToast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): void {
  const toast: Toast = { id: nextId++, text, urgency: options.urgency ?? "polite", action: options.action };
  list = [...list.slice(-2), toast];
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

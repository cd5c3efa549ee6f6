/** What only the screen knows and should know again after a restart: sort, last place, sidebar. Never secrets. */

const PREFIX = "sifter.";

/** The remembered value if it has the right form, else the fallback. */
export function recall<T>(name: string, fallback: T, isRight: (value: unknown) => value is T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    return isRight(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage may be full or switched off: then the next start begins afresh.
  }
}

/** Forgets the layout: sort, sidebar, last place. */
export function forgetLayout(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    }
  } catch {
    // Nothing was kept.
  }
}

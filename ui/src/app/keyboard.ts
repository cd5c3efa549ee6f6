/** The global keyboard: commands by their keys, and the regions by F6. */

import { commandOf, commands, store } from "$store";

const REGIONS = ["sidebar", "toolbar", "content", "status"] as const;

/** Keys of the web view that would leave the page or show its source: never let through. */
function isUnwanted(event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  return (
    (mod && ["r", "p", "u", "f", "g", "s", "d"].includes(event.key.toLowerCase())) ||
    event.key === "F5" ||
    event.key === "F3"
  );
}

/** Follows key presses until the returned function is called. */
export function followKeyboard(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const inSheet = document.querySelector("[data-sheet]") !== null;
    const system = store.start?.system;
    const id = commandOf(
      event,
      store.settings.settings.shortcuts,
      commands.all().map((command) => command.id),
      system?.modKey === "Cmd",
    );
    if (id !== undefined && (!inSheet || id.startsWith("zoom."))) {
      event.preventDefault();
      commands.run(id);
    } else if (isUnwanted(event)) {
      event.preventDefault();
    }
  };
  const noContextMenu = (event: MouseEvent): void => {
    const target = event.target;
    const editable = target instanceof HTMLElement && target.closest("input, textarea, .selectable") !== null;
    if (!editable && !event.defaultPrevented) event.preventDefault();
  };
  addEventListener("keydown", onKey);
  addEventListener("contextmenu", noContextMenu);
  return () => {
    removeEventListener("keydown", onKey);
    removeEventListener("contextmenu", noContextMenu);
  };
}

/** Moves the focus to the next region: sidebar, toolbar, content, status bar. */
export function focusRegion(direction: 1 | -1): void {
  const here = document.activeElement?.closest<HTMLElement>("[data-region]")?.dataset["region"];
  const at = REGIONS.findIndex((name) => name === here);
  const next = REGIONS.at((at + direction + REGIONS.length) % REGIONS.length) ?? "content";
  const region = document.querySelector<HTMLElement>(`[data-region="${next}"]`);
  const inside = region?.querySelector<HTMLElement>(
    '[aria-current="page"], [tabindex="0"], button:not(:disabled), input, select, a[href]',
  );
  (inside ?? region)?.focus();
}

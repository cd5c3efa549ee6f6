/** The global keyboard: commands by their keys, and the regions by F6. */

import { commandOf, commands, store } from "$store";

/** In their order; over the page lie the uppermost sheet and its notes alone. */
const REGIONS = ["sidebar", "toolbar", "content", "status", "sheet", "notes"];
/** What also works while a sheet is open. */
const inSheets = (id: string): boolean => id.startsWith("zoom.") || id.startsWith("region.");

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
    if (id !== undefined && (!inSheet || inSheets(id))) {
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

const CONTROLS = '[aria-current="page"], [tabindex="0"], button:not(:disabled), input, select, a[href]';
/** Where the focus was when it left a region. */
const left = new WeakMap<HTMLElement, HTMLElement>();

/** Moves the focus to the next region: sidebar, toolbar, content, status bar and notes, or the sheet and its notes. */
export function focusRegion(direction: 1 | -1): void {
  const regions = regionsNow();
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
  const here = focused?.closest<HTMLElement>("[data-region]") ?? undefined;
  if (focused && here) left.set(here, focused);
  const at = here ? regions.indexOf(here) : direction === 1 ? -1 : 0;
  const next = regions.at((at + direction + regions.length) % regions.length);
  if (next) (lastIn(next) ?? next.querySelector<HTMLElement>(CONTROLS) ?? next).focus();
}

function lastIn(region: HTMLElement): HTMLElement | undefined {
  const last = left.get(region);
  return last && region.contains(last) && !last.matches(":disabled") ? last : undefined;
}

/** Those that lie on top; notes only while there is one. */
function regionsNow(): HTMLElement[] {
  const sheet = [...document.querySelectorAll<HTMLElement>("[data-sheet]")].at(-1);
  const place = ({ dataset }: HTMLElement): number => REGIONS.indexOf(dataset["region"] ?? "");
  return [...(sheet ?? document).querySelectorAll<HTMLElement>("[data-region]")]
    .filter((region) => region.dataset["region"] !== "notes" || region.querySelector("button") !== null)
    .sort((one, other) => place(one) - place(other));
}

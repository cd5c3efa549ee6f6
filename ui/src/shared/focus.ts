/** Moving the focus to what is not drawn yet. */

/** How many frames it may take to appear: about a second. */
const FRAMES = 60;

/** Focuses the first element that fits as soon as it is there; gives up when it does not come. */
export function focusLater(selector: string, frames = FRAMES): void {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  if ((element !== null && document.activeElement === element) || frames === 0) return;
  requestAnimationFrame(() => {
    focusLater(selector, frames - 1);
  });
}

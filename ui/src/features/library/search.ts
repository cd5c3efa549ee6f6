/** The way into a search of the library from elsewhere. */

import { focusLater } from "$shared/focus";
import { navigate, router } from "$store";

/** Shows the current library and searches it; without a text, the field waits for one. */
export function searchLibrary(text: string): void {
  const wanted = text.trim();
  if (wanted !== "") navigate({ name: "library", find: { text: wanted } });
  else if (router.route.name !== "library") navigate({ name: "library" });
  // After a menu or the palette has given the focus back.
  requestAnimationFrame(() => {
    focusLater('[data-find="library"]');
  });
}

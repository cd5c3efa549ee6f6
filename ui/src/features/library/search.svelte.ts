/** A search that is asked for elsewhere: the screen takes it over when it is shown. */

import { navigate } from "$store";

let wanted = $state<string>();

/** Shows the current library and searches it. */
export function searchLibrary(text: string): void {
  wanted = text;
  navigate({ name: "library" });
}

export function wantedSearch(): string | undefined {
  return wanted;
}

export function takeSearch(): void {
  wanted = undefined;
}

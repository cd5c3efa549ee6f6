/** Where we are, where we were. Back and forward work on this history; the last place is restored at start. */

import { recall, remember } from "./remember";
import { formatRoute, parseRoute, sameRoute, type Route } from "./route";

const LIMIT = 100;

let entries = $state.raw<Route[]>([{ name: "home" }]);
let position = $state(0);

export const router = {
  get route(): Route {
    return entries[position] ?? { name: "home" };
  },
  get canGoBack(): boolean {
    return position > 0;
  },
  get canGoForward(): boolean {
    return position < entries.length - 1;
  },
};

/**
 * Goes to a place; the same place again changes nothing, but what it asks to select is selected anew. `replace` leaves
 * no trace in the history.
 */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const again = sameRoute(route, router.route);
  if (again && !(route.name === "images" && route.select)) return;
  if (options.replace || again) {
    entries = entries.with(position, route);
  } else {
    entries = [...entries.slice(0, position + 1), route].slice(-LIMIT);
    position = entries.length - 1;
  }
  leaveTrace();
}

export function goBack(): void {
  if (router.canGoBack) {
    position -= 1;
    leaveTrace();
  }
}

export function goForward(): void {
  if (router.canGoForward) {
    position += 1;
    leaveTrace();
  }
}

/** Restores the place of the address (tests, links) or of the last session. */
export function restoreRoute(): void {
  const isText = (value: unknown): value is string => typeof value === "string";
  const route = parseRoute(location.hash) ?? parseRoute(recall("route", "", isText));
  if (route) {
    entries = [route];
    position = 0;
  }
  leaveTrace();
  addEventListener("hashchange", () => {
    const typed = parseRoute(location.hash);
    if (typed) navigate(typed);
  });
}

function leaveTrace(): void {
  const { route } = router;
  // What was selected is of this moment, and may be a thousand images long.
  const place = route.name === "images" ? { name: route.name } : route;
  history.replaceState(null, "", `#${formatRoute(place)}`);
  // A search asks a server: not again at the next start, without being asked to.
  remember("route", formatRoute(place.name === "library" ? { ...place, find: undefined } : place));
}

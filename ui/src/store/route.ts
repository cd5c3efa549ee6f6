/** Every place of the program as a typed value, and its form as text for restoring and for tests. */

import type { ImageId, TaskId } from "$bindings";

export const inspectorTabs = ["overview", "signatures", "parts", "definition", "environment", "raw"] as const;
export type InspectorTab = (typeof inspectorTabs)[number];

export type Route =
  | { name: "home" }
  /** `toVerify`: the selection is there to be verified, so that button has the focus. */
  | { name: "images"; select?: ImageId[]; toVerify?: boolean }
  | { name: "image"; id: ImageId; tab?: InspectorTab }
  | { name: "keys" }
  | { name: "key"; fingerprint: string }
  | { name: "activity"; task?: TaskId }
  | { name: "settings"; section?: string };

export type Screen = "home" | "images" | "keys" | "activity" | "settings";

/** The sidebar entry that a route belongs to. */
export function screenOf(route: Route): Screen {
  if (route.name === "image") return "images";
  if (route.name === "key") return "keys";
  return route.name;
}

/** Whether two routes are the same place. */
export function sameRoute(one: Route, other: Route): boolean {
  return formatRoute(one) === formatRoute(other);
}

/** `/images/3/parts`; the inverse of `parseRoute`. */
export function formatRoute(route: Route): string {
  switch (route.name) {
    case "images":
      return route.select?.length ? `/images?select=${route.select.join(",")}` : "/images";
    case "image":
      return `/images/${route.id}${route.tab && route.tab !== "overview" ? `/${route.tab}` : ""}`;
    case "key":
      return `/keys/${route.fingerprint}`;
    case "activity":
      return route.task === undefined ? "/activity" : `/activity/${route.task}`;
    case "settings":
      return route.section === undefined ? "/settings" : `/settings/${route.section}`;
    default:
      return `/${route.name}`;
  }
}

/** The route of a text; nothing when it names no place. */
export function parseRoute(text: string): Route | undefined {
  const [path = "", query = ""] = text.replace(/^#/, "").split("?");
  const [screen, item, detail] = path.split("/").filter(Boolean);
  switch (screen) {
    case "home":
    case undefined:
      return path === "" ? undefined : { name: "home" };
    case "images":
      return item === undefined ? parseImages(query) : parseImage(item, detail);
    case "keys":
      if (item === undefined) return { name: "keys" };
      return /^[0-9A-F]{32,64}$/.test(item) ? { name: "key", fingerprint: item } : undefined;
    case "activity":
      return item === undefined
        ? { name: "activity" }
        : withNumber(item, (task) => ({ name: "activity", task }));
    case "settings":
      return item === undefined ? { name: "settings" } : { name: "settings", section: item };
    default:
      return undefined;
  }
}

function parseImages(query: string): Route {
  const ids = (new URLSearchParams(query).get("select") ?? "").split(",").filter(Boolean).map(Number);
  return ids.length > 0 && ids.every(Number.isInteger) ? { name: "images", select: ids } : { name: "images" };
}

function parseImage(item: string, detail: string | undefined): Route | undefined {
  const tab = inspectorTabs.find((name) => name === detail);
  return withNumber(item, (id) => (tab === undefined ? { name: "image", id } : { name: "image", id, tab }));
}

function withNumber(text: string, make: (value: number) => Route): Route | undefined {
  return /^\d{1,10}$/.test(text) ? make(Number(text)) : undefined;
}

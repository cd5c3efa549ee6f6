/** Every place of the program as a typed value, and its form as text for restoring and for tests. */

import type { ImageId, RemoteId, TaskId } from "$bindings";

export const inspectorTabs = ["overview", "signatures", "parts", "definition", "environment", "raw"] as const;
export type InspectorTab = (typeof inspectorTabs)[number];

/** A search of a library, with its filters. */
export interface LibraryFind {
  text: string;
  arch?: string;
  signed?: boolean;
}

export type Route =
  | { name: "home" }
  /** `toVerify`: the selection is there to be verified, so that button has the focus. */
  | { name: "images"; select?: ImageId[]; toVerify?: boolean }
  | { name: "image"; id: ImageId; tab?: InspectorTab }
  /** A level of a library: its owners, the collections of one, or the containers of one collection. */
  | { name: "library"; remote?: RemoteId; path?: string; find?: LibraryFind }
  /** `path` is owner, collection and container. */
  | { name: "container"; remote: RemoteId; path: string }
  | { name: "keys" }
  | { name: "key"; fingerprint: string }
  | { name: "activity"; task?: TaskId }
  | { name: "settings"; section?: string };

export const screens = ["home", "images", "library", "keys", "activity", "settings"] as const;
export type Screen = (typeof screens)[number];

/** The sidebar entry that a route belongs to. */
export function screenOf(route: Route): Screen {
  if (route.name === "image") return "images";
  if (route.name === "container") return "library";
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
    case "library":
      return formatPlace(route.remote, route.path) + formatFind(route.find);
    case "container":
      return formatPlace(route.remote, route.path);
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
  const [screen, item, ...rest] = path.split("/").filter(Boolean);
  const [detail] = rest;
  switch (screen) {
    case "home":
    case undefined:
      return path === "" ? undefined : { name: "home" };
    case "images":
      return item === undefined ? parseImages(query) : parseImage(item, detail);
    case "library":
      return withFind(item === undefined ? { name: "library" } : parsePlace(item, rest), query);
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

/** `/library/this-computer/tom/tools`; each piece is written so that it cannot be taken for two. */
function formatPlace(remote: RemoteId | undefined, path = ""): string {
  if (remote === undefined) return "/library";
  const pieces = [remote, ...path.split("/").filter(Boolean)];
  return `/library/${pieces.map((piece) => encodeURIComponent(piece)).join("/")}`;
}

function parsePlace(item: string, rest: readonly string[]): Route | undefined {
  try {
    const [remote = "", ...pieces] = [item, ...rest].map((piece) => decodeURIComponent(piece));
    if (pieces.length > 3 || pieces.some((piece) => piece.includes("/"))) return undefined;
    const path = pieces.join("/");
    if (pieces.length === 3) return { name: "container", remote, path };
    return path === "" ? { name: "library", remote } : { name: "library", remote, path };
  } catch {
    // A stray percent sign is no place.
    return undefined;
  }
}

function formatFind(find: LibraryFind | undefined): string {
  if (find === undefined) return "";
  const query = new URLSearchParams({ find: find.text });
  if (find.arch) query.set("arch", find.arch);
  if (find.signed) query.set("signed", "1");
  return `?${query.toString()}`;
}

function withFind(route: Route | undefined, query: string): Route | undefined {
  const asked = new URLSearchParams(query);
  const text = asked.get("find")?.trim();
  if (route?.name !== "library" || !text) return route;
  const arch = asked.get("arch");
  const find = { text, ...(arch ? { arch } : {}), ...(asked.get("signed") === "1" ? { signed: true } : {}) };
  return { ...route, find };
}

function withNumber(text: string, make: (value: number) => Route): Route | undefined {
  return /^\d{1,10}$/.test(text) ? make(Number(text)) : undefined;
}

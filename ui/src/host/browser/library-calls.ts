/** Looking into libraries and changing them, for the host in a browser. */

import type {
  ApiError,
  ContainerView,
  FoundInLibrary,
  LibraryRow,
  LibrarySearch,
  LibraryView,
  RemoteId,
  TagMoveView,
} from "$bindings";

import { makeApiError } from "../error";
import type { HostCalls } from "../host";
import {
  containerOf,
  imageView,
  type KeptContainer,
  type KeptLibrary,
  libraryOf,
  OWN_ARCH,
  tagsOf,
} from "./library";
import type { Events, World } from "./world";

type LibraryHost = Pick<
  HostCalls,
  "listLibrary" | "searchLibrary" | "getContainer" | "deleteLibraryImages" | "moveTag"
>;

export function libraryCalls(world: World, events: Events): LibraryHost {
  return {
    listLibrary: async (remote, path) => list(world, remote, path),
    searchLibrary: async (search) => searchIn(world, search),
    getContainer: async (remote, path) => show(world, remote, path),
    deleteLibraryImages: async (remote, path, images) => {
      const kept = found(answering(world, remote), path);
      const refused: [string, ApiError][] = [];
      for (const [hash, arch] of images) removeImage(kept, hash, arch);
      const { containers } = libraryOf(world, remote);
      if (kept.images.length === 0) containers.splice(containers.indexOf(kept), 1);
      events.emit("libraryChanged", { remote, path });
      return refused;
    },
    moveTag: async (to) => {
      setTag(found(answering(world, to.remote), to.path), to);
      events.emit("libraryChanged", { remote: to.remote, path: to.path });
      return null;
    },
  };
}

/** The library, if it answers. */
export function answering(world: World, remote: RemoteId): KeptLibrary {
  const kept = libraryOf(world, remote);
  if (kept.failure !== null) throw kept.failure;
  return kept;
}

/** The container, if it is there and may be seen. */
export function found(kept: KeptLibrary, path: string): KeptContainer {
  const container = containerOf(kept, path);
  if (container === undefined) throw makeApiError("not-found-or-private", `there is no \`${path}\` here`);
  return container;
}

/** Lets a tag lead to an image of the container. */
export function setTag(kept: KeptContainer, to: Pick<TagMoveView, "tag" | "arch" | "hash">): void {
  if (!kept.images.some((image) => image.hash === to.hash))
    throw makeApiError("not-found-or-private", "the image is not in the container any more");
  const places = kept.tags.get(to.tag) ?? new Map<string, string>();
  kept.tags.set(to.tag, places.set(to.arch, to.hash));
}

function removeImage(kept: KeptContainer, hash: string, arch: string): void {
  kept.images = kept.images.filter((image) => image.hash !== hash || image.arch !== arch);
  for (const [tag, places] of kept.tags) {
    if (places.get(arch) === hash) places.delete(arch);
    if (places.size === 0) kept.tags.delete(tag);
  }
}

/** What was kept of a library that does not answer, or its failure. */
function shown(world: World, remote: RemoteId): KeptLibrary {
  const kept = libraryOf(world, remote);
  return kept.keptFrom === null ? answering(world, remote) : kept;
}

function list(world: World, remote: RemoteId, path: string): LibraryView {
  const kept = shown(world, remote);
  const depth = path === "" ? 0 : path.split("/").length;
  const below = kept.containers.filter((container) => path === "" || container.path.startsWith(`${path}/`));
  if (depth > 0 && below.length === 0 && !kept.containers.some((one) => one.path.startsWith(path)))
    throw makeApiError("not-found-or-private", `there is no \`${path}\` here`);
  const names = [
    ...new Set(
      below.map((container) =>
        container.path
          .split("/")
          .slice(0, depth + 1)
          .join("/"),
      ),
    ),
  ];
  return {
    remote,
    path,
    rows: names.map((name) => rowOf(kept, name)),
    quota: { used: usedBy(kept), total: kept.quota },
    canPush: kept.canPush,
    keptFrom: kept.keptFrom,
    problem: kept.keptFrom === null ? null : kept.failure,
  };
}

function rowOf(kept: KeptLibrary, path: string): LibraryRow {
  const pieces = path.split("/");
  const kind = (["entity", "collection", "container"] as const)[pieces.length - 1] ?? "container";
  const below = kept.containers.filter((one) => one.path === path || one.path.startsWith(`${path}/`));
  const images = below.flatMap((container) => container.images);
  const next = new Set(
    below.map((one) =>
      one.path
        .split("/")
        .slice(0, pieces.length + 1)
        .join("/"),
    ),
  );
  return {
    kind,
    name: pieces.at(-1) ?? "",
    path,
    description: kind === "container" ? (below[0]?.description ?? "") : "",
    isPrivate: below.length > 0 && below.every((container) => container.isPrivate),
    items: kind === "container" ? images.length : next.size,
    size: images.reduce((sum, image) => sum + image.size, 0),
    changed: images.reduce((last, image) => Math.max(last, image.created), 0),
    architectures: [...new Set(images.map((image) => image.arch))].sort(),
  };
}

export function usedBy(kept: KeptLibrary): number {
  const images = kept.containers.flatMap((container) => container.images);
  return images.reduce((sum, image) => sum + image.size, 0);
}

function searchIn(world: World, search: LibrarySearch): FoundInLibrary {
  const kept = answering(world, search.remote);
  const word = search.text.trim().toLowerCase();
  if (word.length < 3) throw makeApiError("input-invalid", "a search needs three letters");
  const containers = kept.containers.filter((one) => one.path.toLowerCase().includes(word));
  const paths = new Set(
    kept.containers.flatMap((one) => [1, 2, 3].map((n) => one.path.split("/").slice(0, n).join("/"))),
  );
  const fits = (path: string): boolean => (path.split("/").at(-1) ?? "").toLowerCase().includes(word);
  const images = containers.flatMap((container) =>
    container.images
      .filter((image) => search.arch === null || image.arch === search.arch)
      .filter((image) => !search.onlySigned || image.signed)
      .map((image) => imageView(world, kept, container, image)),
  );
  return { rows: [...paths].filter(fits).map((path) => rowOf(kept, path)), images };
}

function show(world: World, remote: RemoteId, path: string): ContainerView {
  const kept = shown(world, remote);
  const container = found(kept, path);
  const view = (image: KeptContainer["images"][number]): ContainerView["untagged"][number] =>
    imageView(world, kept, container, image);
  const arches = new Set([OWN_ARCH, ...container.images.map((image) => image.arch)]);
  const newest = [...container.images].sort((a, b) => b.created - a.created);
  const tags = [...container.tags.keys()].sort(
    (a, b) => Number(b === "latest") - Number(a === "latest") || b.localeCompare(a, "en", { numeric: true }),
  );
  return {
    remote,
    path,
    name: path.split("/").at(-1) ?? "",
    description: container.description,
    isPrivate: container.isPrivate,
    isReadOnly: container.isReadOnly,
    canChange: kept.canPush && !container.isReadOnly && kept.keptFrom === null,
    downloads: 214,
    architectures: [...arches],
    ownArchitecture: OWN_ARCH,
    tags: tags.map((tag) => ({
      tag,
      images: [...(container.tags.get(tag)?.values() ?? [])].flatMap((hash) =>
        container.images.filter((image) => image.hash === hash).map(view),
      ),
    })),
    untagged: newest.filter((image) => tagsOf(container, image).length === 0).map(view),
    keptFrom: kept.keptFrom,
    problem: kept.keptFrom === null ? null : kept.failure,
  };
}

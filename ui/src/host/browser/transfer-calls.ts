/** Pulling and pushing for the host in a browser: what a plan says is what is done when its task ends. */

import type {
  ApiError,
  PullItem,
  PullPlanItem,
  PullPlanView,
  PullRequest,
  PushPlaces,
  PushPlanItem,
  PushPlanView,
  PushRequest,
  ResolvedView,
  TagMoveView,
} from "$bindings";

import { mayWait } from "$shared/fixes";

import { asApiError, makeApiError } from "../error";
import type { HostCalls } from "../host";
import { addImage, find, settle } from "./image-calls";
import {
  containerOf,
  hashOf,
  type KeptContainer,
  type KeptImage,
  type KeptLibrary,
  libraryOf,
  OWN_ARCH,
} from "./library";
import { answering, found, setTag, usedBy } from "./library-calls";
import { readReference } from "./references";
import { moveTask, restTask, startTask } from "./tasks";
import { type Events, nextId, now, type World } from "./world";

type TransferHost = Pick<
  HostCalls,
  | "readReference"
  | "resolveReference"
  | "targetFolder"
  | "pickTargetFolder"
  | "planPull"
  | "runPull"
  | "pushPlaces"
  | "planPush"
  | "runPush"
  | "pullWhenOnline"
  | "planPushWhenOnline"
  | "pushWhenOnline"
  | "pushReviewed"
  | "takeLinks"
  | "removePartial"
  | "hurryTask"
>;

export function transferCalls(world: World, events: Events): TransferHost {
  return {
    readReference: async (text, remote) => readReference(world, text, remote),
    resolveReference: async (item) => resolve(world, item),
    targetFolder: async () => world.library.folder,
    pickTargetFolder: async () => {
      const picked = world.library.nextFolder;
      if (picked !== null) world.library.folder = picked;
      return picked;
    },
    planPull: async (request) => {
      const view = planPull(world, request);
      world.library.pullPlans.set(view.plan, { view, request });
      return view;
    },
    runPull: async (id) => {
      const { view, request } = take(world.library.pullPlans, id);
      const open = view.items.filter((item) => item.problem === null);
      const [first] = open;
      const subject = open.length === 1 && first ? shortName(first) : `${open.length} images`;
      return startTask(world, events, "pull", subject, [], () => finishPull(world, events, open, request));
    },
    pushPlaces: async (remote) => pushPlaces(world, remote),
    planPush: async (request) => {
      const view = planPush(world, request);
      world.library.pushPlans.set(view.plan, { view, request });
      return view;
    },
    runPush: async (id, sign, unsignedToo) => {
      const { view, request } = take(world.library.pushPlans, id);
      const open = view.items.filter((item) => item.gate.kind !== "blocked");
      if (sign === null && !unsignedToo && open.some((item) => item.gate.kind === "unsigned"))
        throw makeApiError("input-invalid", "it is not decided what happens with unsigned images");
      const [first] = open;
      const subject = open.length === 1 && first ? first.name : `${open.length} images`;
      const ids = open.map((item) => item.image);
      const task = startTask(world, events, "push", subject, ids, () =>
        finishPush(world, events, open, request),
      );
      if (
        sign !== null &&
        !world.keys.some((key) => key.row.fingerprint === sign.fingerprint && key.row.unlocked)
      ) {
        const need = { kind: "passphrase" as const, fingerprint: sign.fingerprint, wrong: false };
        moveTask(world, events, task, { kind: "needsInput", need });
        setTimeout(() => events.emit("taskEvent", { kind: "needsInput", id: task, need }), 20);
      }
      return task;
    },
    pullWhenOnline: async (id) => {
      const { view, request } = take(world.library.pullPlans, id);
      return view.items
        .filter((item) => item.problem !== null && mayWait(item.problem.code))
        .map((item) =>
          restTask(world, events, "pull", item.name, {
            why: item.problem,
            effect: () => finishPull(world, events, [{ ...item, problem: null }], request),
          }),
        );
    },
    planPushWhenOnline: async (request) => {
      const view = unasked(planPush(world, request, false));
      world.library.pushPlans.set(view.plan, { view, request });
      return view;
    },
    pushWhenOnline: async (id) => {
      const { view, request } = take(world.library.pushPlans, id);
      const images = view.items.map((item) => item.image);
      return restTask(world, events, "push", view.items[0]?.name ?? "", {
        images,
        effect: () => finishPush(world, events, planPush(world, request).items, request),
      });
    },
    pushReviewed: async (task, id) => {
      take(world.library.pushPlans, id);
      moveTask(world, events, task, { kind: "running" });
      return null;
    },
    takeLinks: async () => world.library.links.splice(0),
    removePartial: async () => null,
    hurryTask: async (id) => {
      const task = world.tasks.find((other) => other.id === id);
      if (task === undefined) throw makeApiError("handle-unknown", "the task is not in the list any more");
      moveTask(world, events, id, { kind: "running" });
      return null;
    },
  };
}

function take<T>(plans: Map<string, T>, id: string): T {
  const plan = plans.get(id);
  if (plan === undefined) throw makeApiError("plan-outdated", "the plan was run already");
  plans.delete(id);
  return plan;
}

const shortName = (item: PullPlanItem): string => {
  const reference = item.resolved?.reference;
  return reference ? `${reference.container}:${reference.tag ?? reference.hash ?? ""}` : item.name;
};

function resolve(world: World, item: PullItem): ResolvedView {
  const reference = readReference(world, item.reference, item.remote);
  if (reference === null)
    throw makeApiError("reference-invalid", `\`${item.reference}\` is no reference to an image`);
  if (reference.problem !== null) throw reference.problem;
  const arch = item.arch ?? OWN_ARCH;
  if (reference.transport !== "library")
    return {
      reference,
      arch,
      architectures: [arch],
      size: 640_000_000,
      created: null,
      hash: hashOf(reference.reference).replace(".", ":"),
      claimsSigned: false,
    };
  if (reference.remote === null)
    throw makeApiError("host-unknown", `no server is called \`${reference.server}\``, { retryable: true });
  const kept = answering(world, reference.remote);
  const path = [reference.entity, reference.collection, reference.container].join("/");
  const container = found(kept, path);
  const places = reference.tag === null ? undefined : container.tags.get(reference.tag);
  const images = container.images.filter((one) =>
    reference.hash === null ? places?.get(one.arch) === one.hash : one.hash === reference.hash,
  );
  if (images.length === 0)
    throw makeApiError("not-found-or-private", `\`${path}\` has no tag \`${reference.tag ?? ""}\``);
  const architectures = images.map((one) => one.arch);
  const chosen = images.find((one) => one.arch === arch);
  const { size = null, created = null, hash = null, signed = false } = chosen ?? {};
  return { reference, arch: chosen?.arch ?? null, architectures, size, created, hash, claimsSigned: signed };
}

function planPull(world: World, request: PullRequest): PullPlanView {
  const { folder, inFolder } = world.library;
  const items = request.items.map((item): PullPlanItem => {
    const reading = readReference(world, item.reference, item.remote);
    const name = item.name ?? reading?.suggestedName ?? "";
    const exists = inFolder.includes(name) || world.images.some((image) => image.row.name === name);
    const shown = exists && request.ifExists === "keepBoth" ? name.replace(/(\.sif)?$/u, " (2)$1") : name;
    try {
      const resolved = resolve(world, item);
      if (resolved.arch === null)
        throw makeApiError("arch-missing", `there is no image for \`${item.arch ?? OWN_ARCH}\``);
      return { resolved, name: shown, exists, partial: null, problem: null };
    } catch (thrown) {
      return { resolved: null, name: shown, exists, partial: null, problem: asApiError(thrown) };
    }
  });
  const total = items.reduce((sum, item) => sum + (item.problem ? 0 : (item.resolved?.size ?? 0)), 0);
  const fits = folder.free === null || total <= folder.free;
  return { plan: `pull-${nextId(world)}`, items, folder, total, fits };
}

function finishPull(
  world: World,
  events: Events,
  items: readonly PullPlanItem[],
  request: PullRequest,
): World["tasks"][number]["state"] {
  const done = items.map((item) => {
    const id = addImage(world, item.name, () => undefined);
    const image = find(world, id);
    image.row = { ...image.row, source: item.resolved?.reference.reference ?? null };
    if (request.verify) settle(image, world);
    return {
      reference: item.resolved?.reference.reference ?? "",
      name: item.name,
      image: id,
      badge: request.verify ? image.row.badge : null,
      error: null,
    };
  });
  events.emit("imagesChanged", { ids: done.map((item) => item.image) });
  return { kind: "done", outcome: { kind: "pulled", items: done } };
}

/** What a signature adds, in bytes. */
const SIGNATURE = 2048;

function pushPlaces(world: World, remote: string): PushPlaces {
  const paths = answering(world, remote).containers.map((one) => one.path.split("/").slice(0, 2).join("/"));
  const collections = [...new Set(paths)];
  return { collections, proposed: collections[0] ?? "tom/images" };
}

/** What is known of a push without its server. */
function unasked(view: PushPlanView): PushPlanView {
  const items = view.items.map((item) => ({
    ...item,
    tags: [],
    tagsIfSigned: item.tagsIfSigned && [],
    containerIsNew: false,
    isThere: false,
  }));
  return { ...view, items, quota: null, makes: [] };
}

function planPush(world: World, request: PushRequest, asks = true): PushPlanView {
  const target = request.target;
  const kept = asks && target.kind === "library" ? answering(world, target.remote) : undefined;
  const place = target.kind === "library" ? target.collection : target.repository;
  if (!/^[a-z0-9][\w.-]*(\/[\w.-]+)+$/u.test(place))
    throw makeApiError("name-not-allowed", `\`${place}\` is no owner and collection`);
  const items = request.items.map((item) => planItem(world, kept, place, item));
  const upload = items.reduce((sum, item) => sum + (item.isSent ? item.view.size : 0), 0);
  const quota = kept ? { used: usedBy(kept), total: kept.quota } : null;
  const isNew = kept !== undefined && !kept.containers.some((one) => one.path.startsWith(`${place}/`));
  const unsigned = items.filter((item) => item.view.gate.kind === "unsigned");
  const moreIfSigned = unsigned.reduce(
    (sum, item) => sum + SIGNATURE + (item.isSent ? 0 : item.view.size),
    0,
  );
  const room = (bytes: number): boolean => quota?.total == null || quota.used + bytes <= quota.total;
  return {
    plan: `push-${nextId(world)}`,
    items: items.map((item) => item.view),
    upload,
    quota,
    fits: room(upload),
    ifSigned:
      unsigned.length > 0 ? { upload: upload + moreIfSigned, fits: room(upload + moreIfSigned) } : null,
    makes: isNew ? [place] : [],
  };
}

function planItem(
  world: World,
  kept: KeptLibrary | undefined,
  place: string,
  item: PushRequest["items"][number],
): { view: PushPlanItem; isSent: boolean } {
  const image = find(world, item.image);
  const container = item.container ?? image.row.name.replace(/(_[^_]*)?\.sif$/u, "").toLowerCase();
  const there = kept && containerOf(kept, `${place}/${container}`);
  const hash = hashOf(image.row.name);
  const arch = image.row.arch ?? OWN_ARCH;
  const isThere = there?.images.some((one) => one.hash === hash) ?? false;
  const tags = (item.tags.length > 0 ? item.tags : ["latest"]).map((tag) => {
    const old = there?.images.find((one) => one.hash === there.tags.get(tag)?.get(arch));
    const effect =
      old === undefined ? ("new" as const) : old.hash === hash ? ("stays" as const) : ("moves" as const);
    return { tag, effect, oldHash: old?.hash ?? null, oldDate: old?.created ?? null };
  });
  const blocked = blockedBy(image.row.badge, image.refused, kept, there);
  const view: PushPlanItem = {
    image: item.image,
    name: image.row.name,
    container,
    containerIsNew: there === undefined,
    arch,
    size: image.row.size ?? 0,
    hash,
    isThere,
    tags,
    tagsIfSigned:
      blocked === null && image.row.badge === "notSigned"
        ? tags.map((tag) => (tag.effect === "stays" ? { ...tag, effect: "moves" as const } : tag))
        : null,
    leavesSignatures: false,
    badge: image.row.badge,
    gate:
      blocked !== null
        ? { kind: "blocked", error: blocked }
        : image.row.badge === "notSigned"
          ? { kind: "unsigned" }
          : { kind: "open" },
  };
  return { view, isSent: blocked === null && !isThere };
}

function blockedBy(
  badge: string,
  refused: ApiError | null,
  kept: KeptLibrary | undefined,
  there: KeptContainer | undefined,
): ApiError | null {
  if (refused !== null) return refused;
  if (badge === "tampered") return makeApiError("image-tampered", "the image is not what was signed");
  if (there?.isReadOnly) return makeApiError("library-read-only", `\`${there.path}\` takes no images`);
  if (kept && !kept.canPush)
    return makeApiError("forbidden", "you may read this library but not write to it");
  return null;
}

function finishPush(
  world: World,
  events: Events,
  items: readonly PushPlanItem[],
  request: PushRequest,
): World["tasks"][number]["state"] {
  const target = request.target;
  const done = items.map((item) => {
    const [tag] = item.tags;
    if (target.kind === "registry") {
      const reference = `oras://${target.repository}/${item.container}:${tag?.tag ?? "latest"}`;
      return { image: item.image, name: item.name, reference, container: null, undo: [], error: null };
    }
    const kept = libraryOf(world, target.remote);
    const path = `${target.collection}/${item.container}`;
    const undo = putImage(kept, path, item, target.remote);
    events.emit("libraryChanged", { remote: target.remote, path });
    return {
      image: item.image,
      name: item.name,
      reference: `library://${kept.server}/${path}:${tag?.tag ?? "latest"}`,
      container: { remote: target.remote, path },
      undo,
      error: null,
    };
  });
  return { kind: "done", outcome: { kind: "pushed", items: done } };
}

/** Puts an image into a container that may be new; what takes the moves of its tags back. */
function putImage(kept: KeptLibrary, path: string, item: PushPlanItem, remote: string): TagMoveView[] {
  const arch = item.arch ?? OWN_ARCH;
  const image: KeptImage = {
    hash: item.hash ?? "",
    arch,
    size: item.size,
    created: now(),
    signed: item.badge !== "notSigned",
  };
  let container = containerOf(kept, path);
  if (container === undefined) {
    container = { path, description: "", isPrivate: false, isReadOnly: false, images: [], tags: new Map() };
    kept.containers.push(container);
  }
  if (!item.isThere) container.images.unshift(image);
  for (const { tag } of item.tags) setTag(container, { tag, arch, hash: image.hash });
  return item.tags.flatMap(({ tag, effect, oldHash }) =>
    effect === "moves" && oldHash !== null ? [{ remote, path, tag, arch, hash: oldHash }] : [],
  );
}

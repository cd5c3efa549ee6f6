/** Files, images, verifying and signing for the host in a browser. */

import type { ApiError, ImageId, ImageRow, ImageView, PeekView, SignPlanItem, SignRequest } from "$bindings";

import { makeApiError } from "../error";
import type { HostCalls } from "../host";
import { makeImage } from "./images";
import { judge } from "./judge";
import { PROPOSED_SIGNER } from "./start";
import { startTask } from "./tasks";
import { type Events, nextId, now, type StoredImage, type World } from "./world";

type ImageHost = Pick<
  HostCalls,
  | "openSampleImage"
  | "takeOpened"
  | "offerText"
  | "pickImages"
  | "pickKeys"
  | "pickFolder"
  | "takeImages"
  | "addFolders"
  | "listFolders"
  | "removeFolder"
  | "rereadFolder"
  | "listImages"
  | "recentImages"
  | "forgetImages"
  | "trashImages"
  | "locateImage"
  | "revealImage"
  | "copyText"
  | "copyDetails"
  | "inspectImage"
  | "peekPart"
  | "readDefinition"
  | "readLabels"
  | "readEnvironment"
  | "rawHeader"
  | "rawDescriptor"
  | "siftoolList"
  | "exportPart"
  | "verifyImages"
  | "getVerdict"
  | "planSigning"
  | "runSigning"
  | "suggestSigner"
>;

export function imageCalls(world: World, events: Events): ImageHost {
  const changed = (ids: ImageId[]): void => events.emit("imagesChanged", { ids });
  return {
    openSampleImage: async () => {
      const known = world.images.find((image) => image.row.name === "sample.sif");
      return known?.row.id ?? addImage(world, "sample.sif", changed);
    },
    takeOpened: async () => world.opened.splice(0),
    offerText: async (text) => offerText(world, text),
    pickImages: async () => world.picks.images,
    pickKeys: async () => world.picks.keys,
    pickFolder: async () => world.picks.folder,
    takeImages: async (files) => takeImages(world, files, changed),
    addFolders: async () => world.folders,
    listFolders: async () => [...world.folders],
    removeFolder: async (id) => {
      world.folders = world.folders.filter((folder) => folder.id !== id);
      events.emit("foldersChanged", null);
      return null;
    },
    rereadFolder: async () =>
      startTask(world, events, "readFolder", "Containers", [], () => ({
        kind: "done",
        outcome: { kind: "folderRead", images: world.images.length },
      })),
    listImages: async () => world.images.map((image) => image.row),
    recentImages: async (limit) => recent(world).slice(0, limit),
    forgetImages: async (ids) => {
      world.images = world.images.filter((image) => !ids.includes(image.row.id));
      changed(ids);
      return null;
    },
    trashImages: async (ids) => {
      world.images = world.images.filter((image) => !ids.includes(image.row.id));
      changed(ids);
      return ids.map((id): [ImageId, ApiError | null] => [id, null]);
    },
    locateImage: async (id) => {
      const image = find(world, id);
      image.row = { ...image.row, state: { kind: "ready" } };
      changed([id]);
      return image.row;
    },
    revealImage: async () => null,
    copyText: async (text) => {
      world.copied.push(text);
      return null;
    },
    copyDetails: async (text) => {
      world.copied.push(text);
      return null;
    },
    inspectImage: async (id) => inspect(find(world, id)),
    peekPart: async (id, part, offset, asHex) => peek(find(world, id), part, offset, asHex),
    readDefinition: async (id) => ({
      kind: "text",
      text: find(world, id).definition ?? "",
      truncated: false,
    }),
    readLabels: async () => [
      { name: "org.label-schema.build-date", value: "Friday_2_May_2025_9:31:4_UTC" },
      { name: "org.label-schema.schema-version", value: "1.0" },
      { name: "Maintainer", value: "Tom Weber" },
    ],
    readEnvironment: async () => [{ name: "PATH", value: "/opt/samtools/bin:/usr/bin:/bin" }],
    rawHeader: async () => hexRows("#!/usr/bin/env run-singularity\nSIF_MAGIC\u000001\u0000", 8),
    rawDescriptor: async (_id, part) => hexRows(`descriptor ${part} of the table, as it lies in the file`, 8),
    siftoolList: async (id) => siftoolList(find(world, id)),
    exportPart: async (id, part) =>
      startTask(world, events, "export", `part ${part} of ${find(world, id).row.name}`, [id], () => ({
        kind: "done",
        outcome: { kind: "exported", name: `part-${part}.bin`, size: 412 },
      })),
    ...signatureCalls(world, events, changed),
  };
}

function signatureCalls(
  world: World,
  events: Events,
  changed: (ids: ImageId[]) => void,
): Pick<HostCalls, "verifyImages" | "getVerdict" | "planSigning" | "runSigning" | "suggestSigner"> {
  return {
    verifyImages: async (ids) => {
      const images = ids.map((id) => find(world, id));
      return startTask(world, events, "verify", subjectOf(images), ids, () => {
        const items = images.map((image) => {
          settle(image, world);
          return { image: image.row.id, name: image.row.name, badge: image.row.badge, error: null };
        });
        changed(ids);
        return { kind: "done", outcome: { kind: "verified", items } };
      });
    },
    getVerdict: async (id) => find(world, id).verdict,
    planSigning: async (request) => {
      const key = world.keys.find((candidate) => candidate.row.fingerprint === request.fingerprint);
      if (key === undefined) throw makeApiError("key-missing", "the key is not on this computer");
      const view = {
        plan: `sign-${nextId(world)}`,
        fingerprint: key.row.fingerprint,
        signer: `${key.row.name ?? ""} <${key.row.mail ?? ""}>`,
        items: request.images.map((id) => planItem(find(world, id), request)),
        needsPassphrase: !key.row.unlocked,
      };
      world.signPlans.set(view.plan, view);
      return view;
    },
    runSigning: async (id, passphrase) => {
      const plan = world.signPlans.get(id);
      if (plan === undefined) throw makeApiError("plan-outdated", "the plan was run already");
      const key = world.keys.find((candidate) => candidate.row.fingerprint === plan.fingerprint);
      if (plan.needsPassphrase && passphrase !== key?.passphrase) {
        throw makeApiError("wrong-passphrase", "the passphrase does not open the key", { retryable: true });
      }
      world.signPlans.delete(id);
      const wanted = plan.items.filter((item) => item.blocked === null);
      const ids = wanted.map((item) => item.image);
      const images = ids.map((image) => find(world, image));
      return startTask(world, events, "sign", subjectOf(images), ids, () => {
        for (const image of images) addSignature(image, plan.fingerprint);
        changed(ids);
        const items = wanted.map(({ image, name, signatures }) => ({ image, name, signatures, error: null }));
        return { kind: "done", outcome: { kind: "signed", items } };
      });
    },
    suggestSigner: async () =>
      world.keys.some((key) => key.row.fingerprint === PROPOSED_SIGNER) ? PROPOSED_SIGNER : null,
  };
}

export function find(world: World, id: ImageId): StoredImage {
  const image = world.images.find((candidate) => candidate.row.id === id);
  if (image === undefined) throw makeApiError("handle-unknown", "the image is not in the list any more");
  return image;
}

/** Puts a new, unsigned image into the list. */
export function addImage(world: World, name: string, changed: (ids: ImageId[]) => void): ImageId {
  const id = nextId(world);
  world.images = [...world.images, makeImage(id, { name, openedDaysAgo: 0 })];
  changed([id]);
  return id;
}

/** Lists the offered images; the page hears of new ones after the answer, as in the window. */
function takeImages(world: World, files: string, changed: (ids: ImageId[]) => void): ImageId[] {
  const ids = (world.offered.get(files)?.images ?? []).map(
    (name) =>
      world.images.find((image) => image.row.name === name)?.row.id ?? addImage(world, name, () => undefined),
  );
  setTimeout(() => changed(ids), 50);
  return ids;
}

function recent(world: World): ImageRow[] {
  return world.images
    .map((image) => image.row)
    .filter((row) => row.lastOpened !== null)
    .sort((a, b) => (b.lastOpened ?? 0) - (a.lastOpened ?? 0));
}

function offerText(world: World, text: string): ReturnType<HostCalls["offerText"]> {
  const name = text.trim().split("/").at(-1) ?? "";
  const image = world.images.find((candidate) => candidate.row.name === name);
  if (image === undefined) return Promise.resolve(null);
  const files = `files-${nextId(world)}`;
  world.offered.set(files, { images: [image.row.name], keys: [] });
  const none = { keys: 0, definitions: 0, folders: 0, others: 0, seemsToBe: null };
  return Promise.resolve({ files, images: 1, names: [name], ...none });
}

/** Judges an image anew. */
export function settle(image: StoredImage, world: World): void {
  const verdict = judge(image, world.keys);
  image.verdict = verdict;
  const signer = verdict.signatures.find((signature) => signature.id === verdict.decisive)?.signer ?? null;
  image.row = { ...image.row, badge: verdict.badge, checkedAt: verdict.checkedAt, signer };
}

function addSignature(image: StoredImage, fingerprint: string): void {
  const last = image.parts.at(-1);
  const id = Math.max(0, ...image.parts.map((part) => part.id)) + 1;
  const covers = image.parts
    .filter((part) => part.kind !== "signature" && part.group !== null)
    .map((part) => part.id);
  image.signatures.push({ id, fingerprint, covers, signedAt: now() });
  if (last !== undefined) {
    const offset = last.offset + Math.ceil(last.size / 4096) * 4096;
    image.parts = [
      ...image.parts,
      {
        ...last,
        id,
        kind: "signature",
        technical: "Signature (SHA-256)",
        name: "",
        group: null,
        offset,
        size: 2_048,
        link: { kind: "group", id: 1 },
        fileSystem: null,
        partitionType: null,
        arch: null,
        primary: false,
        fingerprint,
      },
    ];
  }
  // Another file now: who signed it is found by verifying it.
  image.verdict = null;
  image.row = { ...image.row, badge: "notChecked", checkedAt: null, signer: null };
}

function subjectOf(images: StoredImage[]): string {
  const [first] = images;
  return images.length === 1 && first !== undefined ? first.row.name : `${images.length} images`;
}

function inspect(image: StoredImage): ImageView {
  if (image.row.state.kind === "missing") {
    throw makeApiError("file-missing", `\`${image.row.name}\` is not in its folder any more`);
  }
  if (image.refused !== null && image.parts.length === 0) throw image.refused;
  image.row = { ...image.row, lastOpened: now() };
  const { row, format, encrypted, parts, findings, refused, verdict, verifyAutomatically } = image;
  const partOf = (kind: string): number | null => parts.find((part) => part.kind === kind)?.id ?? null;
  const end = parts.reduce((sum, part) => Math.max(sum, part.offset + part.size), 0);
  return {
    row,
    format,
    encrypted,
    parts,
    findings,
    refused,
    verdict,
    verifyAutomatically,
    header: {
      launchScript: "#!/usr/bin/env run-singularity",
      version: "01",
      arch: row.arch,
      imageUuid: "f2c34b8a-6f1d-4a57-9c0e-7d5be0a1c966",
      created: row.created,
      modified: row.modified,
      descriptorsTotal: 48,
      descriptorsUsed: parts.length,
      dataOffset: 32_768,
      dataSize: end - 32_768,
      deterministic: false,
    },
    map: mapOf(image),
    definition: partOf("definition"),
    labels: partOf("labels"),
    environment: partOf("environment"),
  };
}

function mapOf(image: StoredImage): ImageView["map"] {
  const segments: ImageView["map"] = [
    { kind: "header", part: null, offset: 0, size: 4_096 },
    { kind: "table", part: null, offset: 4_096, size: 28_672 },
  ];
  let end = 32_768;
  for (const part of image.parts) {
    if (part.offset > end) segments.push({ kind: "gap", part: null, offset: end, size: part.offset - end });
    segments.push({ kind: "part", part: part.id, offset: part.offset, size: part.size });
    end = part.offset + part.size;
  }
  return segments;
}

function peek(image: StoredImage, id: number, offset: number, asHex: boolean): PeekView {
  const part = image.parts.find((candidate) => candidate.id === id);
  if (part === undefined) throw makeApiError("part-missing", `there is no part ${id}`);
  if (asHex || part.kind === "fileSystem") {
    return {
      kind: "hex",
      offset,
      rows: hexRows("hsqs and what follows it, sixteen bytes a row. ", 32),
      total: part.size,
    };
  }
  if (part.kind === "json" || part.kind === "labels") {
    return {
      kind: "json",
      text: '{\n  "Maintainer": "Tom Weber",\n  "Version": "1.19"\n}',
      truncated: false,
    };
  }
  return { kind: "text", text: image.definition ?? "", truncated: false };
}

function hexRows(text: string, count: number): { hex: string; text: string }[] {
  return Array.from({ length: count }, (_, row) => {
    const codes = Array.from({ length: 16 }, (_, index) => text.charCodeAt((row * 16 + index) % text.length));
    return {
      hex: codes.map((code) => code.toString(16).padStart(2, "0")).join(" "),
      text: codes.map((code) => (code >= 32 && code < 127 ? String.fromCharCode(code) : ".")).join(""),
    };
  });
}

function siftoolList(image: StoredImage): string {
  const rows = image.parts.map((part) =>
    [
      part.id,
      part.group ?? "NONE",
      part.link?.id ?? "NONE",
      `${part.offset}-${part.offset + part.size}`,
      part.technical,
    ].join(" | "),
  );
  return ["ID | GROUP | LINK | SIF POSITION (start-end) | TYPE", ...rows].join("\n");
}

function planItem(image: StoredImage, request: SignRequest): SignPlanItem {
  const tampered = image.row.badge === "tampered";
  const refused = image.refused;
  const ungrouped = image.parts.some((part) => part.group === null && part.kind !== "signature");
  const others = image.signatures.some((signature) => signature.fingerprint !== request.fingerprint);
  return {
    image: image.row.id,
    name: image.row.name,
    signatures: 1,
    parts: image.parts.filter((part) => part.kind !== "signature").length,
    addsBytes: 2_048,
    copyName: request.copy ? image.row.name.replace(/\.sif$/u, "-signed.sif") : null,
    alreadySigned: image.signatures.some((signature) => signature.fingerprint === request.fingerprint),
    warnings: [
      ...(ungrouped ? (["ungroupedParts"] as const) : []),
      ...(others ? (["othersSigned"] as const) : []),
    ],
    blocked: tampered
      ? makeApiError("image-tampered", `\`${image.row.name}\` is not what was signed`)
      : refused,
  };
}

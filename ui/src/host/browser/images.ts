/** Images of every badge and of every refused state for the host in a browser. */

import type { ApiError, ImageRow, PartKind, PartView } from "$bindings";

import { makeApiError } from "../error";
import { ANNA, LI, MARA, OTTO, STRANGER, TOM } from "./keys";
import { DAY, now, type Scenario, type StoredImage, type StoredSignature } from "./world";

const FOLDER = "/home/tom/Containers";

const DEFINITION = `Bootstrap: docker
From: debian:12-slim

%labels
    Maintainer Tom Weber
    Version 1.19

%environment
    export PATH=/opt/samtools/bin:$PATH

%post
    apt-get update
    apt-get install -y --no-install-recommends samtools
    rm -rf /var/lib/apt/lists/*

%runscript
    exec samtools "$@"
`;

const TECHNICAL: Partial<Record<PartKind, string>> = {
  definition: "Def.FILE",
  json: "JSON.Generic",
  labels: "Labels",
  environment: "Env.Vars",
  fileSystem: "FS (Squashfs/*System/amd64)",
  signature: "Signature (SHA-256)",
  generic: "Generic/Raw",
};

interface PartWish {
  kind: PartKind;
  name: string;
  size: number;
  group?: number | null;
}

const PLAIN_PARTS: PartWish[] = [
  { kind: "definition", name: "Definition", size: 412 },
  { kind: "json", name: "oci-config", size: 1_920 },
  { kind: "labels", name: "Labels", size: 340 },
  { kind: "fileSystem", name: "Root file system", size: 1_104_007_168 },
];

function makeParts(wishes: PartWish[], signatures: StoredSignature[]): PartView[] {
  let offset = 32_768;
  const parts = wishes.map((wish, index) => {
    const part = makePart(index + 1, wish, offset);
    offset += Math.ceil(wish.size / 4096) * 4096;
    return part;
  });
  for (const signature of signatures) {
    const part = makePart(signature.id, { kind: "signature", name: "", size: 2_048, group: null }, offset);
    part.link = { kind: "group", id: 1 };
    part.fingerprint = signature.fingerprint;
    parts.push(part);
    offset += 4096;
  }
  return parts;
}

function makePart(id: number, wish: PartWish, offset: number): PartView {
  const system = wish.kind === "fileSystem";
  return {
    id,
    kind: wish.kind,
    technical: TECHNICAL[wish.kind] ?? "Unknown",
    name: wish.name,
    group: wish.group === undefined ? 1 : wish.group,
    link: null,
    offset,
    size: wish.size,
    created: now() - 200 * DAY,
    modified: now() - 200 * DAY,
    uid: 1000,
    gid: 1000,
    fileSystem: system ? "Squashfs" : null,
    partitionType: system ? "*System" : null,
    arch: system ? "amd64" : null,
    primary: system,
    fingerprint: null,
    problem: null,
  };
}

interface Wish {
  name: string;
  parts?: PartWish[];
  signatures?: Omit<StoredSignature, "signedAt">[];
  signedDaysAgo?: number;
  refused?: ApiError;
  missing?: boolean;
  cannotCheck?: boolean;
  encrypted?: boolean;
  checked?: boolean;
  openedDaysAgo?: number;
  size?: number;
}

/** An image; its verdict is filled in when it is verified. */
export function makeImage(id: number, wish: Wish): StoredImage {
  const signedAt = now() - (wish.signedDaysAgo ?? 100) * DAY;
  const signatures = (wish.signatures ?? []).map((signature) => ({ ...signature, signedAt }));
  const unreadable = wish.refused !== undefined && wish.refused.code !== "sif-unsupported";
  const parts = unreadable ? [] : makeParts(wish.parts ?? PLAIN_PARTS, signatures);
  const size = wish.size ?? parts.reduce((sum, part) => Math.max(sum, part.offset + part.size), 0);
  const row: ImageRow = {
    id,
    name: wish.name,
    folder: FOLDER,
    state:
      wish.refused !== undefined
        ? { kind: "refused", error: wish.refused }
        : wish.missing === true
          ? { kind: "missing" }
          : { kind: "ready" },
    badge: wish.refused === undefined ? "notChecked" : "cantCheck",
    signer: null,
    arch: unreadable ? null : "amd64",
    size,
    created: unreadable ? null : now() - 200 * DAY,
    modified: now() - 100 * DAY,
    source: null,
    lastOpened: wish.openedDaysAgo === undefined ? null : now() - wish.openedDaysAgo * DAY,
    checkedAt: null,
  };
  return {
    row,
    format: "sif",
    encrypted: wish.encrypted ?? false,
    parts,
    signatures,
    findings: [],
    refused: wish.refused ?? null,
    verdict: null,
    verifyAutomatically: wish.checked ?? true,
    definition: unreadable ? null : DEFINITION,
  };
}

const ALL = [1, 2, 3, 4];

/** The wishes of the full scenario, in the order of the list. */
const IMAGE_WISHES: Wish[] = [
  {
    name: "samtools_1.19.sif",
    openedDaysAgo: 0,
    signatures: [
      { id: 5, fingerprint: ANNA, covers: ALL },
      { id: 6, fingerprint: STRANGER, covers: ALL },
    ],
  },
  { name: "r-env.sif", openedDaysAgo: 1, signatures: [{ id: 5, fingerprint: STRANGER, covers: ALL }] },
  { name: "gatk_4.5.sif", openedDaysAgo: 2, signatures: [{ id: 5, fingerprint: LI, covers: ALL }] },
  { name: "blast_2.15.sif", signatures: [{ id: 5, fingerprint: OTTO, covers: ALL }] },
  { name: "star_2.7.sif", signedDaysAgo: 10, signatures: [{ id: 5, fingerprint: MARA, covers: ALL }] },
  {
    name: "bwa_0.7.sif",
    parts: [...PLAIN_PARTS, { kind: "generic", name: "notes.txt", size: 5_120, group: null }],
    signatures: [{ id: 6, fingerprint: ANNA, covers: ALL }],
  },
  { name: "legacy-tool.sif", signatures: [{ id: 5, fingerprint: ANNA, covers: [4], legacy: true }] },
  {
    name: "salmon_1.10.sif",
    openedDaysAgo: 3,
    signatures: [{ id: 5, fingerprint: ANNA, covers: ALL, differs: 4 }],
  },
  { name: "draft.sif", openedDaysAgo: 4 },
  {
    name: "huge-reference.sif",
    checked: false,
    size: 21_474_836_480,
    signatures: [{ id: 5, fingerprint: TOM, covers: ALL }],
  },
  { name: "secret-data.sif", encrypted: true, signatures: [{ id: 5, fingerprint: TOM, covers: ALL }] },
  { name: "moved-away.sif", missing: true },
  {
    name: "photo.sif",
    size: 48_213,
    refused: makeApiError("not-sif", "`photo.sif` is not a SIF file; it seems to be a PNG picture"),
  },
  { name: "empty.sif", size: 0, refused: makeApiError("file-empty", "`empty.sif` is empty") },
  {
    name: "half.sif",
    size: 700_000_000,
    refused: makeApiError("sif-truncated", "`half.sif` ends 404007168 bytes before part 4 does"),
  },
  {
    name: "overlap.sif",
    size: 90_112,
    refused: makeApiError("sif-malformed", "part 2 of `overlap.sif` overlaps part 3"),
  },
  {
    name: "future.sif",
    size: 90_112,
    refused: makeApiError("sif-unsupported", "`future.sif` has version 99 of the format"),
  },
  {
    name: "private.sif",
    size: 90_112,
    refused: makeApiError("file-not-readable", "reading `private.sif` is not permitted"),
  },
];

/** What is rare: an envelope of a PEM key, names at the limit, names that run from right to left, names with controls. */
const ODD_WISHES: Wish[] = [
  {
    name: "dsse-signed.sif",
    openedDaysAgo: 0,
    signatures: [
      {
        id: 5,
        fingerprint: STRANGER,
        covers: ALL,
        dsse: ["SHA256:1d7b9c2fb850e6a371d44a1d90c7e2b85f3306ae71d49c2f"],
      },
    ],
  },
  {
    name: `${"a-very-long-name-of-an-image-with-all-versions-in-it_".repeat(4)}1.19.sif`,
    openedDaysAgo: 0,
    signatures: [{ id: 5, fingerprint: ANNA, covers: ALL }],
  },
  {
    name: "صورة-التحليل الجيني 1.19 (نسخة أخيرة).sif",
    openedDaysAgo: 0,
    signatures: [{ id: 5, fingerprint: ANNA, covers: ALL }],
  },
  { name: "gnp.\u202efis.exe", openedDaysAgo: 0 },
];

/** The images of a scenario. */
export function wishesOf(scenario: Scenario): Wish[] {
  return scenario === "odd" ? [...IMAGE_WISHES, ...ODD_WISHES] : IMAGE_WISHES;
}

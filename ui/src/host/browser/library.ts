/** The libraries behind the host in a browser: containers with their tags and images, and what is changed in them. */

import type {
  ApiError,
  LibraryImage,
  OpenedLink,
  PullPlanView,
  PullRequest,
  PushPlanView,
  PushRequest,
  RemoteId,
  TargetFolder,
} from "$bindings";

import { makeApiError } from "../error";
import { DAY, now, type World } from "./world";

export const HERE: RemoteId = "this-computer";
export const OWN_ARCH = "amd64";

/** An image in a library, as it is kept. */
export interface KeptImage {
  hash: string;
  arch: string;
  size: number;
  created: number;
  signed: boolean;
}

export interface KeptContainer {
  /** `entity/collection/container`. */
  path: string;
  description: string;
  isPrivate: boolean;
  isReadOnly: boolean;
  images: KeptImage[];
  /** Tag → architecture → hash. */
  tags: Map<string, Map<string, string>>;
}

export interface KeptLibrary {
  /** As it stands in references. */
  server: string;
  containers: KeptContainer[];
  quota: number | null;
  canPush: boolean;
  /** Why it does not answer; with `keptFrom` what was kept is shown all the same. */
  failure: ApiError | null;
  keptFrom: number | null;
}

export interface LibraryState {
  libraries: Map<RemoteId, KeptLibrary>;
  folder: TargetFolder;
  /** What the next dialog for a folder answers. */
  nextFolder: TargetFolder | null;
  /** Names of files in the folder that images are pulled into. */
  inFolder: string[];
  links: OpenedLink[];
  /** Plans that were shown and not run, with what they were made of. */
  pullPlans: Map<string, { view: PullPlanView; request: PullRequest }>;
  pushPlans: Map<string, { view: PushPlanView; request: PushRequest }>;
}

/** A hash that is always the same for the same seed. */
export function hashOf(seed: string): string {
  let value = 2_166_136_261;
  let digits = "";
  while (digits.length < 64) {
    for (const letter of `${seed}${digits.length}`)
      value = Math.imul(value ^ letter.charCodeAt(0), 16_777_619) >>> 0;
    digits += value.toString(16).padStart(8, "0");
  }
  return `sha256.${digits.slice(0, 64)}`;
}

function image(seed: string, arch: string, size: number, days: number, signed = true): KeptImage {
  return { hash: hashOf(`${seed}-${arch}`), arch, size, created: now() - days * DAY, signed };
}

function container(
  path: string,
  description: string,
  images: KeptImage[],
  tags: Record<string, number[]>,
): KeptContainer {
  const places = Object.entries(tags).map(([tag, at]): [string, Map<string, string>] => [
    tag,
    new Map(at.flatMap((index) => (images[index] ? [[images[index].arch, images[index].hash]] : []))),
  ]);
  return { path, description, isPrivate: false, isReadOnly: false, images, tags: new Map(places) };
}

/** The containers of an example collection. */
function tools(owner: string): KeptContainer[] {
  const samtools = [
    image("samtools-1.19", "amd64", 1_204_007_168, 60),
    image("samtools-1.19", "arm64", 1_180_414_000, 60),
    image("samtools-1.18", "amd64", 1_198_007_168, 300),
    image("samtools-old", "amd64", 1_100_000_000, 420, false),
  ];
  return [
    container(`${owner}/tools/samtools`, "Reading and writing of alignments", samtools, {
      latest: [0, 1],
      "1.19": [0, 1],
      "1.18": [2],
    }),
    container(`${owner}/tools/gatk`, "Genome analysis toolkit", [image("gatk", "amd64", 2_404_007_168, 12)], {
      latest: [0],
      "4.5": [0],
    }),
    container(`${owner}/tools/blast`, "", [image("blast", "arm64", 812_000_000, 90, false)], { "2.15": [0] }),
    container(
      `${owner}/environments/r-env`,
      "R with the packages of the course",
      [image("r-env", "amd64", 812_000_000, 5)],
      { latest: [0] },
    ),
  ];
}

function library(server: string, more: Partial<KeptLibrary> = {}): KeptLibrary {
  return {
    server,
    containers: [],
    quota: null,
    canPush: true,
    failure: null,
    keptFrom: null,
    ...more,
  };
}

const unreachable = makeApiError("server-unreachable", "`10.0.0.5:8080` does not answer", {
  retryable: true,
});

/** How the libraries begin. */
export function makeLibraryState(bare: boolean): LibraryState {
  const readOnly = tools("genomics").map((kept) =>
    kept.path.endsWith("gatk") ? { ...kept, isReadOnly: true } : kept,
  );
  return {
    libraries: new Map([
      [HERE, library("127.0.0.1:8780", { containers: bare ? [] : tools("tom"), quota: 20_000_000_000 })],
      ["remote:Lab", library("lab.example.org", { containers: bare ? [] : readOnly, quota: 11_000_000_000 })],
      ["remote:SylabsCloud", library("cloud.example.io", { canPush: false })],
      ["remote:Bench", library("10.0.0.5:8080", { failure: unreachable })],
    ]),
    folder: { id: "folder-1", name: "~/Containers", free: 212_000_000_000 },
    nextFolder: { id: "folder-2", name: "/scratch/tom", free: 1_000_000_000 },
    inFolder: ["gatk_4.5.sif"],
    links: [],
    pullPlans: new Map(),
    pushPlans: new Map(),
  };
}

/** The library of a remote; one that nobody knows is empty. */
export function libraryOf(world: World, remote: RemoteId): KeptLibrary {
  const { libraries } = world.library;
  const known = libraries.get(remote);
  if (known) return known;
  const made = library(remote.replace(/^remote:/u, ""), { canPush: false });
  libraries.set(remote, made);
  return made;
}

/** The container of a path, if the library has it. */
export function containerOf(kept: KeptLibrary, path: string): KeptContainer | undefined {
  return kept.containers.find((candidate) => candidate.path === path);
}

/** The tags that lead to an image. */
export function tagsOf(kept: KeptContainer, of: KeptImage): string[] {
  return [...kept.tags].filter(([, places]) => places.get(of.arch) === of.hash).map(([tag]) => tag);
}

/** An image as a screen shows it. */
export function imageView(world: World, kept: KeptLibrary, of: KeptContainer, one: KeptImage): LibraryImage {
  const tags = tagsOf(of, one);
  const base = `library://${kept.server}/${of.path}`;
  const reference = `${base}:${tags[0] ?? one.hash}`;
  const pinned = `${base}:${one.hash}`;
  const name = of.path.split("/").at(-1) ?? "";
  const file = `${name}_${tags[0] ?? one.hash}.sif`;
  return {
    hash: one.hash,
    arch: one.arch,
    size: one.size,
    created: one.created,
    claimsSigned: one.signed,
    tags,
    reference,
    pinned,
    here: world.images.find((candidate) => candidate.row.name === file)?.row.id ?? null,
    run: {
      pull: `apptainer pull --arch ${one.arch} ${reference}`,
      pullPinned: `apptainer pull --arch ${one.arch} ${pinned}`,
      run: `apptainer run ${file}`,
      slurm: `#!/bin/bash\n#SBATCH --job-name=${name}\n#SBATCH --time=01:00:00\n\napptainer pull --arch ${one.arch} ${name}.sif ${pinned}\nsrun apptainer run ${name}.sif\n`,
    },
  };
}

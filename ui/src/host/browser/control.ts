/** What a test (or a person in the developer tools) can do to the program in the browser: `window.sifter`. */

import type { DropView, ErrorCode, FolderView } from "$bindings";

import { makeApiError } from "../error";
import type { HostEvents } from "../host";
import { find } from "./image-calls";
import { makeImage } from "./images";
import { makeKey } from "./keys";
import { advanceTask, finishTask, moveTask } from "./tasks";
import { type Events, nextId, type World } from "./world";

export interface Control {
  readonly world: World;
  emit<E extends keyof HostEvents>(event: E, payload: HostEvents[E]): void;
  /** The running task that was started last. */
  lastTask(): number;
  advance(task: number, fraction: number): void;
  finish(task: number): void;
  fail(task: number, code: ErrorCode, message: string): void;
  /** Ends every running task well. */
  settle(): void;
  /** Offers files as a drop or a dialog would; names that end in `.asc` are keys. */
  offer(names: string[]): DropView;
  /** What the next dialogs answer. */
  pickImages(names: string[]): void;
  pickKeys(names: string[]): void;
  pickFolder(folder: FolderView | null): void;
  /** Many images, for long lists. */
  addImages(count: number): void;
  /** Changes a byte of a part that is signed. */
  tamper(image: number, part: number): void;
}

export function makeControl(world: World, events: Events): Control {
  const changed = (ids: number[]): void => events.emit("imagesChanged", { ids });
  const offer = (names: string[]): DropView => offerNames(world, names);
  return {
    world,
    emit: (event, payload) => events.emit(event, payload),
    lastTask: () => world.tasks.find((task) => task.state.kind === "running")?.id ?? 0,
    advance: (task, fraction) => advanceTask(world, events, task, fraction),
    finish: (task) => finishTask(world, events, task),
    fail: (task, code, message) =>
      moveTask(world, events, task, {
        kind: "failed",
        error: makeApiError(code, message, { retryable: true }),
      }),
    settle: () => {
      for (const task of world.tasks) {
        if (task.state.kind === "running" && world.effects.has(task.id)) finishTask(world, events, task.id);
      }
    },
    offer,
    pickImages: (names) => {
      world.picks.images = offer(names);
    },
    pickKeys: (names) => {
      world.picks.keys = offer(names);
    },
    pickFolder: (folder) => {
      world.picks.folder = folder;
    },
    addImages: (count) => {
      world.images = [
        ...world.images,
        ...Array.from({ length: count }, (_, index) =>
          makeImage(nextId(world), { name: `series-${index}.sif` }),
        ),
      ];
      changed([]);
    },
    tamper: (image, part) => {
      const stored = find(world, image);
      stored.signatures = stored.signatures.map((signature) => ({ ...signature, differs: part }));
      stored.verdict = null;
      stored.row = { ...stored.row, badge: "notChecked", signer: null, checkedAt: null };
      changed([image]);
    },
  };
}

function offerNames(world: World, names: string[]): DropView {
  const files = `files-${nextId(world)}`;
  const ends = (ending: string): string[] => names.filter((name) => name.endsWith(ending));
  const images = ends(".sif");
  const keys = ends(".asc").map((name, index) => {
    const fingerprint = `${index}A7F3C`.padEnd(40, "4E19B6D2058C7F3A");
    return makeKey({
      fingerprint,
      name: name.slice(0, -4),
      mail: "someone@example.org",
      own: name.includes("secret"),
    });
  });
  world.offered.set(files, { images, keys });
  const definitions = ends(".def").length;
  const folders = ends("/").length;
  const others = names.length - images.length - keys.length - definitions - folders;
  return {
    files,
    images: images.length,
    keys: keys.length,
    definitions,
    folders,
    others,
    names: names.slice(0, 10),
    seemsToBe: others === 1 && names.length === 1 ? "a PNG picture" : null,
  };
}

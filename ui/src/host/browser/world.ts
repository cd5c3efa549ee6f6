/** The state behind the host in a browser: what would be on the disk, in the keyring and in the task list. */

import type {
  DropView,
  FolderView,
  HexRow,
  ImageFormat,
  ImageRow,
  ImportPlanView,
  KeyringProblem,
  KeyView,
  LockState,
  PartView,
  FindingView,
  SettingsView,
  SignPlanView,
  StartView,
  TaskView,
  VerdictView,
  ApiError,
} from "$bindings";

import type { HostEvents, Unsubscribe } from "../host";
import type { LibraryState } from "./library";
import type { RemoteWorld } from "./remotes";

/** A signature as it lies in an image, before it is judged. */
export interface StoredSignature {
  id: number;
  fingerprint: string;
  covers: number[];
  signedAt: number;
  legacy?: boolean;
  /** Key ids of an envelope that was made with a PEM key. */
  dsse?: string[];
  /** The part whose bytes differ from what was signed. */
  differs?: number;
}

export interface StoredImage {
  row: ImageRow;
  format: ImageFormat;
  encrypted: boolean;
  parts: PartView[];
  signatures: StoredSignature[];
  findings: FindingView[];
  refused: ApiError | null;
  verdict: VerdictView | null;
  verifyAutomatically: boolean;
  definition: string | null;
}

export interface StoredKey extends KeyView {
  /** What a test types to unlock it; empty: none is needed. */
  passphrase: string;
}

/** How the world begins; the page's address chooses it: `?scenario=empty`. */
export type Scenario =
  "full" | "empty" | "firstrun" | "failed" | "loading" | "error" | "damaged" | "policy" | "mac" | "odd";

export interface World {
  scenario: Scenario;
  images: StoredImage[];
  folders: FolderView[];
  keys: StoredKey[];
  gnupgKeys: StoredKey[];
  problems: KeyringProblem[];
  /** How many backups hold a key, where it is another number than usual. */
  backups: Map<string, number>;
  /** Keys whose passphrase the keychain keeps. */
  inKeychain: Set<string>;
  tasks: TaskView[];
  /** What a task does to the world when it ends well. */
  effects: Map<number, () => TaskView["state"]>;
  settings: SettingsView;
  start: StartView;
  lock: LockState;
  opened: DropView[];
  offered: Map<string, OfferedFiles>;
  signPlans: Map<string, SignPlanView>;
  importPlans: Map<string, { view: ImportPlanView; keys: StoredKey[] }>;
  remotes: RemoteWorld;
  library: LibraryState;
  /** What the next file dialogs answer; the last one stays. */
  picks: { images: DropView | null; keys: DropView | null; folder: FolderView | null };
  copied: string[];
  /** Reports that were saved. */
  saved: string[];
  calls: string[];
  /** How many calls wait for their answer. */
  pending: number;
  raw: HexRow[];
  nextId: number;
}

export interface OfferedFiles {
  /** File names; in the list only once they are taken. */
  images: string[];
  keys: StoredKey[];
}

export function nextId(world: World): number {
  world.nextId += 1;
  return world.nextId;
}

/** Whole seconds, as the program counts. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export const DAY = 86_400;

type Listener = (payload: never) => void;

/** Delivers events to the page, in order, at once. */
export class Events {
  readonly #listeners = new Map<keyof HostEvents, Set<Listener>>();

  on<E extends keyof HostEvents>(event: E, listener: (payload: HostEvents[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<E extends keyof HostEvents>(event: E, payload: HostEvents[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      (listener as (payload: HostEvents[E]) => void)(payload);
    }
  }
}

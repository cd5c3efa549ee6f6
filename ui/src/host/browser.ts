/**
 * The host in a plain browser: an in-memory program with real behaviour, for tests and for work on the page.
 *
 * The address chooses how it begins (`?scenario=empty&language=pseudo`); `window.sifter` moves tasks and raises events.
 * It has no timers of its own unless asked (`?auto`), and is no part of the page that ships.
 */

import { makeApiError } from "./error";
import type { Host, HostCalls } from "./host";
import { makeControl, type Control } from "./browser/control";
import { imageCalls } from "./browser/image-calls";
import { keyCalls } from "./browser/key-calls";
import { keyserverCalls } from "./browser/keyservers";
import { libraryCalls } from "./browser/library-calls";
import { remoteCalls } from "./browser/remotes-calls";
import { makeWorld, scenarioFrom } from "./browser/start";
import { moveTask, startTask } from "./browser/tasks";
import { transferCalls } from "./browser/transfer-calls";
import { Events, type Scenario, type World } from "./browser/world";

declare global {
  interface Window {
    sifter?: Control;
  }
}

/** Calls that answer late or never in the scenarios `loading` and `error`. */
const READS = new Set<keyof HostCalls>([
  "listImages",
  "recentImages",
  "listFolders",
  "inspectImage",
  "listKeys",
  "getKey",
  "listTasks",
  "peekPart",
  "readDefinition",
  "listGnupgKeys",
  "listRemotes",
  "cloud",
  "contacts",
  "searchKeys",
  "listLibrary",
  "searchLibrary",
  "getContainer",
]);

/** A fresh program in memory. */
export function makeBrowserHost(scenario: Scenario, language = "en"): { host: Host; control: Control } {
  const world = makeWorld(scenario, language);
  const events = new Events();
  const calls = allCalls(world, events);
  const host: Host = {
    kind: "browser",
    on: (event, listener) => events.on(event, listener),
    ...staged(calls, world),
  };
  return { host, control: makeControl(world, events) };
}

function allCalls(world: World, events: Events): HostCalls {
  return {
    ...imageCalls(world, events),
    ...keyCalls(world, events),
    ...remoteCalls(world, events),
    ...keyserverCalls(world, events),
    ...libraryCalls(world, events),
    ...transferCalls(world, events),
    ...taskCalls(world, events),
    ...settingsCalls(world, events),
    start: async () => {
      if (world.scenario === "failed")
        throw makeApiError("disk-full", "there is no room for `sifter.db`", { retryable: true });
      return { ...world.start, settings: world.settings };
    },
    finishFirstRun: async () => {
      world.start = { ...world.start, firstRun: false };
      return null;
    },
    trustAllFoundKeys: async () => {
      world.start = { ...world.start, found: { ...world.start.found, offerTrustAll: false } };
      return world.start.found.otherKeys;
    },
    about: async () => ({
      version: world.start.version,
      licence: "BSD-3-Clause",
      system: "Debian GNU/Linux 12",
      webview: navigator.userAgent,
    }),
    diagnosticsReport: async () =>
      `Sifter ${world.start.version}\nDebian GNU/Linux 12\nno errors since the start\n`,
    saveReport: async (report) => {
      world.saved.push(report);
      return { name: "sifter-report.txt", size: report.length };
    },
    openLogFolder: async () => null,
    confirmClose: async () => null,
    closeWindow: async () => {
      const running = world.tasks.filter((task) => task.state.kind === "running").length;
      if (running > 0) events.emit("closeAsked", { running });
      return null;
    },
    resetWindowLayout: async () => null,
  };
}

type TaskHost = Pick<
  HostCalls,
  "listTasks" | "cancelTask" | "pauseTask" | "resumeTask" | "retryTask" | "answerTask" | "forgetTasks"
>;

function taskCalls(world: World, events: Events): TaskHost {
  const move = (id: number, state: Parameters<typeof moveTask>[3]): null => {
    moveTask(world, events, id, state);
    return null;
  };
  return {
    listTasks: async () => [...world.tasks],
    cancelTask: async (id) => move(id, { kind: "cancelled" }),
    pauseTask: async (id) => move(id, { kind: "paused" }),
    resumeTask: async (id) => move(id, { kind: "running" }),
    retryTask: async (id) => {
      const old = world.tasks.find((task) => task.id === id);
      if (old === undefined) throw makeApiError("handle-unknown", "the task is not in the list any more");
      const done = (): (typeof old)["state"] => ({ kind: "done", outcome: { kind: "signed", items: [] } });
      return startTask(world, events, old.kind, old.subject, old.images, done);
    },
    answerTask: async (id, passphrase, keep) => {
      if (keep === "keychain" && world.scenario === "odd") {
        throw makeApiError("keychain-missing", "no keychain answers", { retryable: true });
      }
      if (passphrase === "wrong") {
        throw makeApiError("wrong-passphrase", "the passphrase does not open the key", { retryable: true });
      }
      return move(id, { kind: "running" });
    },
    forgetTasks: async (ids) => {
      world.tasks = world.tasks.filter((task) => !ids.includes(task.id));
      return null;
    },
  };
}

function settingsCalls(
  world: World,
  events: Events,
): Pick<HostCalls, "getSettings" | "changeSettings" | "resetSettings"> {
  const set = (settings: typeof world.settings.settings): typeof world.settings => {
    world.settings = { ...world.settings, settings };
    events.emit("settingsChanged", world.settings);
    return world.settings;
  };
  return {
    getSettings: async () => world.settings,
    changeSettings: async (settings) => {
      const old = world.settings.settings;
      for (const name of world.settings.locked as (keyof typeof old)[]) {
        if (settings[name] !== old[name])
          throw makeApiError("setting-locked", `\`${name}\` is set by a policy`);
      }
      return set({ ...settings });
    },
    resetSettings: async (names) => {
      const { settings, defaults } = world.settings;
      const reset = Object.fromEntries(Object.entries(defaults).filter(([name]) => names.includes(name)));
      return set({ ...settings, ...reset });
    },
  };
}

/** Every call is noted; in `loading` reads never answer, in `error` they fail. */
function staged(calls: HostCalls, world: World): HostCalls {
  const stage =
    (name: string, call: (...args: never[]) => Promise<unknown>) =>
    async (...args: never[]): Promise<unknown> => {
      world.calls.push(name);
      if (READS.has(name as keyof HostCalls)) {
        if (world.scenario === "loading") return new Promise(() => undefined);
        if (world.scenario === "error") {
          throw makeApiError("io", "the disk that holds the list does not answer", {
            causes: ["reading `sifter.db`", "input/output error (os error 5)"],
            retryable: true,
          });
        }
      }
      world.pending += 1;
      try {
        return await call(...args);
      } finally {
        world.pending -= 1;
      }
    };
  const entries = Object.entries(calls) as [string, (...args: never[]) => Promise<unknown>][];
  return Object.fromEntries(entries.map(([name, call]) => [name, stage(name, call)])) as unknown as HostCalls;
}

function fromAddress(): Host {
  const search = typeof location === "undefined" ? "" : location.search;
  const query = new URLSearchParams(search);
  const { host: made, control } = makeBrowserHost(scenarioFrom(search), query.get("language") ?? "en");
  if (typeof window !== "undefined") window.sifter = control;
  if (query.has("auto")) finishByThemselves(made, control);
  return made;
}

/** For work by hand: tasks run through by a timer. */
function finishByThemselves(made: Host, control: Control): void {
  made.on("taskEvent", (event) => {
    if (event.kind !== "started") return;
    const { id } = event.task;
    [0.25, 0.5, 0.75].forEach((fraction, step) =>
      setTimeout(() => control.advance(id, fraction), 600 * (step + 1)),
    );
    setTimeout(() => control.finish(id), 2_400);
  });
}

export const host: Host = fromAddress();

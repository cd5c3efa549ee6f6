/** How each scenario begins. */

import type { Settings, SettingsView, StartView } from "$bindings";

import { makeApiError } from "../error";
import { makeImage, wishesOf } from "./images";
import { judge } from "./judge";
import { allKeys, gnupgKeys, TOM } from "./keys";
import { makeLibraryState } from "./library";
import { makeRemoteWorld } from "./remotes";
import { exampleTasks } from "./tasks";
import { type Scenario, type World } from "./world";

export const DEFAULTS: Settings = {
  theme: "system",
  density: "comfortable",
  zoom: 100,
  reduceMotion: false,
  language: "en",
  requireEverySignature: false,
  verifyUpTo: 2_000_000_000,
  keepPassphrase: "fifteenMinutes",
  lockOnSleep: true,
  notifyTaskEnded: true,
  notifyNeedsYou: true,
  notifyTampered: true,
  quietUntil: null,
  closeBehaviour: "ask",
  singleKeyShortcuts: true,
  shortcuts: [],
  historyDays: 90,
  logLevel: "info",
  profile: "automatic",
  firstRunDone: false,
  verifyAfterPull: true,
  transfersAtOnce: 3,
  bandwidth: 0,
  proxy: "",
  caFile: "",
  openLibraryLinks: false,
  currentRemote: "this-computer",
};

const SCENARIOS: readonly Scenario[] = [
  "full",
  "empty",
  "firstrun",
  "failed",
  "loading",
  "error",
  "damaged",
  "policy",
  "mac",
  "odd",
];

/** The scenario that the page's address asks for. */
export function scenarioFrom(search: string): Scenario {
  const asked = new URLSearchParams(search).get("scenario");
  return SCENARIOS.find((scenario) => scenario === asked) ?? "full";
}

export function makeWorld(scenario: Scenario, language: string): World {
  const bare = scenario === "empty" || scenario === "firstrun";
  const keys = bare ? [] : allKeys();
  const images = bare ? [] : wishesOf(scenario).map((wish, index) => makeImage(index + 1, wish));
  for (const image of images) {
    if (
      image.row.state.kind === "ready" &&
      image.verifyAutomatically &&
      !image.row.name.startsWith("secret")
    ) {
      const verdict = judge(image, keys);
      image.verdict = verdict;
      image.row.badge = verdict.badge;
      image.row.checkedAt = verdict.checkedAt;
      image.row.signer = verdict.signatures.find((s) => s.id === verdict.decisive)?.signer ?? null;
    }
  }
  const settings = makeSettings(scenario, language);
  return {
    scenario,
    images,
    folders: bare
      ? []
      : [
          {
            id: 1,
            name: "Containers",
            path: "/home/tom/Containers",
            images: images.length,
            state:
              scenario === "odd"
                ? { kind: "polling", reason: "this network drive does not tell about changes" }
                : { kind: "watching" },
          },
        ],
    keys,
    gnupgKeys: gnupgKeys(),
    problems:
      scenario === "damaged"
        ? [
            {
              file: "public",
              error: makeApiError("keyring-damaged", "`pgp-public` has a stray byte after key 9"),
              repairKeeps: 9,
            },
          ]
        : [],
    tasks: bare ? [] : exampleTasks(),
    backups: new Map(),
    inKeychain: new Set(),
    effects: new Map(),
    settings,
    start: makeStart(scenario, settings),
    lock: { unlocked: 0, until: null },
    opened: [],
    offered: new Map(),
    signPlans: new Map(),
    importPlans: new Map(),
    remotes: makeRemoteWorld(scenario),
    library: makeLibraryState(bare),
    picks: { images: null, keys: null, folder: null },
    copied: [],
    saved: [],
    calls: [],
    pending: 0,
    raw: [],
    nextId: 1000,
  };
}

function makeSettings(scenario: Scenario, language: string): SettingsView {
  return {
    settings: { ...DEFAULTS, language, firstRunDone: scenario !== "firstrun" },
    defaults: { ...DEFAULTS },
    locked: scenario === "policy" ? ["requireEverySignature", "logLevel"] : [],
    withoutEffect: scenario === "mac" ? ["lockOnSleep"] : [],
  };
}

function makeStart(scenario: Scenario, settings: SettingsView): StartView {
  const first = scenario === "firstrun";
  return {
    version: "0.1.0",
    firstRun: first,
    settings,
    profile: {
      product: "apptainer",
      version: "apptainer version 1.4.5",
      configFolder: "/home/tom/.apptainer",
      keyringFolder: "/home/tom/.apptainer/keys",
    },
    found: { ownKeys: first ? 1 : 0, otherKeys: first ? 2 : 0, offerTrustAll: first },
    notices:
      scenario === "damaged"
        ? [makeApiError("state-replaced", "`sifter.db` was damaged and is kept as `sifter.db.damaged`")]
        : [],
    system: { name: "Linux", modKey: scenario === "mac" ? "Cmd" : "Ctrl", hasTrash: true, hasGnupg: true },
  };
}

/** The only own key that a signer is proposed for. */
export const PROPOSED_SIGNER = TOM;

/** Remotes, logins and the cloud of this computer, as each scenario begins. */

import type {
  CloudView,
  ContactView,
  KeyserverView,
  LoginView,
  RegistryView,
  RemotesView,
  RemoteView,
  ServicesView,
} from "$bindings";

import { makeApiError } from "../error";
import { DAY, now, type Scenario } from "./world";

/** What stands behind the screens of remotes. */
export interface RemoteWorld {
  view: RemotesView;
  cloud: CloudView;
  contacts: ContactView[];
  keychain: "open" | "locked" | "missing";
  /** Remotes whose token page was opened. */
  pagesOpened: string[];
  /** Fingerprints that were published. */
  published: string[];
}

export const THIS_COMPUTER = "this-computer";

const signedIn: LoginView = {
  kind: "signedIn",
  account: { name: "Tom Weber", mail: "tom@lab.example.org" },
  kept: "keychain",
  expires: now() + 25 * DAY,
  checked: now() - 3_600,
};

/** The services that a host of this name offers. */
export function servicesOf(host: string, plain = false, missing: (keyof ServicesView)[] = []): ServicesView {
  const at = (name: string): string => `${plain ? "http" : "https"}://${plain ? host : `${name}.${host}`}`;
  const all: ServicesView = {
    library: at("library"),
    keyserver: at("keys"),
    builder: at("build"),
    tokens: at("auth"),
    registry: null,
    tokenPage: `${plain ? "http" : "https"}://${host}/auth/tokens`,
    read: now() - 600,
  };
  return { ...all, ...Object.fromEntries(missing.map((name) => [name, null])) };
}

/** A remote with all that its card shows. */
export function makeRemote(name: string, address: string, more: Partial<RemoteView> = {}): RemoteView {
  return {
    id: `remote:${name}`,
    kind: "own",
    name,
    address,
    isPlainHttp: false,
    isActive: false,
    fixed: null,
    services: servicesOf(address),
    login: { kind: "signedOut" },
    keyservers: [],
    hasOtherLogin: false,
    isShared: false,
    problem: null,
    ...more,
  };
}

const thisComputer: RemoteView = makeRemote("", "127.0.0.1:8780", {
  id: THIS_COMPUTER,
  kind: "thisComputer",
  isPlainHttp: true,
  fixed: "thisComputer",
  services: servicesOf("127.0.0.1:8780", true, ["builder"]),
  login: { kind: "notNeeded" },
});

function keyserver(address: string, more: Partial<KeyserverView> = {}): KeyserverView {
  return { address, isExternal: true, isSkipped: false, isInsecure: false, ...more };
}

function remotesOf(scenario: Scenario): RemoteView[] {
  const sylabs = makeRemote("SylabsCloud", "cloud.example.io", {
    kind: "system",
    fixed: "system",
    services: null,
  });
  const lab = makeRemote("Lab", "lab.example.org", {
    isActive: true,
    login: scenario === "odd" ? { kind: "locked" } : signedIn,
    keyservers: [
      keyserver("https://keys.lab.example.org", { isExternal: false }),
      keyserver("hkps://keys.example.net"),
    ],
    isShared: true,
  });
  const bench = makeRemote("Bench", "10.0.0.5:8080", {
    isPlainHttp: true,
    services: servicesOf("10.0.0.5:8080", true, ["keyserver", "builder", "tokens", "tokenPage"]),
    problem: makeApiError("server-unreachable", "`10.0.0.5:8080` does not answer", { retryable: true }),
  });
  const old = makeRemote("Old cluster", "hpc.example.org", {
    login: { kind: "expired", account: { name: "tweber", mail: null } },
  });
  if (scenario === "empty") return [thisComputer];
  if (scenario === "firstrun") return [thisComputer, { ...lab, login: { kind: "signedOut" } }, sylabs];
  return [thisComputer, bench, lab, ...(scenario === "odd" ? [old] : []), sylabs];
}

function registriesOf(scenario: Scenario): RegistryView[] {
  if (scenario === "empty" || scenario === "firstrun") return [];
  const registry: RegistryView = {
    host: "registry.example.org",
    user: "tweber",
    isPlainHttp: false,
    kept: "keychain",
    hasOtherLogin: false,
    isShared: false,
    problem: null,
  };
  return scenario === "odd"
    ? [registry, { ...registry, host: "localhost:5000", isPlainHttp: true, kept: "memory", isShared: true }]
    : [registry];
}

function viewOf(scenario: Scenario): RemotesView {
  const first = scenario === "firstrun";
  const exclusive = scenario === "policy" ? "remote:SylabsCloud" : null;
  return {
    remotes: remotesOf(scenario),
    registries: registriesOf(scenario),
    current: exclusive ?? THIS_COMPUTER,
    exclusive,
    fileProblem:
      scenario === "damaged"
        ? makeApiError("remote-file-damaged", "`remote.yaml` has the unknown key `Colour` in line 4")
        : null,
    keychainProblem: scenario === "odd" ? makeApiError("keychain-locked", "the keychain is locked") : null,
    found: first
      ? [
          { of: "Lab", isRegistry: false },
          { of: "registry.example.org", isRegistry: true },
        ]
      : [],
  };
}

function cloudOf(scenario: Scenario): CloudView {
  const used = scenario !== "empty" && scenario !== "firstrun";
  return {
    isRunning: true,
    address: "127.0.0.1:8780",
    images: used ? 4 : 0,
    used: used ? 3_481_600_000 : 0,
    quota: scenario === "odd" ? 20_000_000_000 : null,
    tokens: used
      ? [
          {
            id: "token-1",
            name: "laptop",
            created: now() - 20 * DAY,
            expires: now() + 70 * DAY,
            lastUsed: now() - 7_200,
          },
          { id: "token-2", name: "cluster login node", created: now() - DAY, expires: null, lastUsed: null },
        ]
      : [],
    commands: [
      'export APPTAINER_CONFIGDIR="$HOME/.sifter-cloud"',
      'mkdir -p -m 700 "$APPTAINER_CONFIGDIR"',
      'printf "Active: ThisComputer ..." > "$APPTAINER_CONFIGDIR/remote.yaml"',
      "apptainer remote login ThisComputer",
      "apptainer push -U image.sif library://NAME/COLLECTION/IMAGE:latest",
    ],
  };
}

export function makeRemoteWorld(scenario: Scenario): RemoteWorld {
  const contacted = scenario === "full" || scenario === "odd";
  return {
    view: viewOf(scenario),
    cloud: cloudOf(scenario),
    contacts: contacted
      ? [
          { host: "library.lab.example.org", purpose: "library", last: now() - 120, times: 14 },
          { host: "lab.example.org", purpose: "discovery", last: now() - 600, times: 1 },
          { host: "keys.example.net", purpose: "keyserver", last: now() - 4_000, times: 2 },
        ]
      : [],
    keychain: scenario === "odd" ? "locked" : "open",
    pagesOpened: [],
    published: [],
  };
}

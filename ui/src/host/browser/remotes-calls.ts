/** Remotes for the host in a browser: what is added, signed in to and shared is so from then on. */

import type { ApiError, CloudToken, KeepLogin, KeptWhere, RemotesView, RemoteView } from "$bindings";

import { makeApiError } from "../error";
import type { HostCalls } from "../host";
import { makeRemote, servicesOf, THIS_COMPUTER } from "./remotes";
import { DAY, type Events, nextId, now, type World } from "./world";

type RemoteHost = Pick<
  HostCalls,
  | "listRemotes"
  | "setCurrentRemote"
  | "probeRemote"
  | "addRemote"
  | "changeRemote"
  | "removeRemote"
  | "makeRemoteActive"
  | "refreshRemote"
  | "setKeyservers"
>;
type LoginHost = Pick<
  HostCalls,
  | "signIn"
  | "signOut"
  | "shareLogin"
  | "unshareLogin"
  | "openTokenPage"
  | "importLogins"
  | "signInRegistry"
  | "signOutRegistry"
  | "shareRegistryLogin"
  | "tryKeychain"
>;
type CloudHost = Pick<HostCalls, "cloud" | "newCloudToken" | "revokeCloudToken" | "contacts" | "pickCaFile">;

export function remoteCalls(world: World, events: Events): RemoteHost & LoginHost & CloudHost {
  const change = changer(world, events);
  return {
    ...listCalls(world, change),
    ...loginCalls(world, change),
    ...registryCalls(world, change),
    ...cloudCalls(world, events, change),
  };
}

/** Puts another view in the place of the old one, and says so. */
type Change = (patch: Partial<RemotesView>) => null;

function changer(world: World, events: Events): Change {
  return (patch) => {
    world.remotes.view = { ...world.remotes.view, ...patch };
    events.emit("remotesChanged", null);
    return null;
  };
}

/** The remote of a handle. */
export function findRemote(world: World, id: string): RemoteView {
  const remote = world.remotes.view.remotes.find((other) => other.id === id);
  if (remote === undefined) throw makeApiError("remote-unknown", `no remote is called \`${id}\``);
  return remote;
}

function patched(world: World, id: string, patch: Partial<RemoteView>): RemoteView[] {
  findRemote(world, id);
  return world.remotes.view.remotes.map((remote) => (remote.id === id ? { ...remote, ...patch } : remote));
}

function sorted(remotes: RemoteView[]): RemoteView[] {
  const [own, others] = [
    remotes.filter((remote) => remote.id === THIS_COMPUTER),
    remotes.filter((remote) => remote.id !== THIS_COMPUTER),
  ];
  return [...own, ...others.sort((one, other) => one.name.localeCompare(other.name))];
}

function bare(address: string): string {
  return address
    .trim()
    .replace(/^https?:\/\//u, "")
    .replace(/\/+$/u, "");
}

function listCalls(world: World, change: Change): RemoteHost {
  const view = (): RemotesView => world.remotes.view;
  const mayWrite = (): void => {
    if (view().fileProblem !== null)
      throw makeApiError("remote-file-damaged", "`remote.yaml` is not changed");
  };
  const free = (name: string, but?: string): void => {
    if (view().remotes.some((remote) => remote.name === name && remote.id !== but))
      throw makeApiError("remote-name-taken", `\`${name}\` is in the list`);
  };
  const activeOnly = (remotes: RemoteView[], id: string): RemoteView[] =>
    remotes.map((remote) => ({ ...remote, isActive: remote.id === id }));
  return {
    listRemotes: async () => view(),
    setCurrentRemote: async (id) => {
      findRemote(world, id);
      const { exclusive } = view();
      if (exclusive !== null && id !== exclusive)
        throw makeApiError("remote-exclusive", "only one is allowed");
      world.settings = {
        ...world.settings,
        settings: { ...world.settings.settings, currentRemote: id },
      };
      return change({ current: id });
    },
    probeRemote: async (typed, isPlainHttp) => {
      const address = bare(typed);
      if (address === "" || /[\s@]/u.test(address))
        throw makeApiError("input-invalid", `\`${typed}\` is no address`);
      if (address.includes("nowhere"))
        throw makeApiError("host-unknown", `no server is called \`${address}\``, { retryable: true });
      const [label = "remote"] = address.split(/[.:/]/u);
      const name = label.charAt(0).toUpperCase() + label.slice(1);
      const known = view().remotes.find((remote) => remote.address === address);
      return {
        address,
        isPlainHttp,
        name: view().remotes.some((remote) => remote.name === name) ? `${name} 2` : name,
        services: servicesOf(address, isPlainHttp, ["builder"]),
        knownAs: known?.id ?? null,
      };
    },
    addRemote: async ({ name, address, isPlainHttp, makeActive }) => {
      mayWrite();
      free(name);
      const host = bare(address);
      const added = makeRemote(name, host, { isPlainHttp, services: servicesOf(host, isPlainHttp) });
      const remotes = sorted([...view().remotes, added]);
      change({ remotes: makeActive ? activeOnly(remotes, added.id) : remotes });
      return added.id;
    },
    changeRemote: async (id, { name, address, isPlainHttp, makeActive }) => {
      mayWrite();
      free(name, id);
      const old = findRemote(world, id);
      const host = bare(address);
      const moved = host !== old.address || isPlainHttp !== old.isPlainHttp;
      const next: RemoteView = {
        ...old,
        id: `remote:${name}`,
        name,
        address: host,
        isPlainHttp,
        ...(moved ? { services: null, login: { kind: "signedOut" }, isShared: false, problem: null } : {}),
      };
      const remotes = sorted(view().remotes.map((remote) => (remote.id === id ? next : remote)));
      change({
        remotes: makeActive ? activeOnly(remotes, next.id) : remotes,
        current: view().current === id ? next.id : view().current,
      });
      return next.id;
    },
    removeRemote: async (id) => {
      mayWrite();
      if (findRemote(world, id).fixed !== null) throw makeApiError("remote-fixed", "it cannot be removed");
      return change({
        remotes: view().remotes.filter((remote) => remote.id !== id),
        current: view().current === id ? THIS_COMPUTER : view().current,
      });
    },
    makeRemoteActive: async (id) => {
      mayWrite();
      return change({ remotes: activeOnly(patched(world, id, {}), id) });
    },
    refreshRemote: async (id) => {
      const remote = findRemote(world, id);
      if (remote.problem === null) {
        const services = remote.services ?? servicesOf(remote.address, remote.isPlainHttp);
        change({ remotes: patched(world, id, { services: { ...services, read: now() } }) });
      }
      return findRemote(world, id);
    },
    setKeyservers: async (id, keyservers) => {
      mayWrite();
      if (findRemote(world, id).fixed !== null) throw makeApiError("remote-fixed", "it cannot be changed");
      if (keyservers.some(({ address }) => !/^(https?|hkps?):\/\/\S+$/u.test(address)))
        throw makeApiError(
          "input-invalid",
          "a keyserver has an address with `https`, `http`, `hkp` or `hkps`",
        );
      return change({ remotes: patched(world, id, { keyservers }) });
    },
  };
}

/** What keeps a login from going where it was asked to go. */
function keychainProblem(world: World): ApiError | undefined {
  switch (world.remotes.keychain) {
    case "open":
      return undefined;
    case "locked":
      return makeApiError("keychain-locked", "the keychain is locked", { retryable: true });
    case "missing":
      return makeApiError("keychain-missing", "no keychain answers on this desktop", { retryable: true });
  }
}

function keptWhere(world: World, keep: KeepLogin): KeptWhere {
  const problem = keychainProblem(world);
  if (keep === "keychain" && problem !== undefined) throw problem;
  return keep === "keychain" ? "keychain" : "memory";
}

function loginCalls(
  world: World,
  change: Change,
): Pick<HostCalls, "signIn" | "signOut" | "shareLogin" | "unshareLogin" | "openTokenPage" | "importLogins"> {
  return {
    signIn: async (id, token, keep) => {
      const remote = findRemote(world, id);
      if (token.includes("wrong"))
        throw makeApiError("token-wrong", `\`${remote.address}\` does not know the token`);
      if (token.includes("expired")) throw makeApiError("token-expired", "the token expired on 3 May");
      const kept = keptWhere(world, keep);
      const account = { name: "Tom Weber", mail: "tom@lab.example.org" };
      const login = { kind: "signedIn", account, kept, expires: now() + 30 * DAY, checked: now() } as const;
      change({ remotes: patched(world, id, { login, problem: null }) });
      return login;
    },
    signOut: async (id) =>
      change({ remotes: patched(world, id, { login: { kind: "signedOut" }, isShared: false }) }),
    shareLogin: async (id) => {
      if (findRemote(world, id).login.kind !== "signedIn")
        throw makeApiError("token-missing", "nobody is signed in");
      return change({ remotes: patched(world, id, { isShared: true }) });
    },
    unshareLogin: async (id) => change({ remotes: patched(world, id, { isShared: false }) }),
    openTokenPage: async (id) => {
      const { services } = findRemote(world, id);
      if (services?.tokenPage == null)
        throw makeApiError("service-missing", "the remote has no page for tokens");
      world.remotes.pagesOpened.push(id);
      return null;
    },
    importLogins: async () => {
      const problem = keychainProblem(world);
      if (problem !== undefined) throw problem;
      const { found, remotes } = world.remotes.view;
      const names = found.filter((login) => !login.isRegistry).map((login) => login.of);
      const login = {
        kind: "signedIn",
        account: null,
        kept: "keychain",
        expires: null,
        checked: null,
      } as const;
      change({
        found: [],
        remotes: remotes.map((remote) =>
          names.includes(remote.name) ? { ...remote, login, isShared: true } : remote,
        ),
      });
      return { taken: found.length, problems: [] };
    },
  };
}

function registryCalls(
  world: World,
  change: Change,
): Pick<HostCalls, "signInRegistry" | "signOutRegistry" | "shareRegistryLogin" | "tryKeychain"> {
  const others = (host: string): RemotesView["registries"] =>
    world.remotes.view.registries.filter((registry) => registry.host !== host);
  return {
    signInRegistry: async (host, isPlainHttp, user, password, keep) => {
      if (password.includes("wrong")) throw makeApiError("login-refused", `\`${host}\` refused the login`);
      const kept = keptWhere(world, keep);
      const registry = {
        host,
        user,
        isPlainHttp,
        kept,
        hasOtherLogin: false,
        isShared: false,
        problem: null,
      };
      return change({ registries: [...others(host), registry] });
    },
    signOutRegistry: async (host) => change({ registries: others(host) }),
    shareRegistryLogin: async (host, isShared) =>
      change({
        registries: world.remotes.view.registries.map((registry) =>
          registry.host === host ? { ...registry, isShared } : registry,
        ),
      }),
    tryKeychain: async () => {
      // The desktop asks for the keychain's password, and the person types it.
      if (world.remotes.keychain === "locked") world.remotes.keychain = "open";
      const problem = keychainProblem(world);
      if (problem !== undefined) throw problem;
      return change({ keychainProblem: null });
    },
  };
}

function cloudCalls(world: World, events: Events, change: Change): CloudHost {
  const setTokens = (tokens: CloudToken[]): void => {
    world.remotes.cloud = { ...world.remotes.cloud, tokens };
    change({});
  };
  return {
    cloud: async () => world.remotes.cloud,
    newCloudToken: async (name, days) => {
      const token: CloudToken = {
        id: `token-${nextId(world)}`,
        name,
        created: now(),
        expires: days === null ? null : now() + days * DAY,
        lastUsed: null,
      };
      world.copied.push(`(the token ${name})`);
      setTokens([...world.remotes.cloud.tokens, token]);
      return token;
    },
    revokeCloudToken: async (id) => {
      setTokens(world.remotes.cloud.tokens.filter((token) => token.id !== id));
      return null;
    },
    contacts: async () => world.remotes.contacts,
    pickCaFile: async () => {
      const settings = { ...world.settings.settings, caFile: "lab-authority.pem" };
      world.settings = { ...world.settings, settings };
      events.emit("settingsChanged", world.settings);
      return world.settings;
    },
  };
}

/** Keys for the host in a browser. */

import type {
  FingerprintComparison,
  ImportEffect,
  ImportItem,
  ImportPlanView,
  KeyState,
  TrustView,
} from "$bindings";

import { makeApiError } from "../error";
import type { HostCalls } from "../host";
import { settle } from "./image-calls";
import { groupsOf, makeKey } from "./keys";
import { startTask } from "./tasks";
import { DAY, type Events, nextId, now, type StoredKey, type World } from "./world";

/** How many backups of the keyring hold a key, unless a test says otherwise. */
const BACKUPS = 3;

type KeyHost = Pick<
  HostCalls,
  | "listKeys"
  | "getKey"
  | "createKey"
  | "planKeyImport"
  | "runKeyImport"
  | "listGnupgKeys"
  | "planGnupgImport"
  | "exportKey"
  | "publicKeyText"
  | "changePassphrase"
  | "extendKey"
  | "revokeKey"
  | "saveRevocation"
  | "deleteKey"
  | "keyBackups"
  | "restoreLostKeys"
  | "repairKeyring"
  | "compareFingerprint"
  | "trustKey"
  | "distrustKey"
  | "blockKey"
  | "unlockKey"
  | "forgetKeptPassphrase"
  | "lockKeys"
  | "lockState"
>;

export function keyCalls(world: World, events: Events): KeyHost {
  const changed = (): void => {
    for (const image of world.images) if (image.verdict !== null) settle(image, world);
    events.emit("keysChanged", null);
    events.emit("imagesChanged", { ids: world.images.map((image) => image.row.id) });
  };
  const setTrust = (fingerprint: string, trust: TrustView): null => {
    const key = find(world, fingerprint);
    key.row = { ...key.row, trust };
    changed();
    return null;
  };
  return {
    listKeys: async () => ({
      keyringFolder: world.start.profile.keyringFolder,
      keys: world.keys.map((key) => key.row),
      problems: [...world.problems],
    }),
    getKey: async (fingerprint) => viewOf(find(world, fingerprint), world),
    createKey: async (wanted, passphrase) =>
      startTask(world, events, "createKey", wanted.name, [], () => {
        const fingerprint = newFingerprint(nextId(world));
        const expiresInDays = wanted.expires === null ? null : Math.round((wanted.expires - now()) / DAY);
        const key = makeKey({
          fingerprint,
          name: wanted.name,
          mail: wanted.mail,
          own: true,
          passphrase,
          expiresInDays,
          createdDaysAgo: 0,
          algorithm: wanted.kind === "rsa4096" ? "RSA 4096" : "Ed25519",
        });
        world.keys = [key, ...world.keys];
        changed();
        return { kind: "done", outcome: { kind: "keyCreated", fingerprint } };
      }),
    ...importCalls(world, changed),
    exportKey: async (fingerprint, secret, armored) => ({
      name: `${find(world, fingerprint).row.mail ?? "key"}${secret ? "-secret" : ""}.${armored ? "asc" : "pgp"}`,
      size: 3_142,
    }),
    publicKeyText: async (fingerprint) => `(public key ${find(world, fingerprint).row.fingerprint})`,
    changePassphrase: async (fingerprint, old, next) => {
      const key = open(world, fingerprint, old);
      key.passphrase = next;
      const protection = next === "" ? "none" : "all";
      const problems = key.row.problems.filter(
        (problem) => problem !== "noPassphrase" && problem !== "bareSubkey",
      );
      key.row = { ...key.row, protection, problems: next === "" ? [...problems, "noPassphrase"] : problems };
      changed();
      return null;
    },
    extendKey: async (fingerprint, expires, passphrase) => {
      const key = open(world, fingerprint, passphrase);
      const problems = key.row.problems.filter((problem) => problem !== "expiresSoon");
      key.row = { ...key.row, expires, problems, state: "current", canSign: true };
      changed();
      return null;
    },
    revokeKey: async (fingerprint, reason, _text, passphrase) => {
      const key = open(world, fingerprint, passphrase);
      const state: KeyState = "revoked";
      key.row = { ...key.row, state, canSign: false };
      key.revokedAt = now();
      key.revocationReason = reason;
      changed();
      return null;
    },
    saveRevocation: async (fingerprint, passphrase) => {
      const key = open(world, fingerprint, passphrase);
      return { name: `${key.row.mail ?? "key"}-revocation.asc`, size: 812 };
    },
    deleteKey: async (fingerprint, typed, fromBackups) => {
      const key = find(world, fingerprint);
      if (key.row.own && typed !== (key.row.name ?? "")) {
        throw makeApiError("input-invalid", "the typed name is not that of the key");
      }
      world.keys = world.keys.filter((other) => other !== key);
      if (fromBackups) world.backups.set(fingerprint, 0);
      changed();
      return null;
    },
    keyBackups: async (fingerprint) => ({
      count: world.backups.get(fingerprint) ?? BACKUPS,
      folder: "/home/tom/.local/share/sifter/keyrings/singularity/keyring-backups",
    }),
    restoreLostKeys: async () => {
      const lost = world.keys.filter((key) => key.row.state === "secretLost");
      const found = lost.filter((key) => (world.backups.get(key.row.fingerprint) ?? BACKUPS) > 0);
      for (const key of found) {
        const problems = key.row.problems.filter((problem) => problem !== "secretLost");
        key.row = { ...key.row, state: "current", own: true, canSign: true, problems };
      }
      changed();
      const names = (keys: StoredKey[]): string[] => keys.map((key) => key.row.fingerprint);
      return { restored: names(found), missing: names(lost.filter((key) => !found.includes(key))) };
    },
    repairKeyring: async (file) => {
      const keeps = world.problems.find((problem) => problem.file === file)?.repairKeeps ?? 0;
      world.problems = world.problems.filter((problem) => problem.file !== file);
      changed();
      return keeps;
    },
    compareFingerprint: async (fingerprint, text) => compare(find(world, fingerprint).row.fingerprint, text),
    trustKey: async (fingerprint, compared) =>
      setTrust(fingerprint, { level: "trustedByYou", since: now(), compared }),
    distrustKey: async (fingerprint) =>
      setTrust(fingerprint, { level: "notTrusted", since: null, compared: null }),
    blockKey: async (fingerprint) =>
      setTrust(fingerprint, { level: "blocked", since: now(), compared: null }),
    unlockKey: async (fingerprint, passphrase, keep) => {
      const key = open(world, fingerprint, passphrase);
      if (keep === "keychain") world.inKeychain.add(fingerprint);
      key.row = { ...key.row, unlocked: true };
      setLock(world, events);
      return null;
    },
    forgetKeptPassphrase: async (fingerprint) => {
      const key = find(world, fingerprint);
      key.row = { ...key.row, unlocked: key.row.protection === "none" };
      setLock(world, events);
      return world.inKeychain.delete(fingerprint);
    },
    lockKeys: async () => {
      for (const key of world.keys) key.row = { ...key.row, unlocked: false };
      setLock(world, events);
      return null;
    },
    lockState: async () => world.lock,
  };
}

function importCalls(
  world: World,
  changed: () => void,
): Pick<HostCalls, "planKeyImport" | "runKeyImport" | "listGnupgKeys" | "planGnupgImport"> {
  const plan = (keys: StoredKey[]): ImportPlanView => planImport(world, keys);
  return {
    planKeyImport: async (source) => {
      const keys = source.kind === "files" ? world.offered.get(source.value)?.keys : keysInText(source.value);
      if (keys === undefined || keys.length === 0) {
        throw makeApiError("no-key-in-file", "no OpenPGP key was found");
      }
      return plan(keys);
    },
    runKeyImport: async (id) => {
      const entry = world.importPlans.get(id);
      if (entry === undefined) throw makeApiError("plan-outdated", "the plan was run already");
      world.importPlans.delete(id);
      const of = (kind: ImportEffect["kind"]): StoredKey[] =>
        entry.keys.filter((_, index) => entry.view.items[index]?.effect.kind === kind);
      const fresh = of("new");
      updateKeys(world, of("update"));
      // Stands for a secret keyring that is damaged, while the public one is not.
      const [refused, taken] = [fresh.filter(isRefused), fresh.filter((key) => !isRefused(key))];
      world.keys = [...world.keys, ...taken];
      changed();
      return {
        taken: taken.map((key) => key.row.fingerprint),
        refused: refused.map(({ row }) => ({
          fingerprint: row.fingerprint,
          name: row.name,
          error: makeApiError("keyring-damaged", "the keyring is damaged: byte 9"),
        })),
      };
    },
    listGnupgKeys: async () => world.gnupgKeys.map((key) => importItem(key, world)),
    planGnupgImport: async (fingerprints) =>
      plan(world.gnupgKeys.filter((key) => fingerprints.includes(key.row.fingerprint))),
  };
}

/** What importing these keys would do. */
export function planImport(world: World, keys: StoredKey[]): ImportPlanView {
  const view = { plan: `import-${nextId(world)}`, items: keys.map((key) => importItem(key, world)) };
  world.importPlans.set(view.plan, { view, keys });
  return view;
}

/** Newer versions take the place of the old ones; trust stays. */
function updateKeys(world: World, newer: StoredKey[]): void {
  world.keys = world.keys.map((old) => {
    const next = newer.find((key) => key.row.fingerprint === old.row.fingerprint);
    return next === undefined
      ? old
      : { ...next, row: { ...next.row, trust: old.row.trust, own: old.row.own } };
  });
}

/** A key by this name is never taken. */
function isRefused(key: StoredKey): boolean {
  return key.row.name === "Refused";
}

function find(world: World, fingerprint: string): StoredKey {
  const key = world.keys.find((candidate) => candidate.row.fingerprint === fingerprint);
  if (key === undefined) throw makeApiError("key-missing", "the key is not on this computer");
  return key;
}

/** The key, if the passphrase opens it. */
function open(world: World, fingerprint: string, passphrase: string | null): StoredKey {
  const key = find(world, fingerprint);
  if (!key.row.unlocked && key.passphrase !== "" && passphrase === null) {
    throw makeApiError("passphrase-needed", "the key is locked");
  }
  if (passphrase !== null && passphrase !== "" && passphrase !== key.passphrase) {
    throw makeApiError("wrong-passphrase", "the passphrase does not open the key", { retryable: true });
  }
  return key;
}

function setLock(world: World, events: Events): void {
  const unlocked = world.keys.filter((key) => key.row.own && key.row.unlocked).length;
  world.lock = { unlocked, until: unlocked === 0 ? null : now() + 900 };
  events.emit("lockChanged", world.lock);
  events.emit("keysChanged", null);
}

function viewOf(key: StoredKey, world: World): Awaited<ReturnType<HostCalls["getKey"]>> {
  const { row, userIds, subkeys, groups, words, qr, revokedAt, revocationReason, keyring } = key;
  const imagesSigned = world.images
    .filter((image) => image.signatures.some((signature) => signature.fingerprint === row.fingerprint))
    .map((image) => image.row);
  return { row, userIds, subkeys, groups, words, qr, revokedAt, revocationReason, keyring, imagesSigned };
}

function importItem(key: StoredKey, world: World): ImportItem {
  const { fingerprint, name, mail, algorithm, created, expires, own } = key.row;
  return { fingerprint, name, mail, algorithm, created, expires, secret: own, effect: effectOf(key, world) };
}

function effectOf(key: StoredKey, world: World): ImportEffect {
  if (key.row.algorithm.startsWith("DSA"))
    return { kind: "unsupported", reason: "DSA keys cannot sign images" };
  const known = world.keys.find((other) => other.row.fingerprint === key.row.fingerprint);
  if (known === undefined) return { kind: "new" };
  if (known.row.expires !== key.row.expires) return { kind: "update", changes: ["expiry"] };
  return { kind: "identical" };
}

/** A text of the form `key:Name` stands for a key file. */
function keysInText(text: string): StoredKey[] {
  return [...text.matchAll(/key:(\w+)/gu)].map((match, index) =>
    makeKey({
      fingerprint: newFingerprint(7_000 + index),
      name: match[1] ?? null,
      mail: "someone@example.org",
    }),
  );
}

function newFingerprint(seed: number): string {
  return Array.from({ length: 40 }, (_, index) => ((seed * (index + 3) + index * index) % 16).toString(16))
    .join("")
    .toUpperCase();
}

function compare(fingerprint: string, text: string): FingerprintComparison {
  const digits = text.replace(/^0x/iu, "").replace(/[\s:]/gu, "").toUpperCase();
  if (digits === "") return { kind: "empty" };
  if (!/^[0-9A-F]+$/u.test(digits)) return { kind: "notHex" };
  if (digits.length < 40) return { kind: "tooShort", digits: digits.length };
  if (digits === fingerprint) return { kind: "match" };
  const theirs = groupsOf(digits);
  return { kind: "differs", groups: groupsOf(fingerprint).map((group, index) => group === theirs[index]) };
}

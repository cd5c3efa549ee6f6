/** Keyservers for the host in a browser. */

import type { ApiError, KeyHit } from "$bindings";

import { makeApiError } from "../error";
import type { HostCalls } from "../host";
import { planImport } from "./key-calls";
import { LI, makeKey, MARA, STRANGER } from "./keys";
import { findRemote } from "./remotes-calls";
import { restTask } from "./tasks";
import type { Events, StoredKey, World } from "./world";

const PAGE = 20;

/** Keys that every keyserver has. */
function keysThere(): StoredKey[] {
  const many = Array.from({ length: 45 }, (_, index) =>
    makeKey({
      fingerprint: (0xabc000 + index * 7).toString(16).toUpperCase().padStart(40, "9"),
      name: `Lab member ${String(index + 1)}`,
      mail: `member${String(index + 1)}@lab.example.org`,
    }),
  );
  return [
    makeKey({ fingerprint: STRANGER, name: "Ravi Patel", mail: "ravi@lab.example.org" }),
    makeKey({ fingerprint: LI, name: "Li Chen", mail: "li@example.com" }),
    makeKey({ fingerprint: MARA, name: "Mara Novak", mail: "mara@example.net", createdDaysAgo: 1200 }),
    makeKey({ fingerprint: "D".repeat(40), name: null }),
    makeKey({
      fingerprint: "E".repeat(40),
      name: "Ravi Patel",
      mail: "ravi@old.example.org",
      state: "revoked",
      revokedDaysAgo: 90,
    }),
    ...many,
  ];
}

function hitOf(key: StoredKey, world: World): KeyHit {
  const { row } = key;
  return {
    fingerprint: row.fingerprint,
    names: row.name === null ? [] : [`${row.name} <${row.mail ?? ""}>`],
    algorithm: row.algorithm,
    bits: row.algorithm.startsWith("RSA") ? 4096 : 256,
    created: row.created,
    expires: row.expires,
    isRevoked: row.state === "revoked",
    isExpired: row.state === "expired",
    isHere: world.keys.some((other) => other.row.fingerprint === row.fingerprint),
  };
}

/** The keyservers that are asked, in their order; the remote needs one. */
function askedOf(world: World, id: string): string[] {
  const remote = findRemote(world, id);
  const own = remote.keyservers.filter((server) => !server.isSkipped).map((server) => server.address);
  const asked = own.length > 0 ? own : remote.services?.keyserver === null ? [] : [remote.address];
  if (asked.length === 0) throw makeApiError("service-missing", `\`${remote.name}\` has no keyserver`);
  if (remote.problem !== null) throw remote.problem;
  return asked.map((address) => address.replace(/^\w+:\/\//u, ""));
}

/** With several keyservers, the first one does not answer. */
function downOf(asked: string[]): [string, ApiError][] {
  const [first] = asked;
  if (asked.length < 2 || first === undefined) return [];
  return [[first, makeApiError("server-unreachable", `\`${first}\` does not answer`, { retryable: true })]];
}

export function keyserverCalls(
  world: World,
  events: Events,
): Pick<
  HostCalls,
  "searchKeys" | "lookForKey" | "publishKey" | "lookForKeyWhenOnline" | "publishKeyWhenOnline"
> {
  return {
    searchKeys: async (remote, text, page) => {
      const asked = askedOf(world, remote);
      const wanted = text.trim().toLowerCase().replace(/^0x/u, "");
      if (wanted.length < 3) throw makeApiError("input-invalid", "three letters are needed at least");
      const matching = keysThere().filter(({ row }) =>
        [row.name, row.mail, row.fingerprint].some((part) => part?.toLowerCase().includes(wanted) === true),
      );
      const from = page === null ? 0 : Number(page);
      return {
        hits: matching.slice(from, from + PAGE).map((key) => hitOf(key, world)),
        keyserver: asked.at(-1) ?? "",
        nextPage: from + PAGE < matching.length ? String(from + PAGE) : null,
        down: downOf(asked),
      };
    },
    lookForKey: async (remote, fingerprint) => {
      const asked = askedOf(world, remote);
      const key = keysThere().find(({ row }) => row.fingerprint === fingerprint);
      return {
        import: key === undefined ? null : planImport(world, [key]),
        keyserver: key === undefined ? null : (asked.at(-1) ?? null),
        asked,
        down: downOf(asked),
      };
    },
    publishKey: async (remote, fingerprint) => {
      const asked = askedOf(world, remote);
      const { login, name } = findRemote(world, remote);
      if (login.kind === "signedOut" || login.kind === "expired")
        throw makeApiError("token-missing", `nobody is signed in to \`${name}\``);
      world.remotes.published.push(fingerprint);
      events.emit("keysChanged", null);
      return { keyserver: asked[0] ?? "", message: "Upload successful." };
    },
    lookForKeyWhenOnline: async (_remote, fingerprint) => restTask(world, events, "findKey", fingerprint),
    publishKeyWhenOnline: async (_remote, fingerprint) => restTask(world, events, "publishKey", fingerprint),
  };
}

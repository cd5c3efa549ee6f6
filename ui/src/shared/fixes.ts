/**
 * What puts an error right: for each code the fixes that may help, the best first, and who knows the way to each.
 *
 * A place that shows an error knows some ways itself (trying again, its own field); the app knows those that work
 * everywhere. The first fix with a way is the button.
 */

import type { ErrorCode } from "$bindings";

/** Each has its words, `fix.<name>`. */
export type Fix =
  | "address"
  | "again"
  | "connection"
  | "createKey"
  | "getAgain"
  | "images"
  | "importKeys"
  | "keychain"
  | "keys"
  | "library"
  | "open"
  | "otherAccount"
  | "otherArch"
  | "otherName"
  | "otherPlace"
  | "ownPlace"
  | "pasteAddress"
  | "pull"
  | "remotes"
  | "search"
  | "signIn"
  | "unlock"
  | "whenOnline";

/** Answers `true` when it put things right, so that it is worth trying again. */
export type Way = () => unknown;

/** `null`: there is no such way here, although the app knows one. */
export type Ways = Partial<Record<Fix, Way | null | undefined>>;

/** Where a sheet tells the errors in it that its primary button tries again. */
export const WAYS = Symbol("ways of the sheet");

const fixes: Record<ErrorCode, readonly Fix[]> = {
  "not-sif": ["open"],
  "file-empty": ["getAgain"],
  "sif-truncated": ["getAgain"],
  "sif-malformed": ["getAgain"],
  "sif-unsupported": ["open"],
  "file-missing": ["images"],
  "file-is-folder": ["images"],
  "file-is-special": ["open"],
  "file-not-readable": ["again"],
  "file-not-writable": ["again"],
  "file-changed": ["again"],
  "file-locked": ["again"],
  "link-loop": ["open"],
  "path-too-long": ["otherName", "open"],
  "file-exists": ["otherName", "again"],
  "disk-full": ["again"],
  io: ["again"],
  "no-capacity": ["open"],
  "image-tampered": ["getAgain"],
  "already-signed": [],
  "part-missing": ["again"],
  "plan-outdated": ["again"],
  "handle-unknown": ["again"],
  "wrong-passphrase": ["again"],
  "passphrase-needed": ["again"],
  "key-missing": ["importKeys"],
  "no-secret-key": ["importKeys"],
  "key-expired": ["keys"],
  "key-revoked": ["createKey"],
  "key-not-for-signing": ["createKey"],
  "key-malformed": ["importKeys"],
  "no-key-in-file": ["importKeys"],
  "key-name-not-allowed": [],
  "keyring-damaged": ["keys"],
  "keyring-not-readable": ["again"],
  "keyring-not-writable": ["again"],
  "keyring-busy": ["again"],
  "pem-malformed": [],
  "certificate-refused": [],
  "gnupg-failed": ["again"],
  "keychain-missing": ["keychain"],
  "keychain-locked": ["unlock"],
  "keychain-denied": ["keychain"],
  "setting-locked": [],
  "state-replaced": [],
  "input-invalid": [],
  "fingerprint-mismatch": [],
  "token-missing": ["signIn"],
  "token-wrong": ["signIn"],
  "token-expired": ["signIn"],
  forbidden: ["ownPlace", "otherPlace", "otherAccount", "library"],
  "not-found-or-private": ["otherAccount", "search"],
  "library-read-only": ["otherPlace", "library"],
  "quota-exceeded": ["library"],
  "name-not-allowed": ["otherName", "otherPlace", "library"],
  "reference-invalid": ["search"],
  "address-needed": ["pasteAddress"],
  "transport-unsupported": ["search"],
  "arch-missing": ["otherArch", "pull"],
  "arch-mismatch": ["otherArch", "pull"],
  offline: ["whenOnline", "again"],
  "host-unknown": ["address", "whenOnline", "again", "remotes"],
  "server-unreachable": ["whenOnline", "again", "remotes"],
  "proxy-failed": ["connection"],
  "tls-name-wrong": ["address", "remotes"],
  "tls-issuer-unknown": ["connection"],
  "tls-failed": ["address", "remotes"],
  "clock-wrong": ["again"],
  "server-failed": ["again"],
  "rate-limited": ["again"],
  "server-answer-invalid": ["address", "again", "remotes"],
  "digest-mismatch": ["again"],
  "service-missing": ["address", "remotes"],
  "remote-unknown": ["remotes"],
  "remote-name-taken": [],
  "remote-fixed": ["remotes"],
  "remote-exclusive": ["remotes"],
  "remote-file-damaged": ["remotes"],
  "login-refused": ["signIn"],
  "cloud-in-use": ["again"],
  cancelled: ["again"],
  internal: ["again"],
};

/** Whether the way to the server was missing, so that it is worth waiting for the network. */
export function mayWait(code: ErrorCode): boolean {
  return fixes[code].includes("whenOnline");
}

let everywhere: () => Ways = () => ({});

/** Sets the ways that work everywhere; they are asked for anew each time. */
export function setWays(ways: () => Ways): void {
  everywhere = ways;
}

/** The fix to offer, with its way; nothing when nothing can be done from here. */
export function fixFor(code: string, here: Ways): { fix: Fix; way: Way } | undefined {
  const known = everywhere();
  for (const fix of fixes[code as ErrorCode] ?? []) {
    const way = here[fix] === undefined ? known[fix] : here[fix];
    if (way) return { fix, way };
  }
  return undefined;
}

/** Goes the way, and tries again where that put things right. */
export async function runFix({ fix, way }: { fix: Fix; way: Way }, here: Ways): Promise<void> {
  const done = await way();
  if (fix !== "again" && done === true) await here.again?.();
}

/** Keys of every state for the host in a browser. */

import type { KeyProblem, KeyState, TrustLevel, TrustView } from "$bindings";

import { DAY, now, type StoredKey } from "./world";

// Words of one syllable or two for the read-aloud list; the program has its own, longer list.
const WORDS = (
  "amber anchor apple autumn basil beacon birch bronze candle canyon cedar cobalt copper coral cotton delta " +
  "ember falcon fern garnet ginger glacier granite harbor hazel indigo island ivory jasper juniper kettle lagoon " +
  "lantern lemon linen magnet maple marble meadow mercury mosaic nectar north oasis ocean olive onyx orbit " +
  "orchid paper pebble pepper pine planet plum quartz quiet raven reef river saffron sage silver spruce"
).split(" ");

export const ANNA = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";
export const TOM = "7C3E51A09B24D8F61E0377AC5D29B4E81FA6C052";
export const TOM_OLD = "1B90F4D27A6CE8350D41B7925FCE03A86D7E214F";
export const TOM_BARE = "E05D2B7719AC4F8630D1C59E84B7A2F36018CD94";
export const LI = "93F1A8D64E02B7C55A8E10F3D46B9C278E5130FA";
export const MARA = "2F6B04E9D81C37A5F0429DBE6A715C38D0E94B16";
export const OTTO = "5AD7730CB1E94F2886C3D05A17FB6E924C80B3D1";
export const SITE = "C81E6F0A3D57B29440F6AB8ED5137C9260B4E87F";
export const NAMELESS = "0D94C6E2A7F8153B62C07E4D8BA19F353F0A77C1";
export const MALLORY = "B6230FD85C9E417AE1D4902B7F68C3A50E17D94C";
/** Signed an image, and is on no keyring. */
export const STRANGER = "66D21A9CF07B843E5D12C0B97E4FA8363F0A77C1";

interface Wanted {
  fingerprint: string;
  name: string | null;
  mail?: string;
  comment?: string;
  own?: boolean;
  algorithm?: string;
  createdDaysAgo?: number;
  expiresInDays?: number | null;
  state?: KeyState;
  trust?: TrustLevel;
  problems?: KeyProblem[];
  passphrase?: string;
  revokedDaysAgo?: number;
  reason?: string;
}

/** A key with all that its page shows. */
export function makeKey(wanted: Wanted): StoredKey {
  const own = wanted.own ?? false;
  const created = now() - (wanted.createdDaysAgo ?? 400) * DAY;
  const expiresIn = wanted.expiresInDays === undefined ? 330 : wanted.expiresInDays;
  const expires = expiresIn === null ? null : now() + expiresIn * DAY;
  const algorithm = wanted.algorithm ?? "RSA 4096";
  const state = wanted.state ?? "current";
  const trust = trustOf(wanted.trust ?? (own ? "yours" : "notTrusted"));
  const mail = wanted.mail ?? null;
  const passphrase = wanted.passphrase ?? (own ? "open sesame" : "");
  return {
    row: {
      fingerprint: wanted.fingerprint,
      name: wanted.name,
      mail,
      comment: wanted.comment ?? null,
      own,
      algorithm,
      created,
      expires,
      state,
      trust,
      protection: own ? (passphrase === "" ? "none" : "all") : null,
      unlocked: own && passphrase === "",
      canSign: own && state === "current",
      problems: wanted.problems ?? [],
    },
    userIds: wanted.name === null ? [] : [{ text: userId(wanted), primary: true, revoked: false }],
    subkeys: [
      {
        fingerprint: Array.from(wanted.fingerprint).reverse().join(""),
        algorithm,
        created,
        expires,
        usage: ["encrypt"],
        revoked: state === "revoked",
      },
    ],
    groups: groupsOf(wanted.fingerprint),
    words: wordsOf(wanted.fingerprint),
    qr: matrixOf(wanted.fingerprint),
    revokedAt: wanted.revokedDaysAgo === undefined ? null : now() - wanted.revokedDaysAgo * DAY,
    revocationReason: wanted.reason ?? null,
    keyring: trust.level === "trustedByAdministrator" ? "global" : own ? "secret" : "public",
    imagesSigned: [],
    passphrase,
  };
}

function userId(wanted: Wanted): string {
  const comment = wanted.comment === undefined ? "" : ` (${wanted.comment})`;
  return `${wanted.name ?? ""}${comment} <${wanted.mail ?? ""}>`;
}

export function trustOf(level: TrustLevel): TrustView {
  const byYou = level === "trustedByYou";
  return { level, since: byYou ? now() - 60 * DAY : null, compared: byYou ? "pasted" : null };
}

export function groupsOf(fingerprint: string): string[] {
  return fingerprint.match(/.{1,4}/gu) ?? [];
}

function wordsOf(fingerprint: string): string[] {
  const bytes = fingerprint.match(/../gu) ?? [];
  return bytes.map((byte, index) => WORDS[(Number.parseInt(byte, 16) + index * 7) % WORDS.length] ?? "");
}

/** A picture in the shape of a QR code; the program draws the real one. */
function matrixOf(fingerprint: string): boolean[][] {
  const size = 29;
  const finder = (row: number, column: number): boolean | null => {
    for (const [top, left] of [
      [0, 0],
      [0, size - 7],
      [size - 7, 0],
    ] as const) {
      const [y, x] = [row - top, column - left];
      if (y >= -1 && y <= 7 && x >= -1 && x <= 7) {
        const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
        return ring !== 2 && ring !== 4;
      }
    }
    return null;
  };
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      const digit = Number.parseInt(fingerprint[(row * 7 + column * 3) % fingerprint.length] ?? "0", 16);
      return finder(row, column) ?? (digit + row * column) % 3 === 0;
    }),
  );
}

/** The keyring of the full scenario. */
export function allKeys(): StoredKey[] {
  return [
    makeKey({ fingerprint: TOM, name: "Tom Weber", mail: "tom@lab.example.org", own: true }),
    makeKey({
      fingerprint: TOM_OLD,
      name: "Tom Weber",
      mail: "tom@old.example.org",
      comment: "cluster",
      own: true,
      algorithm: "Ed25519",
      expiresInDays: 12,
      problems: ["expiresSoon"],
    }),
    makeKey({
      fingerprint: TOM_BARE,
      name: "Build robot",
      mail: "robot@lab.example.org",
      own: true,
      passphrase: "",
      problems: ["noPassphrase"],
    }),
    makeKey({
      fingerprint: ANNA,
      name: "Anna Ruiz",
      mail: "anna@lab.example.org",
      trust: "trustedByYou",
    }),
    makeKey({ fingerprint: LI, name: "Li Chen", mail: "li@example.com" }),
    makeKey({
      fingerprint: MARA,
      name: "Mara Novak",
      mail: "mara@example.net",
      state: "expired",
      createdDaysAgo: 1200,
      expiresInDays: -90,
      trust: "trustedByYou",
    }),
    makeKey({
      fingerprint: OTTO,
      name: "Otto Berg",
      mail: "otto@example.net",
      state: "revoked",
      revokedDaysAgo: 30,
      reason: "compromised",
      trust: "notTrusted",
    }),
    makeKey({
      fingerprint: SITE,
      name: "Cluster images",
      mail: "images@hpc.example.org",
      trust: "trustedByAdministrator",
      expiresInDays: null,
    }),
    makeKey({
      fingerprint: NAMELESS,
      name: null,
      expiresInDays: null,
      problems: ["weakKey"],
      algorithm: "RSA 1024",
    }),
    makeKey({ fingerprint: MALLORY, name: "Mallory", mail: "mallory@example.net", trust: "blocked" }),
  ];
}

/** Keys that GnuPG would offer. */
export function gnupgKeys(): StoredKey[] {
  return [
    makeKey({
      fingerprint: "D41F8C0365B97AE2F3084C6D1E97B5A02C6F48E3",
      name: "Tom Weber",
      mail: "tom@gnupg.example.org",
      own: true,
      algorithm: "Ed25519",
    }),
    makeKey({
      fingerprint: "A90C4E7D21F86B35C7D0E2948F1B635A7E04D2C8",
      name: "Nadia Haddad",
      mail: "nadia@example.com",
    }),
    makeKey({ fingerprint: ANNA, name: "Anna Ruiz", mail: "anna@lab.example.org" }),
  ];
}

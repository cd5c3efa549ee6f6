/** The keyservers of a remote as a person orders them; pure. */

import type { KeyserverView, RemoteView } from "$bindings";

const FORM = /^(?:https?|hkps?):\/\/[^\s/@]+(?:\/\S*)?$/u;

/** What can be ordered: the list that is kept, or else the one that the remote names. */
export function startingList(remote: Pick<RemoteView, "keyservers" | "services">): KeyserverView[] {
  const named = remote.services?.keyserver;
  if (remote.keyservers.length > 0 || named == null) return [...remote.keyservers];
  return [{ address: named, isExternal: false, isSkipped: false, isInsecure: false }];
}

export type Refusal = "wrong" | "twice";

/** Why the address cannot be added; nothing when it can. */
export function refusalOf(list: readonly KeyserverView[], address: string): Refusal | undefined {
  const wanted = address.trim();
  if (!FORM.test(wanted)) return "wrong";
  return list.some((server) => server.address === wanted) ? "twice" : undefined;
}

export function withServer(list: readonly KeyserverView[], address: string): KeyserverView[] {
  return [...list, { address: address.trim(), isExternal: true, isSkipped: false, isInsecure: false }];
}

/** The list with one keyserver moved by one place. */
export function moved(list: readonly KeyserverView[], from: number, by: 1 | -1): KeyserverView[] {
  const server = list[from];
  const other = list[from + by];
  if (server === undefined || other === undefined) return [...list];
  return list.with(from, other).with(from + by, server);
}

export function sameList(one: readonly KeyserverView[], other: readonly KeyserverView[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

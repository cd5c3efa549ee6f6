/** Keys over the network: which remotes have keyservers, and how a hit is named; pure. */

import type { KeyHit, RemotesView, RemoteView } from "$bindings";
import { lockReason } from "$features/remotes";
import { t } from "$messages";
import { formatDay } from "$shared/format";

/** Whether keys can be looked for there, as far as is known. */
export function hasKeyserver(remote: RemoteView): boolean {
  if (remote.keyservers.length > 0) return remote.keyservers.some((server) => !server.isSkipped);
  return remote.services === null || remote.services.keyserver !== null;
}

/** The remotes that may be asked for keys. */
export function withKeyserver(view: RemotesView | undefined): RemoteView[] {
  return (view?.remotes ?? []).filter(
    (remote) => view && hasKeyserver(remote) && lockReason(view, remote.id) === undefined,
  );
}

/** The remote to ask first: the one in use if it can be asked. */
export function firstToAsk(view: RemotesView | undefined): string {
  const may = withKeyserver(view);
  return (may.find((remote) => remote.id === view?.current) ?? may[0])?.id ?? "";
}

/** The first keyserver that is asked, without its scheme. */
export function keyserverName(remote: RemoteView): string {
  const first = remote.keyservers.find((server) => !server.isSkipped)?.address ?? remote.services?.keyserver;
  return (first ?? remote.address).replace(/^\w+:\/\//u, "").replace(/\/$/u, "");
}

/** How the keyserver is called that is asked first for a key; nothing for that of this computer. */
export function serverToAsk(view: RemotesView | undefined): string | undefined {
  const first = view?.remotes.find((remote) => remote.id === firstToAsk(view));
  return first === undefined || first.kind === "thisComputer" ? undefined : keyserverName(first);
}

/** A short id can be forged, and is not looked for. */
export function isWhole(fingerprint: string): boolean {
  return /^[0-9A-F]{40}(?:[0-9A-F]{24})?$/iu.test(fingerprint);
}

/** A fingerprint as a person may paste it, in the form of the program. */
export function bareFingerprint(text: string): string {
  return text.replace(/^0x/iu, "").replaceAll(/[\s:]/gu, "").toUpperCase();
}

/** The first name that the keyserver gives. */
export function hitName(hit: KeyHit): string {
  return hit.names[0] ?? t("keys.noName");
}

/** Kind, age and state, as the keyserver says. */
export function hitFacts(hit: KeyHit): string {
  const known = /\d/u.test(hit.algorithm) || hit.bits === null;
  return [
    known ? hit.algorithm : t("keyservers.hit.bits", { algorithm: hit.algorithm, n: hit.bits ?? 0 }),
    hit.created === null ? "" : t("keyservers.hit.created", { date: formatDay(hit.created) }),
    hit.isRevoked ? t("keyservers.hit.revoked") : hit.isExpired ? t("keyservers.hit.expired") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The ways into the sheets of remotes, for this feature and for others. */

import type { RegistryView, RemoteId, RemoteView } from "$bindings";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { store } from "$store";

import { takesTokens } from "./words";

const CloudTokenSheet = later(async () => (await import("./CloudTokenSheet.svelte")).default);
const KeyserversSheet = later(async () => (await import("./KeyserversSheet.svelte")).default);
const RegistrySheet = later(async () => (await import("./RegistrySheet.svelte")).default);
const RemoteSheet = later(async () => (await import("./RemoteSheet.svelte")).default);
const RemoveRemoteSheet = later(async () => (await import("./RemoveRemoteSheet.svelte")).default);
const ShareLoginSheet = later(async () => (await import("./ShareLoginSheet.svelte")).default);
const SignInSheet = later(async () => (await import("./SignInSheet.svelte")).default);

/** Signs in to a remote; whether one is signed in now. */
export async function openSignIn(remote: RemoteId): Promise<boolean> {
  return (await openLater<{ remote: RemoteId }, boolean>(SignInSheet, { remote })) === true;
}

/** Signs in to a remote that is chosen on the way: one without a login, or a new one. */
export async function openSignInSomewhere(): Promise<boolean> {
  const open = store.remotes?.remotes.filter(takesTokens) ?? [];
  const known = open.find((remote) => remote.login.kind !== "signedIn") ?? open[0];
  const remote = known?.id ?? (await openAddRemote());
  return remote === undefined ? false : openSignIn(remote);
}

/** Adds a remote; resolves with its handle. */
export function openAddRemote(address = ""): Promise<RemoteId | undefined> {
  return openLater<{ address: string; remote?: RemoteView }, RemoteId>(RemoteSheet, { address });
}

export function openEditRemote(remote: RemoteView): Promise<RemoteId | undefined> {
  return openLater<{ address: string; remote?: RemoteView }, RemoteId>(RemoteSheet, {
    address: remote.address,
    remote,
  });
}

export async function openRemoveRemote(remote: RemoteView): Promise<void> {
  await openLater<{ remote: RemoteView }, unknown>(RemoveRemoteSheet, { remote });
}

export async function openKeyservers(remote: RemoteView): Promise<void> {
  await openLater<{ remote: RemoteView }, unknown>(KeyserversSheet, { remote });
}

export async function openShareLogin(of: RemoteView | RegistryView): Promise<void> {
  await openLater<{ of: RemoteView | RegistryView }, unknown>(ShareLoginSheet, { of });
}

/** Signs in to an OCI registry; whether one is signed in now. */
export async function openRegistrySignIn(host = ""): Promise<boolean> {
  return (await openLater<{ registry: string }, boolean>(RegistrySheet, { registry: host })) === true;
}

export async function openNewCloudToken(): Promise<void> {
  await openLater<object, unknown>(CloudTokenSheet, {});
}

/** What can be done with a remote at once; a refusal is said. */

import type { RegistryView, RemoteView } from "$bindings";
import { host } from "$host";
import { describeError, t } from "$messages";
import { tryTo } from "$shared/tell";
import { say, showToast } from "$shared/toasts.svelte";
import { store } from "$store";

import { remoteName } from "./words";

export async function useRemote(remote: RemoteView): Promise<void> {
  if (await tryTo(() => host.setCurrentRemote(remote.id)))
    say(t("remotes.switched", { name: remoteName(remote) }));
}

export async function makeActive(remote: RemoteView): Promise<void> {
  if (await tryTo(() => host.makeRemoteActive(remote.id)))
    showToast(t("remotes.nowActive", { name: remote.name }));
}

/** Asks the remote what it offers; what it answers is shown where it stands. */
export async function checkRemote(remote: RemoteView): Promise<void> {
  const went = await tryTo(async () => {
    const view = await host.refreshRemote(remote.id);
    if (view.problem === null) showToast(t("remotes.checked", { name: remoteName(remote) }));
  });
  if (went) await store.refreshRemotes();
}

export async function signOut(remote: RemoteView): Promise<void> {
  if (await tryTo(() => host.signOut(remote.id))) showToast(t("remotes.signedOut", { name: remote.name }));
}

export async function unshareLogin(remote: RemoteView): Promise<void> {
  if (await tryTo(() => host.unshareLogin(remote.id))) showToast(t("remotes.unshared"));
}

export async function signOutOfRegistry(registry: RegistryView): Promise<void> {
  if (await tryTo(() => host.signOutRegistry(registry.host)))
    showToast(t("remotes.registry.out", { host: registry.host }));
}

export async function unshareRegistry(registry: RegistryView): Promise<void> {
  if (await tryTo(() => host.shareRegistryLogin(registry.host, false))) showToast(t("remotes.unshared"));
}

export async function openKeychain(): Promise<void> {
  if (await tryTo(() => host.tryKeychain())) showToast(t("remotes.keychain.open"));
}

/** Takes the logins of the command lines' files over, and says what could not be taken. */
export async function importLogins(): Promise<boolean> {
  return tryTo(async () => {
    const { taken, problems } = await host.importLogins();
    if (taken > 0) showToast(t("remotes.imported", { n: taken }));
    for (const [name, problem] of problems) {
      const why = describeError(problem).what;
      showToast(t("remotes.importFailed", { name, why }), { urgency: "assertive" });
    }
  });
}

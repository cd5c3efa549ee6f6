/** The ways out of an error that work from everywhere (see `$shared/fixes`). */

import { offerImages } from "$features/drop";
import { openCreateKey, openImportKeys } from "$features/keys";
import { searchLibrary } from "$features/library";
import { openSignIn, openSignInSomewhere, takesTokens } from "$features/remotes";
import { openPullSheet } from "$features/transfers";
import { host } from "$host";
import type { Way, Ways } from "$shared/fixes";
import { closeAllSheets } from "$shared/sheets.svelte";
import { tryTo } from "$shared/tell";
import { navigate, type Route, store } from "$store";

/** Goes to a place; sheets that would lie over it are cancelled. */
const to =
  (route: Route): Way =>
  () => {
    closeAllSheets();
    navigate(route);
  };

const keychain: Way = () => tryTo(() => host.tryKeychain());

export function waysEverywhere(): Ways {
  const remote = store.currentRemote;
  const signIn: Way = () => (remote && takesTokens(remote) ? openSignIn(remote.id) : openSignInSomewhere());
  return {
    connection: to({ name: "settings", section: "transfers" }),
    createKey: async () => (await openCreateKey()) !== undefined,
    getAgain: () => void openPullSheet(),
    images: to({ name: "images" }),
    importKeys: async () => (await openImportKeys()).length > 0,
    keychain,
    keys: to({ name: "keys" }),
    library: to({ name: "library" }),
    open: async () => {
      const picked = await host.pickImages();
      if (picked === null) return;
      closeAllSheets();
      await offerImages(picked);
    },
    // One that has accounts.
    otherAccount: remote && takesTokens(remote) ? signIn : null,
    pasteAddress: () => void openPullSheet(),
    pull: () => void openPullSheet(),
    remotes: to({ name: "settings", section: "remotes" }),
    search: () => {
      closeAllSheets();
      searchLibrary("");
    },
    signIn,
    unlock: keychain,
  };
}

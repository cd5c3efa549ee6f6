/** Remotes: which one is used, signing in, and their section of Settings. */

import { later } from "$shared/later.svelte";

export {
  openAddRemote,
  openNewCloudToken,
  openRegistrySignIn,
  openSignIn,
  openSignInSomewhere,
} from "./open";
export { default as RemoteSwitcher } from "./RemoteSwitcher.svelte";
export const FoundLogins = later(async () => (await import("./FoundLogins.svelte")).default);
export const RemotesBody = later(async () => (await import("./RemotesBody.svelte")).default);
export { loginWords, lockReason, purposeWords, reachOf, remoteName, takesTokens } from "./words";

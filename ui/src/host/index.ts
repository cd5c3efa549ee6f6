/** The host of this build (see `vite.config.ts`) and its types. */

export { host } from "$host/chosen";
export { asApiError, isApiError, makeApiError } from "./error";
export type { Host, HostCalls, HostEvents, Unsubscribe } from "./host";

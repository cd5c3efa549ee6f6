/** The host of this build (see `vite.config.ts`) and its types. */

import { host as chosen } from "$host/chosen";

import { seen } from "./seen";

export const host = seen(chosen);

export { asApiError, isApiError, makeApiError } from "./error";
export type { Host, HostCalls, HostEvents, Unsubscribe } from "./host";

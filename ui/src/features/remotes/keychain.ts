/** Errors that say that the keychain cannot take a login now. */

import type { ApiError } from "$bindings";

const CODES: readonly string[] = ["keychain-missing", "keychain-locked", "keychain-denied"];

export function isKeychainProblem(error: ApiError | undefined): error is ApiError {
  return error !== undefined && CODES.includes(error.code);
}

/** What a failed call throws, and how to tell it from a defect of the page. */

import type { ApiError, ErrorCode } from "$bindings";

/** Whether a thrown thing is the program's own error. */
export function isApiError(thrown: unknown): thrown is ApiError {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    typeof thrown.code === "string" &&
    "message" in thrown &&
    typeof thrown.message === "string" &&
    "causes" in thrown
  );
}

/** The program's error as it is; anything else as a defect (`internal`). */
export function asApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) {
    return thrown;
  }
  return makeApiError("internal", thrown instanceof Error ? thrown.message : String(thrown));
}

/** An error of a given code, for the host in the browser and for tests. */
export function makeApiError(code: ErrorCode, message: string, more: Partial<ApiError> = {}): ApiError {
  return { code, message, hint: null, causes: [], retryable: false, ...more };
}

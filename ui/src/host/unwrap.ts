/** Turns the results of the generated commands into values and thrown errors. */

import type { ApiError } from "$bindings";

type CommandResult<T> = { status: "ok"; data: T } | { status: "error"; error: ApiError };
type Command = (...args: never[]) => Promise<unknown>;

/** The same commands, answering with values. */
export type Unwrapped<C extends Record<string, Command>> = {
  [K in keyof C]: C[K] extends (...args: infer A) => Promise<CommandResult<infer T>>
    ? (...args: A) => Promise<T>
    : C[K];
};

function isResult(answer: unknown): answer is CommandResult<unknown> {
  return typeof answer === "object" && answer !== null && "status" in answer;
}

/** The value of a result; throws its `ApiError`. */
export function unwrapResult(answer: unknown): unknown {
  if (!isResult(answer)) {
    return answer;
  }
  if (answer.status === "ok") {
    return answer.data;
  }
  // The page tells errors by their code; an `Error` around them would hide it.
  throw answer.error;
}

/** All commands, unwrapped. */
export function unwrapAll<C extends Record<string, Command>>(commands: C): Unwrapped<C> {
  const unwrapped: Record<string, Command> = {};
  for (const [name, command] of Object.entries(commands)) {
    unwrapped[name] = async (...args: never[]) => unwrapResult(await command(...args));
  }
  return unwrapped as Unwrapped<C>;
}

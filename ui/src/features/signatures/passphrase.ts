/** Asking for a passphrase: for an action of this page, or for a task that waits for one. */

import type { KeepPassphrase, TaskView } from "$bindings";
import { host } from "$host";
import { t } from "$messages";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { store } from "$store";

const PassphraseSheet = later(async () => (await import("./PassphraseSheet.svelte")).default);

export interface PassphraseQuestion {
  fingerprint: string;
  purpose: string;
  wrong?: boolean;
  submit: (passphrase: string, keep: KeepPassphrase) => Promise<unknown>;
}

/** Whether the passphrase was given and taken. */
export async function askPassphrase(question: PassphraseQuestion): Promise<boolean> {
  return (await openLater(PassphraseSheet, question)) === true;
}

/** Answers a task that waits for a passphrase; the task stays as it is when the sheet is cancelled. */
export async function answerTask(task: TaskView): Promise<boolean> {
  if (task.state.kind !== "needsInput" || task.state.need.kind !== "passphrase") return false;
  const { fingerprint, wrong } = task.state.need;
  return askPassphrase({
    fingerprint,
    wrong,
    purpose: t("signatures.pass.purpose", { subject: task.subject }),
    submit: (passphrase, keep) => host.answerTask(task.id, passphrase, keep),
  });
}

/** Asks again, in place, whenever a task that was started here finds its passphrase wrong. */
export function answerWhenAsked(id: number): void {
  const stop = store.onTask((event) => {
    if (event.kind === "finished" && event.task.id === id) stop();
    if (event.kind === "needsInput" && event.id === id) {
      const task = store.task(id);
      if (task) void answerTask(task);
    }
  });
}

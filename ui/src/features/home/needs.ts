/** What needs a person, gathered from tasks and keys. Pure. */

import type { KeysView, TaskView } from "$bindings";
import { daysLeft } from "$features/keys";
import { t } from "$messages";
import { formatDuration } from "$shared/format";
import { plainText } from "$shared/ticks";

export interface Need {
  key: string;
  text: string;
  action: string;
  does:
    /** Gives a task what it waits for. */
    | { kind: "answer"; task: TaskView }
    | { kind: "task"; id: number }
    | { kind: "key"; fingerprint: string }
    | { kind: "keys" };
}

const DAY = 86_400;

export function needsOf(tasks: readonly TaskView[], keys: KeysView | undefined, now: number): Need[] {
  return [...tasks.flatMap(needOfTask), ...keyNeeds(keys, now)];
}

function needOfTask(task: TaskView): Need[] {
  if (task.state.kind === "needsInput") {
    return [
      {
        key: `task-${task.id}`,
        ...(task.state.need.kind === "passphrase"
          ? { text: t("home.need.passphrase", { subject: task.subject }), action: t("home.need.unlock") }
          : task.state.need.kind === "review"
            ? { text: t("home.need.review", { subject: task.subject }), action: t("tasks.review") }
            : { text: t("home.need.signIn", { subject: task.subject }), action: t("home.need.toSignIn") }),
        does: { kind: "answer", task },
      },
    ];
  }
  if (task.interrupted && task.canRetry) {
    return [
      {
        key: `task-${task.id}`,
        text: t("home.need.interrupted", { subject: task.subject }),
        action: t("home.need.show"),
        does: { kind: "task", id: task.id },
      },
    ];
  }
  return [];
}

function keyNeeds(keys: KeysView | undefined, now: number): Need[] {
  if (!keys) return [];
  const damaged: Need[] = keys.problems.map((problem) => ({
    key: `keyring-${problem.file}`,
    text: plainText(problem.error.message),
    action: t("home.need.show"),
    does: { kind: "keys" },
  }));
  const several = keys.keys.filter((key) => key.own).length > 1;
  const expiring = keys.keys.flatMap((key): Need[] => {
    if (!key.own || key.expires === null || !key.problems.includes("expiresSoon")) return [];
    const left = key.expires - now;
    if (left <= 0) return [];
    const time = left > DAY ? t("home.need.days", { n: daysLeft(key.expires, now) }) : formatDuration(left);
    const name = key.mail ?? key.name;
    return [
      {
        key: `key-${key.fingerprint}`,
        text:
          several && name !== null
            ? t("home.need.expiresNamed", { name, time })
            : t("home.need.expires", { time }),
        action: t("home.need.extend"),
        does: { kind: "key", fingerprint: key.fingerprint },
      },
    ];
  });
  return [...damaged, ...expiring];
}

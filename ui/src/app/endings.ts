/** What is said when a task ends. */

import type { PulledItem, PushedItem, TagMoveView, TaskOutcome, TaskView } from "$bindings";
import { badgeWord } from "$features/signatures";
import { outcomeWords, titleOf } from "$features/tasks";
import { t } from "$messages";
import { formatBytes } from "$shared/format";
import { plainText } from "$shared/ticks";

export interface Ending {
  text: string;
  /** Interrupts a screen reader. */
  urgent: boolean;
  /** What happened shows on the page of the image itself. */
  seen?: boolean;
  /** Moves of tags that can be taken back. */
  undo?: TagMoveView[];
}

/** The sentence for an ended task; nothing for one that is cancelled or still works. */
export function endingOf(task: TaskView): Ending | undefined {
  switch (task.state.kind) {
    case "done":
      return outcomeOf(task, task.state.outcome);
    case "failed":
      if (task.state.error.code === "cancelled") return undefined;
      return {
        text: t("app.ended.failed", { subject: task.subject, why: plainText(task.state.error.message) }),
        urgent: true,
      };
    default:
      return undefined;
  }
}

function outcomeOf(task: TaskView, outcome: TaskOutcome): Ending | undefined {
  switch (outcome.kind) {
    case "verified": {
      const tampered = outcome.items.filter((item) => item.badge === "tampered");
      const [first] = tampered;
      if (first && tampered.length === 1)
        return { text: t("app.ended.tampered", { name: first.name }), urgent: true };
      if (first) return { text: t("app.ended.tamperedMany", { n: tampered.length }), urgent: true };
      if (outcome.items.length === 1)
        return { text: t("app.ended.verified", { name: task.subject }), urgent: false, seen: true };
      const failed = outcome.items.filter((item) => item.error !== null).length;
      if (failed > 0)
        return { text: t("app.ended.verifiedPartly", { n: failed, of: outcome.items.length }), urgent: true };
      return { text: t("app.ended.verifiedMany", { n: outcome.items.length }), urgent: false };
    }
    case "signed": {
      const failed = outcome.items.filter((item) => item.error !== null).length;
      if (failed > 0)
        return { text: t("app.ended.signedPartly", { n: failed, of: outcome.items.length }), urgent: true };
      const [only] = outcome.items;
      if (only && outcome.items.length === 1)
        return { text: t("app.ended.signed", { name: only.name }), urgent: false };
      return { text: t("app.ended.signedMany", { n: outcome.items.length }), urgent: false };
    }
    case "keyCreated":
      return { text: t("app.ended.keyCreated", { name: task.subject }), urgent: false };
    case "exported":
      return {
        text: t("app.ended.exported", { name: outcome.name, size: formatBytes(outcome.size) }),
        urgent: false,
      };
    case "folderRead":
      return undefined;
    case "pulled":
      return pulledEnding(outcome.items);
    case "pushed":
      return pushedEnding(outcome.items);
    case "keyPublished":
    case "keyLookedFor":
      return {
        text: t("tasks.rowLabel", { task: titleOf(task), state: outcomeWords(outcome) }),
        urgent: false,
      };
  }
}

function pulledEnding(items: readonly PulledItem[]): Ending {
  const [tampered, ...others] = items.filter((item) => item.badge === "tampered");
  if (tampered) {
    const text =
      others.length === 0
        ? t("app.ended.pulledTampered", { name: tampered.name })
        : t("app.ended.tamperedMany", { n: others.length + 1 });
    return { text, urgent: true };
  }
  const failed = items.filter((item) => item.error !== null).length;
  if (failed > 0) return { text: t("app.ended.pulledPartly", { n: failed, of: items.length }), urgent: true };
  const [only] = items;
  if (!only || items.length > 1)
    return { text: t("app.ended.pulledMany", { n: items.length }), urgent: false };
  const { name, badge } = only;
  if (badge === null) return { text: t("app.ended.pulled", { name }), urgent: false };
  const text =
    badge === "verified"
      ? t("app.ended.pulledVerified", { name })
      : t("app.ended.pulledBadge", { name, badge: badgeWord(badge) });
  return { text, urgent: false };
}

function pushedEnding(items: readonly PushedItem[]): Ending {
  const undo = items.flatMap((item) => item.undo);
  const failed = items.filter((item) => item.error !== null).length;
  if (failed > 0)
    return { text: t("app.ended.pushedPartly", { n: failed, of: items.length }), urgent: true, undo };
  const [only] = items;
  const text =
    only && items.length === 1
      ? t("app.ended.pushed", { name: only.name })
      : t("app.ended.pushedMany", { n: items.length });
  return { text, urgent: false, undo };
}

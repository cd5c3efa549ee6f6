/** What a plan of a pull or a push says, in words. Pure. */

import type {
  PullPlanItem,
  PullPlanView,
  PushItem,
  PushPlanItem,
  PushPlanView,
  PushSums,
  QuotaView,
  TagEffect,
} from "$bindings";
import { t } from "$messages";
import { formatBytes, formatDate, formatDay } from "$shared/format";

import { shortHash } from "./references";

/** Size, date, architectures and the library's claim of what was found. */
export function foundWords(item: PullPlanItem): string[] {
  const { resolved } = item;
  if (!resolved) return [];
  const claim =
    resolved.reference.transport === "library"
      ? t(resolved.claimsSigned ? "transfers.pull.claim" : "transfers.pull.noClaim")
      : "";
  return [
    resolved.size === null ? t("transfers.pull.unknownSize") : formatBytes(resolved.size),
    resolved.created === null ? "" : formatDate(resolved.created),
    resolved.architectures.join(", "),
    resolved.hash === null ? "" : shortHash(resolved.hash),
    claim,
  ].filter(Boolean);
}

/** What of a plan can be pulled. */
export function pullable(plan: PullPlanView): PullPlanItem[] {
  return plan.items.filter((item) => item.problem === null);
}

/** What of a plan can be pushed. */
export function pushable(plan: PushPlanView): PushPlanItem[] {
  return plan.items.filter((item) => item.gate.kind !== "blocked");
}

/** The tags that an image gets: without any it is `latest`. */
export function tagsOf(item: PushItem): readonly string[] {
  return item.tags.length > 0 ? item.tags : ["latest"];
}

/** Those that nobody has signed. */
export function unsignedOf(plan: PushPlanView): PushPlanItem[] {
  return plan.items.filter((item) => item.gate.kind === "unsigned");
}

/** What is left of a quota when so much is added; nothing where there is no limit. */
export function roomLeft(quota: QuotaView | null, added: number): number | undefined {
  return quota?.total == null ? undefined : quota.total - quota.used - added;
}

/** What a push sends, and whether there is room for it. */
export function sumsOf(plan: PushPlanView, signFirst: boolean): PushSums {
  return (signFirst ? plan.ifSigned : null) ?? plan;
}

/** What a push would do, sentence by sentence, if unsigned images are signed first or go as they are. */
export function pushSentences(plan: PushPlanView, place: string, signFirst: boolean): string[] {
  const open = pushable(plan).map((item) => (signFirst ? asSigned(item) : item));
  const [only] = open;
  if (!only) return [];
  const makes = plan.makes.map((name) => t("transfers.push.makes", { name }));
  const sentences = plan.items.length === 1 ? singleSentences(only) : manySentences(open, place);
  return [...makes, ...sentences, uploadSentence(plan, open, sumsOf(plan, signFirst).upload)];
}

export interface PushWords {
  /** What happens either way. */
  always: string[];
  signed: string[];
  unsigned: string[];
}

/** What both ways of pushing have in common, and in what they differ; without unsigned images there is one way. */
export function pushWords(plan: PushPlanView, place: string): PushWords {
  const unsigned = pushSentences(plan, place, false);
  if (plan.ifSigned === null) return { always: unsigned, signed: [], unsigned: [] };
  const signed = pushSentences(plan, place, true);
  return {
    always: signed.filter((sentence) => unsigned.includes(sentence)),
    signed: signed.filter((sentence) => !unsigned.includes(sentence)),
    unsigned: unsigned.filter((sentence) => !signed.includes(sentence)),
  };
}

/** A signature makes other bytes of an unsigned image: they are not there yet, and tags move to them. */
function asSigned(item: PushPlanItem): PushPlanItem {
  return item.tagsIfSigned === null ? item : { ...item, tags: item.tagsIfSigned, isThere: false };
}

function singleSentences(item: PushPlanItem): string[] {
  const key = item.containerIsNew ? "transfers.push.makesContainer" : "transfers.push.hasContainer";
  return [t(key, { name: item.container }), ...item.tags.map((tag) => tagSentence(tag, item))];
}

function tagSentence(effect: TagEffect, item: PushPlanItem): string {
  const { tag } = effect;
  if (effect.effect === "stays") return t("transfers.push.tagStays", { tag });
  if (effect.effect === "new" || effect.oldHash === null) return t("transfers.push.newTag", { tag });
  return t("transfers.push.tagMoves", { tag, arch: item.arch ?? "–", ...oldOf(effect) });
}

function oldOf(effect: TagEffect): { hash: string; date: string } {
  return {
    hash: shortHash(effect.oldHash ?? ""),
    date: effect.oldDate === null ? "–" : formatDay(effect.oldDate),
  };
}

/** How many tag moves are named; the rest is counted. */
const NAMED = 10;

function manySentences(items: readonly PushPlanItem[], place: string): string[] {
  const moves = items.flatMap((item) =>
    item.tags
      .filter((tag) => tag.effect === "moves")
      .map((tag) =>
        t("transfers.push.tagMovesFrom", {
          tag: tag.tag,
          container: item.container,
          arch: item.arch ?? "–",
          ...oldOf(tag),
        }),
      ),
  );
  const more = moves.length > NAMED ? [t("common.andMore", { n: moves.length - NAMED })] : [];
  return [t("transfers.push.many", { n: items.length, place }), ...moves.slice(0, NAMED), ...more];
}

function uploadSentence(plan: PushPlanView, open: readonly PushPlanItem[], upload: number): string {
  const there = open.filter((item) => item.isThere).length;
  if (open.length === 1 && there === 1) {
    const changes = open[0]?.tags.some((tag) => tag.effect !== "stays");
    return t(changes ? "transfers.push.there" : "transfers.push.nothingChanges");
  }
  const size = formatBytes(upload);
  const left = roomLeft(plan.quota, upload);
  const up =
    left === undefined || left < 0
      ? t("transfers.push.up", { size })
      : t("transfers.push.upLeft", { size, left: formatBytes(left) });
  return there > 0 ? `${up} ${t("transfers.push.thereMany", { n: there })}` : up;
}

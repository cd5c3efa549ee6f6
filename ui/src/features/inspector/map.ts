/** How the stretches of a file are drawn: which are shown, in which shade, under which words. Pure. */

import type { ImageView, MapSegment, PartState, PartView } from "$bindings";
import { partName } from "$features/signatures";
import { t } from "$messages";
import { formatBytes, formatOffset } from "$shared/format";

export interface MapBlock {
  key: string;
  part: PartView | undefined;
  label: string;
  /** The full sentence for screen readers and tooltips. */
  title: string;
  shade: 1 | 2 | 3 | 4;
  size: number;
  state: PartState;
  /** What is drawn: that nothing is covered is no news when nobody has signed. */
  look: "changed" | "notCovered" | "plain";
}

/** The kinds that have a word so short that it fits a small block. */
const SHORT = [
  "definition",
  "environment",
  "labels",
  "signature",
  "json",
  "generic",
  "sbom",
  "cryptographicMessage",
  "ociRootIndex",
  "ociBlob",
  "unknown",
] as const satisfies readonly PartView["kind"][];

function shortOf(kind: PartView["kind"]): string | undefined {
  const short = SHORT.find((name) => name === kind);
  return short === undefined ? undefined : t(`inspector.short.${short}`);
}

/** The blocks from left to right. Gaps are left out: alignment is not news. */
export function mapBlocks(view: ImageView): MapBlock[] {
  const blocks: MapBlock[] = [];
  for (const [index, segment] of view.map.entries()) {
    const block = blockOf(segment, view, index);
    if (block) blocks.push(block);
  }
  return blocks;
}

function blockOf(segment: MapSegment, view: ImageView, index: number): MapBlock | undefined {
  if (segment.kind === "gap" || segment.kind === "table") return undefined;
  if (segment.kind !== "part") {
    const label = t(`inspector.map.${segment.kind}`);
    return {
      key: `${segment.kind}-${index}`,
      part: undefined,
      label: segment.kind === "header" ? t("inspector.short.header") : label,
      title: `${label}, ${formatBytes(segment.size)}`,
      shade: 4,
      size: segment.size,
      state: "unknown",
      look: "plain",
    };
  }
  const part = view.parts.find((other) => other.id === segment.part);
  if (!part) return undefined;
  const state = stateOf(part, view);
  return {
    key: `part-${part.id}-${index}`,
    part,
    label: part.kind === "fileSystem" ? fileSystemLabel(part) : (shortOf(part.kind) ?? ""),
    title: [
      partName(part.id, view.parts),
      part.name,
      formatBytes(part.size),
      t("inspector.map.at", { offset: formatOffset(part.offset) }),
      stateWords(part, view),
    ]
      .filter(Boolean)
      .join(", "),
    shade: shadeOf(part),
    size: part.size,
    state,
    look:
      state === "changed" || (state === "notCovered" && view.verdict?.intact.state !== "unsigned")
        ? state
        : "plain",
  };
}

/** Whether a part is intact, changed, not covered. */
export function stateOf(part: PartView, view: ImageView): PartState {
  if (part.kind === "signature") return "signature";
  return view.verdict?.parts.find((other) => other.id === part.id)?.state ?? "unknown";
}

/** The state in words. Without the key, agreeing with the signature proves nothing yet. */
export function stateWords(part: PartView, view: ImageView): string {
  const state = stateOf(part, view);
  const unproven = state === "intact" && view.verdict?.badge === "unknownKey";
  return t(unproven ? "inspector.state.agrees" : `inspector.state.${state}`);
}

function fileSystemLabel(part: PartView): string {
  const kind = part.fileSystem ? ` (${part.fileSystem.toLowerCase()})` : "";
  return `${t("signatures.kind.fileSystem")}${kind} ${formatBytes(part.size)}`;
}

function shadeOf(part: PartView): MapBlock["shade"] {
  if (part.kind === "fileSystem" || part.kind === "ociBlob") return 1;
  return part.kind === "signature" ? 3 : 2;
}

/** The share of the width: the square root keeps small parts visible without hiding which is the large one. */
export function weight(size: number): number {
  return Math.max(1, Math.sqrt(size) / 16);
}

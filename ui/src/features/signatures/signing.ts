/** What a signing plan says, in words. Pure. */

import type { PartView, SignPlanItem, SignPlanView } from "$bindings";
import { t } from "$messages";
import { aboutBytes } from "$shared/format";

/** The groups that hold parts which can be signed. */
export function groupsOf(parts: readonly PartView[]): number[] {
  const groups = parts.flatMap((part) =>
    part.group === null || part.kind === "signature" ? [] : [part.group],
  );
  return [...new Set(groups)].sort((one, other) => one - other);
}

/** How many files the plan would sign. */
export function signable(plan: SignPlanView): number {
  return plan.items.filter((item) => item.blocked === null).length;
}

/** What a person has to confirm first. */
export function questionsOf(plan: SignPlanView): string[] {
  const open = plan.items.filter((item) => item.blocked === null);
  const warnings = new Set(
    open.flatMap((item) => item.warnings).filter((warning) => warning !== "othersSigned"),
  );
  const again = open.filter((item) => item.alreadySigned).length;
  return [
    ...(again > 0 ? [t("signatures.already", { n: again })] : []),
    ...[...warnings].map((warning) => t(`signatures.warning.${warning}`)),
  ];
}

/** What happens to one file. */
export function itemSentence(item: SignPlanItem): string {
  const adds = t("signatures.adds", { n: item.signatures, size: aboutBytes(item.addsBytes) });
  const covers = t("signatures.covers", { n: item.parts });
  const where = item.copyName === null ? "" : ` ${t("signatures.into", { name: item.copyName })}`;
  const others = item.warnings.includes("othersSigned") ? ` ${t("signatures.warning.othersSigned")}` : "";
  return `${adds} ${covers}${where}${others}`;
}

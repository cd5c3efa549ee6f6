/** What can be done with dropped files, as zones over the window. Pure. */

import type { DropView } from "$bindings";
import { t } from "$messages";

export type ZoneAction = "inspect" | "verify" | "sign" | "push" | "importKeys" | "addFolders" | "sort";

export interface Zone {
  action: ZoneAction;
  verb: string;
  result: string;
  /** The zone that takes most of the window. */
  large: boolean;
}

export interface Signer {
  /** Name or mail of the key that would sign; absent: there is no own key. */
  name: string | undefined;
}

/** How many kinds of things were dropped. */
export function kindsOf(drop: DropView): number {
  return [drop.images, drop.keys, drop.definitions, drop.folders, drop.others].filter((count) => count > 0)
    .length;
}

/** Whether nothing of it can be used. */
export function isUnknown(drop: DropView): boolean {
  return drop.images + drop.keys + drop.folders === 0;
}

/** The zones for these files, `collection` being where a push would go; none when nothing can be done with them. */
export function zonesFor(drop: DropView, signer: Signer, collection: string | undefined): Zone[] {
  if (isUnknown(drop)) return [];
  if (kindsOf(drop) > 1) return [zone("sort", t("drop.sort.result"), true)];
  if (drop.keys > 0) return [zone("importKeys", t("drop.importKeys.result", { n: drop.keys }), true)];
  if (drop.folders > 0) return [zone("addFolders", t("drop.addFolders.result", { n: drop.folders }), true)];
  const name = drop.names[0] ?? "";
  const single = drop.images === 1;
  return [
    zone(
      "inspect",
      single ? t("drop.inspect.one", { name }) : t("drop.inspect.many", { n: drop.images }),
      true,
    ),
    zone("verify", t("drop.verify.result", { n: drop.images }), false),
    zone(
      "sign",
      signer.name === undefined ? t("drop.sign.noKey") : t("drop.sign.result", { name: signer.name }),
      false,
    ),
    zone(
      "push",
      collection === undefined ? t("drop.push.choose") : t("drop.push.result", { collection }),
      false,
    ),
  ];
}

function zone(action: ZoneAction, result: string, large: boolean): Zone {
  return { action, verb: t(`drop.${action}.verb`), result, large };
}

/** Why these files can't be used, said before the drop. */
export function refusal(drop: DropView): string {
  const name = drop.names[0] ?? "";
  if (drop.definitions > 0 && drop.others === 0) return t("drop.definitions", { n: drop.definitions });
  if (drop.others === 1 && drop.seemsToBe !== null) return t("drop.seems", { name, kind: drop.seemsToBe });
  return t("drop.unknown", { n: drop.others + drop.definitions });
}

export interface Place {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The index of the place at a point in CSS pixels. */
export function hit(places: readonly Place[], x: number, y: number): number {
  return places.findIndex(
    (place) => x >= place.left && x < place.right && y >= place.top && y < place.bottom,
  );
}

/** What can be done with one image of a container. */

import type { ContainerView, LibraryImage } from "$bindings";
import { t } from "$messages";
import type { MenuItem } from "$shared/components/menu";
import { keysShown, navigate } from "$store";

import { copyKeys, copyWords, pullImage } from "./actions";
import { openDeleteSheet, openMoveTagSheet } from "./sheets";

/** Why nothing can be changed in a container. */
export function cannotChange(view: ContainerView): string | undefined {
  if (view.keptFrom !== null) return t("library.cannotChangeOffline");
  if (view.isReadOnly) return t("library.container.readOnly");
  return view.canChange ? undefined : t("library.cannotChange");
}

export function imageMenu(view: ContainerView, image: LibraryImage): MenuItem[] {
  const reason = cannotChange(view);
  const { here } = image;
  return [
    {
      label: t("library.image.pull"),
      run: () => {
        pullImage(image, view.remote);
      },
    },
    ...(here === null
      ? []
      : [
          {
            label: t("library.image.inspect"),
            run: () => {
              navigate({ name: "image", id: here });
            },
          },
        ]),
    { label: t("library.image.copyReference"), keys: copyKeys(), run: () => copyWords(image.reference) },
    { label: t("library.image.copyPinned"), run: () => copyWords(image.pinned) },
    { label: t("library.image.copyHash"), keys: keysShown("copy.hash"), run: () => copyWords(image.hash) },
    { kind: "separator" },
    { label: t("library.image.moveTag"), reason, run: () => openMoveTagSheet(view, image) },
    { label: t("library.image.delete"), reason, run: () => openDeleteSheet(view, [image]) },
  ];
}

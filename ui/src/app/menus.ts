/** The menus where the system has no menu bar: the page draws them behind one button. */

import { listedCommands } from "$features/shortcuts";
import { t } from "$messages";
import type { MenuItem } from "$shared/components/menu";
import { commands, keysShown } from "$store";

import { lastCommand, menuGroups } from "./menu-model";

/** The menus as they are now; what this screen cannot do stays, and says why. */
export function appMenu(): MenuItem[] {
  const titles = new Map(listedCommands().map((command) => [command.id, command.title]));
  const entry = (id: string): MenuItem => {
    const command = commands.find(id);
    const may = command ? (command.enabled?.() ?? true) : t("app.menu.notHere");
    return {
      label: (command?.title ?? titles.get(id))?.() ?? id,
      keys: keysShown(id),
      reason: may === true ? undefined : may,
      run: () => commands.run(id),
    };
  };
  return [
    ...menuGroups.map((group): MenuItem => ({
      kind: "group",
      label: t(group.title),
      items: group.ids.map((id): MenuItem => (id === undefined ? { kind: "separator" } : entry(id))),
    })),
    { kind: "separator" },
    entry(lastCommand),
  ];
}

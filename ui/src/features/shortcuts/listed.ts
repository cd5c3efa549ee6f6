/** The commands that have a place in lists of keys: those of now, and those of screens that are not shown. */

import { t } from "$messages";
import { commands, keysOf, type Command, store } from "$store";

/** Every command that can have keys, each with its title. */
export function listedCommands(): Pick<Command, "id" | "title">[] {
  const own = store.settings.settings.shortcuts;
  const here = commands
    .all()
    .filter((command) => command.hidden !== true || keysOf(command.id, own).length > 0);
  const known = new Set(here.map((command) => command.id));
  return [...here, ...elsewhere.filter((command) => !known.has(command.id))];
}

/** Commands that only some screens have. */
export const elsewhere: readonly Pick<Command, "id" | "title">[] = [
  { id: "inspect.current", title: () => t("shortcuts.elsewhere.inspect") },
  { id: "verify.current", title: () => t("shortcuts.elsewhere.verify") },
  { id: "sign.current", title: () => t("shortcuts.elsewhere.sign") },
  { id: "push.current", title: () => t("shortcuts.elsewhere.push") },
  { id: "find", title: () => t("shortcuts.elsewhere.find") },
  { id: "copy.hash", title: () => t("shortcuts.elsewhere.hash") },
];

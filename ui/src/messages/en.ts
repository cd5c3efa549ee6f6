/** The English catalogue, one file a section. Keys are `section.name`; a section owns its prefix. */

import { app } from "./en/app";
import { common } from "./en/common";
import { drop } from "./en/drop";
import { errors } from "./en/errors";
import { firstrun } from "./en/firstrun";
import { home } from "./en/home";
import { images } from "./en/images";
import { inspector } from "./en/inspector";
import { keys } from "./en/keys";
import { keyservers } from "./en/keyservers";
import { library } from "./en/library";
import { palette } from "./en/palette";
import { remotes } from "./en/remotes";
import { settings } from "./en/settings";
import { shared } from "./en/shared";
import { shortcuts } from "./en/shortcuts";
import { signatures } from "./en/signatures";
import { tasks } from "./en/tasks";
import { transfers } from "./en/transfers";

export const en = {
  ...common,
  ...app,
  ...home,
  ...drop,
  ...images,
  ...inspector,
  ...signatures,
  ...keys,
  ...keyservers,
  ...remotes,
  ...library,
  ...transfers,
  ...tasks,
  ...settings,
  ...palette,
  ...firstrun,
  ...shared,
  ...shortcuts,
  ...errors,
} as const;

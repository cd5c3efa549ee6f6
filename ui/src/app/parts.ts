/** The pages that the first paint of Home does not need, by the routes that show them. */

import { ImagesPage } from "$features/images";
import { InspectorPage } from "$features/inspector";
import { KeyPage, KeysPage } from "$features/keys";
import { ContainerPage, LibraryPage } from "$features/library";
import { SettingsPage } from "$features/settings";
import { ActivityPage } from "$features/tasks";
import { type Later } from "$shared/later.svelte";
import { type Route } from "$store";

const fetched: Partial<Record<Route["name"], Later<unknown>>> = {
  images: ImagesPage,
  image: InspectorPage,
  library: LibraryPage,
  container: ContainerPage,
  keys: KeysPage,
  key: KeyPage,
  activity: ActivityPage,
  settings: SettingsPage,
};

/** What has to be fetched for a route; nothing when it is here from the start. */
export function partOf(route: Route): Later<unknown> | undefined {
  return fetched[route.name];
}

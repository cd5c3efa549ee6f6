/** The commands that work everywhere. Screens add their own while they are shown. */

import { offerImages } from "$features/drop";
import { openCreateKey, openImportKeys, openKeySearch } from "$features/keys";
import { searchLibrary } from "$features/library";
import { openPalette } from "$features/palette";
import { openAddRemote, openRegistrySignIn } from "$features/remotes";
import { openShortcuts } from "$features/shortcuts";
import { openPullSheet } from "$features/transfers";
import { host } from "$host";
import { t } from "$messages";
import {
  commands,
  forgetLayout,
  goBack,
  goForward,
  navigate,
  router,
  screens,
  store,
  type Command,
} from "$store";

import { nextZoom } from "./appearance";
import { showDoors } from "./doors.svelte";
import { focusRegion } from "./keyboard";

interface Layout {
  toggleSidebar: () => void;
  showSidebar: () => void;
}

export function registerAppCommands(layout: Layout): () => void {
  return commands.register(...placeCommands(), ...fileCommands(), ...viewCommands(layout), ...helpCommands());
}

function placeCommands(): Command[] {
  return [
    ...screens.map((screen) => ({
      id: `go.${screen}`,
      title: () => t(`app.screen.${screen}`),
      run: () => {
        navigate({ name: screen });
      },
    })),
    {
      id: "back",
      title: () => t("app.back"),
      run: goBack,
      enabled: () => router.canGoBack || t("app.noBack"),
    },
    {
      id: "forward",
      title: () => t("app.forward"),
      run: goForward,
      enabled: () => router.canGoForward || t("app.noForward"),
    },
    {
      id: "input.focus",
      title: () => t("app.command.input"),
      run: () => {
        navigate({ name: "home" });
        requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-input-bar]")?.focus());
      },
    },
  ];
}

function fileCommands(): Command[] {
  return [
    {
      id: "open.images",
      title: () => t("app.command.open"),
      run: async () => {
        await offerImages(await host.pickImages());
      },
    },
    { id: "pull", title: () => t("app.command.pull"), run: () => void openPullSheet() },
    {
      id: "library.search",
      title: () => t("app.command.librarySearch"),
      run: () => {
        searchLibrary("");
      },
    },
    { id: "new.key", title: () => t("app.command.newKey"), run: () => void openCreateKey() },
    { id: "import.keys", title: () => t("app.command.importKeys"), run: () => void openImportKeys() },
    { id: "keys.find", title: () => t("keyservers.search"), run: () => void openKeySearch() },
    { id: "remote.add", title: () => t("remotes.add"), run: () => void openAddRemote() },
    {
      id: "registry.signIn",
      title: () => t("remotes.registry.add"),
      run: () => void openRegistrySignIn(),
    },
    {
      id: "lock.keys",
      title: () => t("app.command.lock"),
      run: () => host.lockKeys(),
      enabled: () => store.lock.unlocked > 0 || t("app.status.locked"),
    },
    {
      id: "task.cancel",
      title: () => t("app.command.cancelTask"),
      run: () => {
        const task = store.running.find((other) => other.canCancel);
        if (task) void host.cancelTask(task.id);
      },
      enabled: () => store.running.some((task) => task.canCancel) || t("app.status.idle"),
    },
    { id: "quit", title: () => t("app.command.quit"), run: () => host.closeWindow() },
    { id: "reload", title: () => t("app.command.reload"), run: () => store.refresh() },
  ];
}

function viewCommands(layout: Layout): Command[] {
  const zoom = (value: number): Promise<void> => store.changeSettings({ zoom: value });
  return [
    { id: "palette", title: () => t("app.search"), run: () => void openPalette(), hidden: true },
    { id: "sidebar.toggle", title: () => t("app.command.sidebar"), run: layout.toggleSidebar },
    {
      id: "zoom.in",
      title: () => t("app.command.zoomIn"),
      run: () => zoom(nextZoom(store.settings.settings.zoom, 1)),
    },
    {
      id: "zoom.out",
      title: () => t("app.command.zoomOut"),
      run: () => zoom(nextZoom(store.settings.settings.zoom, -1)),
    },
    { id: "zoom.reset", title: () => t("app.command.zoomReset"), run: () => zoom(100) },
    {
      id: "view.resetLayout",
      title: () => t("app.command.resetLayout"),
      run: () => {
        forgetLayout();
        layout.showSidebar();
        return Promise.all([zoom(100), host.resetWindowLayout()]);
      },
    },
    {
      id: "region.next",
      title: () => t("app.command.nextRegion"),
      run: () => {
        focusRegion(1);
      },
      hidden: true,
    },
    {
      id: "region.previous",
      title: () => t("app.command.previousRegion"),
      run: () => {
        focusRegion(-1);
      },
      hidden: true,
    },
  ];
}

function helpCommands(): Command[] {
  return [
    { id: "shortcuts.show", title: () => t("app.command.shortcuts"), run: () => void openShortcuts() },
    { id: "help.firstRun", title: () => t("app.command.firstRun"), run: showDoors },
    {
      id: "help.about",
      title: () => t("app.command.about"),
      run: () => {
        navigate({ name: "settings", section: "about" });
      },
    },
  ];
}

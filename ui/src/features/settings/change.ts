/** Applies a change of settings at once and offers to undo it. */

import type { Settings } from "$bindings";
import { host } from "$host";
import { t } from "$messages";
import { tryTo } from "$shared/tell";
import { showToast } from "$shared/toasts.svelte";
import { store } from "$store";

/** Whether the change was taken. `said` is what the note says about it. */
export async function changeSettings(patch: Partial<Settings>, said: string): Promise<boolean> {
  const before = store.settings.settings;
  const names = Object.keys(patch) as (keyof Settings)[];
  const old = Object.fromEntries(names.map((name) => [name, before[name]])) as Partial<Settings>;
  if (!(await tryTo(() => store.changeSettings(patch)))) return false;
  showToast(said, {
    action: { label: t("common.undo"), run: () => tryTo(() => store.changeSettings(old)) },
  });
  return true;
}

/** Puts one setting back to its default. */
export async function resetSetting(name: keyof Settings, title: string): Promise<void> {
  const before = { [name]: store.settings.settings[name] } as Partial<Settings>;
  const done = await tryTo(async () => {
    store.setSettings(await host.resetSettings([name]));
  });
  if (!done) return;
  showToast(t("settings.wasReset", { name: title }), {
    action: { label: t("common.undo"), run: () => tryTo(() => store.changeSettings(before)) },
  });
}

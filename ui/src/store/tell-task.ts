/** A task takes its time elsewhere: said once, with the way there. */

import type { TaskId } from "$bindings";
import { t } from "$messages";
import { showToast } from "$shared/toasts.svelte";

import { navigate } from "./navigation.svelte";

export function tellTask(words: string, task: TaskId): void {
  showToast(words, {
    task,
    action: {
      label: t("transfers.showActivity"),
      run: () => {
        navigate({ name: "activity", task });
      },
    },
  });
}

/** The one line that sums all running work. */

import type { TaskView } from "$bindings";
import { t } from "$messages";
import { formatBytes, formatDuration, formatPercent } from "$shared/format";

export interface Total {
  /** 0 to 1; absent when a part's whole is not known. */
  share: number | undefined;
  /** Percent, rate, time left: as far as they are known. */
  words: string[];
}

export function totalOf(tasks: readonly TaskView[]): Total {
  const known = tasks.flatMap((task) =>
    task.state.kind === "running" && task.progress?.total ? [task.progress] : [],
  );
  const done = known.reduce((sum, progress) => sum + progress.done, 0);
  const total = known.reduce((sum, progress) => sum + (progress.total ?? 0), 0);
  const rate = known.reduce((sum, progress) => sum + (progress.rate ?? 0), 0);
  const left = known.reduce((longest, progress) => Math.max(longest, progress.eta ?? 0), 0);
  const words = [
    formatPercent(done, total),
    rate > 0 ? `${formatBytes(rate)}/s` : undefined,
    left > 0 ? t("app.status.left", { time: formatDuration(left) }) : undefined,
  ];
  return { share: total > 0 ? done / total : undefined, words: words.filter((word) => word !== undefined) };
}

/** The ways into the sheets of this feature, for others and for commands. */

import type { ImageId, PushRequest, RemoteId, TaskId } from "$bindings";
import { host } from "$host";
import { t } from "$messages";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { tellTask } from "$store";

import type { LinkFacts } from "./pull.svelte";
import type { PushReview } from "./push.svelte";
import type { Started } from "./started";
import { likelyPlace, type PushPlace } from "./target";

const PullSheet = later(async () => (await import("./PullSheet.svelte")).default);
const PushSheet = later(async () => (await import("./PushSheet.svelte")).default);

interface PullProps {
  references: readonly string[];
  remote: RemoteId | undefined;
  link: LinkFacts | undefined;
}

interface PushProps {
  images: ImageId[];
  place: PushPlace | undefined;
  suggested: string | null;
  review: PushReview | undefined;
}

interface PullWish {
  /** What stands in the field at first. */
  references?: readonly string[];
  /** For references without a server. */
  remote?: RemoteId;
  /** It came from outside: the person is told to look at the server first. */
  link?: LinkFacts;
}

/** Asks what to pull; the task that pulls, if it was started. */
export async function openPullSheet(wish: PullWish = {}): Promise<TaskId | undefined> {
  const { references = [], remote, link } = wish;
  const started = await openLater<PullProps, Started>(PullSheet, { references, remote, link });
  if (started) {
    const { n, name } = started;
    tell(started, n > 1 ? t("transfers.pull.startedMany", { n }) : t("transfers.pull.started", { name }));
  }
  return started?.task;
}

/** Asks where to push images; the task that pushes, if it was started. */
export async function openPushSheet(images: ImageId[], place?: PushPlace): Promise<TaskId | undefined> {
  const [only] = images;
  if (only === undefined) return undefined;
  return pushSheet({ images, place: place ?? likelyPlace(), review: undefined });
}

/** Shows what a push would do now that waited for the network; it goes on when the person says so. */
export async function openPushReview(task: TaskId, push: PushRequest): Promise<TaskId | undefined> {
  const images = push.items.map((item) => item.image);
  return pushSheet({ images, place: undefined, review: { task, push } });
}

async function pushSheet(wish: Omit<PushProps, "suggested">): Promise<TaskId | undefined> {
  const suggested = await host.suggestSigner(wish.images).catch(() => null);
  const started = await openLater<PushProps, Started>(PushSheet, { ...wish, suggested });
  if (started) {
    const { n, name } = started;
    tell(started, n > 1 ? t("transfers.push.startedMany", { n }) : t("transfers.push.started", { name }));
  }
  return started?.task;
}

function tell({ task, waits }: Started, words: string): void {
  tellTask(waits === true ? t("transfers.waits") : words, task);
}

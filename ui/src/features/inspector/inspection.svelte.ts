/** The image that is looked at: read, kept fresh by events, verified by itself when it is small. */

import type { ApiError, ImageId, ImageView, TaskView } from "$bindings";
import { asApiError, host } from "$host";
import { isOpen, store } from "$store";

export class Inspection {
  readonly id: ImageId;
  view = $state.raw<ImageView>();
  error = $state.raw<ApiError>();
  /** Nothing came for a while: time for a skeleton. */
  slow = $state(false);
  #asked = false;
  #turn = 0;

  constructor(id: ImageId) {
    this.id = id;
  }

  /** The running check of this image. */
  get check(): TaskView | undefined {
    return store.tasks.find(
      (task) => task.kind === "verify" && isOpen(task) && task.images.includes(this.id),
    );
  }

  /** Starts to read and to follow changes; returns how to stop. */
  follow(): () => void {
    const timer = setTimeout(() => (this.slow = true), 200);
    const stop = host.on("imagesChanged", ({ ids }) => {
      if (ids.length === 0 || ids.includes(this.id)) void this.read();
    });
    const stopKeys = host.on("keysChanged", () => void this.read());
    const stopTasks = store.onTask((event) => {
      if (event.kind !== "finished" || !event.task.images.includes(this.id)) return;
      // A signed image is another file: who signed it is what the person wants to see next.
      if (event.task.kind === "sign") this.#asked = false;
      void this.read();
    });
    void this.read();
    return () => {
      clearTimeout(timer);
      stop();
      stopKeys();
      stopTasks();
      this.#turn += 1;
    };
  }

  async read(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const view = await host.inspectImage(this.id);
      if (turn !== this.#turn) return;
      this.view = view;
      this.error = undefined;
      this.#verifyBySelf(view);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.error = asApiError(thrown);
    }
  }

  async verify(): Promise<void> {
    try {
      await host.verifyImages([this.id]);
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  /** Once for each state of the file and the keyrings: a cancelled check does not start again. */
  #verifyBySelf(view: ImageView): void {
    // A verdict that is lost later was about another state.
    if (view.verdict) this.#asked = false;
    if (this.#asked || view.refused || view.verdict || !view.verifyAutomatically || this.check) return;
    this.#asked = true;
    void this.verify();
  }
}

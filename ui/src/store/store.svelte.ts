/** What the program told the page, kept fresh by its events. The program is the cache; this is its mirror. */

import type {
  ApiError,
  FolderView,
  ImageId,
  ImageRow,
  KeysView,
  LockState,
  RemoteId,
  RemotesView,
  RemoteView,
  Settings,
  SettingsView,
  StartView,
  TaskEvent,
  TaskId,
  TaskView,
} from "$bindings";
import { asApiError, host } from "$host";

import { TaskLogs } from "./logs.svelte";
import { applyTaskEvent, isOpen } from "./tasks";

type Loading = "loading" | "ready" | "failed";

class Store {
  start = $state.raw<StartView>();
  startError = $state.raw<ApiError>();
  #settings = $state.raw<SettingsView>();
  images = $state.raw<readonly ImageRow[]>([]);
  imagesState = $state<Loading>("loading");
  imagesError = $state.raw<ApiError>();
  folders = $state.raw<readonly FolderView[]>([]);
  tasks = $state.raw<readonly TaskView[]>([]);
  tasksState = $state<Loading>("loading");
  tasksError = $state.raw<ApiError>();
  keys = $state.raw<KeysView>();
  keysError = $state.raw<ApiError>();
  remotes = $state.raw<RemotesView>();
  remotesError = $state.raw<ApiError>();
  lock = $state.raw<LockState>({ unlocked: 0, until: null });
  #logs = new TaskLogs();
  #taskListeners = new Set<(event: TaskEvent) => void>();

  get settings(): SettingsView {
    if (!this.#settings) throw new Error("settings are asked for before the start");
    return this.#settings;
  }
  get running(): readonly TaskView[] {
    return this.tasks.filter(isOpen);
  }
  get needsYou(): readonly TaskView[] {
    return this.tasks.filter((task) => task.state.kind === "needsInput");
  }

  /** The remote that screens use, once remotes are known. */
  get currentRemote(): RemoteView | undefined {
    const { remotes } = this;
    return remotes && this.remote(remotes.current);
  }

  remote(id: RemoteId): RemoteView | undefined {
    return this.remotes?.remotes.find((remote) => remote.id === id);
  }
  image(id: ImageId): ImageRow | undefined {
    return this.images.find((row) => row.id === id);
  }
  task(id: TaskId): TaskView | undefined {
    return this.tasks.find((task) => task.id === id);
  }
  taskLog(id: TaskId): readonly string[] {
    return this.#logs.of(id);
  }

  /** Subscribes first, then asks: nothing that happens in between is lost. */
  async load(): Promise<void> {
    this.#subscribe();
    try {
      const start = await host.start();
      this.#settings = start.settings;
      this.start = start;
      this.startError = undefined;
    } catch (thrown) {
      this.startError = asApiError(thrown);
      return;
    }
    await Promise.all([
      this.refreshImages(),
      this.refreshFolders(),
      this.refreshTasks(),
      this.refreshKeys(),
      this.refreshRemotes(),
      this.refreshLock(),
    ]);
  }

  /** Asks for everything again (Reload). */
  async refresh(): Promise<void> {
    await Promise.all([
      this.refreshImages(),
      this.refreshFolders(),
      this.refreshTasks(),
      this.refreshKeys(),
      this.refreshRemotes(),
      this.refreshLock(),
    ]);
  }

  async changeSettings(patch: Partial<Settings>): Promise<void> {
    this.#settings = await host.changeSettings({ ...this.settings.settings, ...patch });
  }
  /** Takes over settings that came as an answer. */
  setSettings(view: SettingsView): void {
    this.#settings = view;
  }

  refreshImages = once(async () => {
    try {
      this.images = await host.listImages();
      this.imagesState = "ready";
      this.imagesError = undefined;
    } catch (thrown) {
      this.imagesError = asApiError(thrown);
      this.imagesState = "failed";
    }
  });
  refreshFolders = once(async () => {
    this.folders = await host.listFolders().catch(() => this.folders);
  });
  refreshTasks = once(async () => {
    try {
      this.tasks = await host.listTasks();
      this.tasksState = "ready";
      this.tasksError = undefined;
    } catch (thrown) {
      this.tasksError = asApiError(thrown);
      this.tasksState = "failed";
    }
  });
  refreshKeys = once(async () => {
    try {
      this.keys = await host.listKeys();
      this.keysError = undefined;
    } catch (thrown) {
      this.keysError = asApiError(thrown);
    }
  });
  refreshRemotes = once(async () => {
    try {
      this.remotes = await host.listRemotes();
      this.remotesError = undefined;
    } catch (thrown) {
      this.remotesError = asApiError(thrown);
    }
  });
  refreshLock = once(async () => {
    this.lock = await host.lockState().catch(() => this.lock);
  });

  /** Hears each task event after the list has changed. */
  onTask(listener: (event: TaskEvent) => void): () => void {
    this.#taskListeners.add(listener);
    return () => this.#taskListeners.delete(listener);
  }

  /** Resolves with the task as it ended. */
  taskEnd(id: TaskId): Promise<TaskView> {
    const now = this.task(id);
    if (now && !isOpen(now)) return Promise.resolve(now);
    return new Promise((resolve) => {
      const stop = this.onTask((event) => {
        if (
          (event.kind === "finished" || event.kind === "changed") &&
          event.task.id === id &&
          !isOpen(event.task)
        ) {
          stop();
          resolve(event.task);
        }
      });
    });
  }

  #subscribe(): void {
    host.on("taskEvent", (event) => {
      this.#takeTaskEvent(event);
    });
    host.on("imagesChanged", () => void this.refreshImages());
    host.on("foldersChanged", () => {
      void this.refreshFolders();
      void this.refreshImages();
    });
    host.on("keysChanged", () => void this.refreshKeys());
    host.on("remotesChanged", () => void this.refreshRemotes());
    host.on("lockChanged", (lock) => {
      this.lock = lock;
      void this.refreshKeys();
    });
    host.on("settingsChanged", (settings) => {
      this.#settings = settings;
    });
  }

  #takeTaskEvent(event: TaskEvent): void {
    this.tasks = applyTaskEvent(this.tasks, event);
    if (event.kind === "log") this.#logs.add(event.id, event.line);
    for (const listener of [...this.#taskListeners]) listener(event);
  }
}

/** Keeps one call running and one waiting: only the newest answer matters. */
function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await work();
    } while (again);
    running = undefined;
  };
  return () => {
    if (running) again = true;
    else running = run();
    return running;
  };
}

export const store = new Store();

/** A pull that is being put together: how the text is read, what the server says of it, and what would be done. */

import { untrack } from "svelte";

import type {
  ApiError,
  IfExists,
  PullItem,
  PullPlanItem,
  PullPlanView,
  PullRequest,
  ReferenceView,
  RemoteId,
  TargetFolder,
  TaskId,
} from "$bindings";
import { asApiError, host } from "$host";
import { mayWait } from "$shared/fixes";
import { store } from "$store";

import { asSha256, splitReferences } from "./references";
import { pullable } from "./words";

/** How long a text must rest before a server is asked about it, in milliseconds. */
const REST = 400;

/** What is known of the link that a reference came by. */
export interface LinkFacts {
  /** If not, the current remote is only a guess. */
  namesServer: boolean;
}

export class PullDraft {
  text = $state("");
  /** For references without a server; absent: the current one. */
  remote = $state<RemoteId>();
  /** Empty: that of this computer. */
  arch = $state("");
  name = $state("");
  nameTyped = $state(false);
  folder = $state.raw<TargetFolder>();
  #folderChosen = $state(false);
  verify = $state(store.settings.settings.verifyAfterPull);
  pinned = $state(false);
  expected = $state("");
  ifExists = $state<IfExists>("keepBoth");
  /** The person knows the server that a link named. */
  known = $state(false);
  plan = $state.raw<PullPlanView>();
  failure = $state.raw<ApiError>();
  /** It came from outside. */
  readonly fromLink = $state<boolean>(false);
  /** The link named no server, and nobody has typed one since. */
  guessed = $state(false);
  #readings = $state.raw<{ of: string; list: (ReferenceView | null)[] }>({ of: "", list: [] });
  #planOf = $state("");
  #pin = $state<string>();
  #askedText = "";
  #turn = 0;

  constructor(references: readonly string[], link?: LinkFacts, remote?: RemoteId) {
    this.text = references.join(" ");
    this.fromLink = link !== undefined;
    this.guessed = link?.namesServer === false;
    this.remote = remote;
  }

  readonly references = $derived(splitReferences(this.text));
  readonly isMany = $derived(this.references.length > 1);
  /** How each reference is read; empty while that is not known yet. */
  readonly readings = $derived(this.#readings.of === this.#readingKey() ? this.#readings.list : []);
  readonly reading = $derived(this.readings[0] ?? undefined);
  /** Servers that are neither a remote nor a registry with a login. */
  readonly strangers = $derived(
    this.readings
      .flatMap((reading) => (reading && isStranger(reading) ? [reading.server] : []))
      .filter((server, index, all) => all.indexOf(server) === index),
  );
  readonly needsTick = $derived(this.fromLink && !this.known && (this.guessed || this.strangers.length > 0));
  readonly item = $derived(this.isMany ? undefined : this.plan?.items[0]);
  readonly sha256 = $derived(asSha256(this.item?.resolved?.hash ?? null));
  readonly expectedWrong = $derived(this.expected.trim() !== "" && asSha256(this.expected) === undefined);
  readonly request = $derived.by(() => this.#makeRequest());
  /** Whether the plan that is shown is the answer to what is asked for now. */
  readonly isFresh = $derived(this.plan !== undefined && this.#planOf === JSON.stringify(this.request));
  /** Those whose server cannot be reached now. */
  readonly unreached = $derived((this.plan?.items ?? []).filter((item) => isUnreached(item)));
  readonly ready = $derived(this.plan ? pullable(this.plan).length : 0);

  /** Reads what is typed. Asks nobody over the network. */
  read(): () => void {
    const [key, references, remote] = [this.#readingKey(), this.references, this.remote ?? null];
    let current = true;
    void Promise.all(references.map((text) => host.readReference(text, remote).catch(() => null))).then(
      (list) => {
        if (!current) return;
        this.#readings = { of: key, list };
        const [only] = list;
        if (!this.nameTyped && list.length === 1 && only) this.name = only.suggestedName;
      },
    );
    return () => (current = false);
  }

  /** Asks the servers, once the text rests. */
  follow(): () => void {
    const { request } = this;
    const wait = untrack(() => (this.text === this.#askedText ? 0 : REST));
    const turn = ++this.#turn;
    if (request === undefined) {
      if (this.readings.length > 0 || this.references.length === 0) this.plan = undefined;
      return () => undefined;
    }
    const timer = setTimeout(() => void this.#ask(request, turn), wait);
    return () => {
      clearTimeout(timer);
    };
  }

  async #ask(request: PullRequest, turn: number): Promise<void> {
    this.#askedText = this.text;
    try {
      const plan = await host.planPull(request);
      if (turn !== this.#turn) return;
      this.plan = plan;
      this.#planOf = JSON.stringify(request);
      this.folder = plan.folder;
      this.failure = undefined;
      const [only] = plan.items;
      if (only && plan.items.length === 1 && !this.nameTyped) this.name = only.name;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.plan = undefined;
      this.failure = asApiError(thrown);
    }
  }

  /** Makes the plan anew, for example after signing in. */
  askAgain(): void {
    const { request } = this;
    if (request !== undefined) void this.#ask(request, ++this.#turn);
  }

  /** The folder that a person picked. */
  chooseFolder(folder: TargetFolder): void {
    this.folder = folder;
    this.#folderChosen = true;
  }

  /** Takes exactly the bytes that the server names now, or whatever the tag leads to then. */
  pin(on: boolean): void {
    this.pinned = on;
    this.#pin = on ? this.sha256 : undefined;
  }

  /** Another text is another image: what was chosen for the one before does not count for it. */
  retype(): void {
    this.nameTyped = false;
    this.arch = "";
    this.ifExists = "keepBoth";
    this.known = false;
    this.guessed = false;
    this.pin(false);
  }

  async run(): Promise<TaskId | undefined> {
    const { plan } = this;
    if (plan === undefined) return undefined;
    try {
      return await host.runPull(plan.plan);
    } catch (thrown) {
      this.failure = asApiError(thrown);
      if (this.failure.code === "plan-outdated") this.askAgain();
      return undefined;
    }
  }

  /** Lets those wait whose server cannot be reached. */
  async runWhenOnline(): Promise<TaskId[]> {
    const { plan } = this;
    if (plan === undefined) return [];
    try {
      const tasks = await host.pullWhenOnline(plan.plan);
      // The others can be pulled now.
      this.text = this.references.filter((_, index) => !isUnreached(plan.items[index])).join(" ");
      return tasks;
    } catch (thrown) {
      this.failure = asApiError(thrown);
      return [];
    }
  }

  #readingKey(): string {
    return JSON.stringify([this.references, this.remote ?? null]);
  }

  #makeRequest(): PullRequest | undefined {
    const readable = this.readings.length > 0 && this.readings.some((reading) => reading !== null);
    if (!readable || this.needsTick || this.expectedWrong) return undefined;
    if (!this.isMany && this.reading?.problem) return undefined;
    const sha256 = this.#pin ?? asSha256(this.expected) ?? null;
    const items = this.references.map((reference): PullItem => ({
      reference,
      remote: this.remote ?? null,
      arch: this.arch === "" ? null : this.arch,
      name: this.isMany || !this.nameTyped || this.name.trim() === "" ? null : this.name.trim(),
      sha256: this.isMany ? null : sha256,
    }));
    const folder = this.#folderChosen ? (this.folder?.id ?? null) : null;
    return { items, folder, verify: this.verify, ifExists: this.ifExists };
  }
}

function isUnreached(item: PullPlanItem | undefined): boolean {
  return item?.problem != null && mayWait(item.problem.code);
}

function isStranger(reading: ReferenceView): boolean {
  if (reading.remote !== null) return false;
  return !(store.remotes?.registries.some((registry) => registry.host === reading.server) ?? false);
}

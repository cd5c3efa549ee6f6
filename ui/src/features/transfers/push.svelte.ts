/** A push that is being put together: where to, under which names, and what the server says would happen. */

import { untrack } from "svelte";

import type {
  ApiError,
  ImageId,
  PushPlanItem,
  PushPlanView,
  PushRequest,
  PushTarget,
  RemoteId,
  SignFirst,
  TaskId,
} from "$bindings";
import { asApiError, host } from "$host";
import { mayWait } from "$shared/fixes";
import { store } from "$store";

import { tagOfName } from "./references";
import { lastPlace, type PushPlace, rememberPlace } from "./target";
import { pushable, unsignedOf } from "./words";

/** How long the fields must rest before a server is asked, in milliseconds. */
const REST = 400;

/** Where to: a remote, a registry with a login, or another registry. */
export type Destination = `remote:${string}` | `registry:${string}`;
export const OTHER_REGISTRY: Destination = "registry:";

/** A push that waited for the network and is looked at again. */
export interface PushReview {
  task: TaskId;
  push: PushRequest;
}

export class PushDraft {
  readonly images = $state.raw<readonly ImageId[]>([]);
  destination = $state<Destination>(OTHER_REGISTRY);
  /** `entity/collection`. */
  collection = $state("");
  repository = $state("");
  container = $state("");
  containerTyped = $state(false);
  tags = $state.raw<string[]>([]);
  description = $state("");
  /** Collections of the remote that one may push to, as far as they are known. */
  collections = $state.raw<string[]>([]);
  plan = $state.raw<PushPlanView>();
  failure = $state.raw<ApiError>();
  /** The server could not be asked: the plan is what is known without it. */
  isUnasked = $state(false);
  readonly review: PushReview | undefined;
  #planOf = $state("");
  #asked = "";
  #turn = 0;

  constructor(images: readonly ImageId[], place: PushPlace | undefined, review?: PushReview) {
    this.images = images;
    this.review = review;
    if (review) {
      this.#take(review.push);
      return;
    }
    const start = place ?? lastPlace();
    const remote = start?.remote ?? store.remotes?.current;
    if (remote !== undefined) this.destination = `remote:${remote}`;
    this.collection = start?.collection ?? "";
    const [only] = images;
    const tag = only === undefined ? undefined : tagOfName(store.image(only)?.name ?? "");
    if (images.length === 1) this.tags = [tag ?? "latest"];
  }

  readonly remote = $derived<RemoteId | undefined>(
    this.destination.startsWith("remote:") ? this.destination.slice("remote:".length) : undefined,
  );
  readonly registry = $derived(
    this.destination.startsWith("registry:") ? this.destination.slice("registry:".length) : undefined,
  );
  readonly place = $derived(this.remote === undefined ? this.#repository() : this.collection.trim());
  readonly request = $derived.by(() => this.#makeRequest());
  readonly isFresh = $derived(this.plan !== undefined && this.#planOf === JSON.stringify(this.request));
  readonly open = $derived<PushPlanItem[]>(this.plan ? pushable(this.plan) : []);
  readonly unsigned = $derived<PushPlanItem[]>(this.plan ? unsignedOf(this.plan) : []);
  readonly only = $derived(this.images.length === 1 ? this.plan?.items[0] : undefined);

  #take({ target, items }: PushRequest): void {
    const [first, ...others] = items;
    this.destination = target.kind === "library" ? `remote:${target.remote}` : OTHER_REGISTRY;
    if (target.kind === "library") this.collection = target.collection;
    else this.repository = target.repository;
    this.tags = (first?.tags ?? []).filter((tag) => others.every((other) => other.tags.includes(tag)));
    this.description = first?.description ?? "";
    this.container = first?.container ?? "";
    this.containerTyped = first?.container != null;
  }

  /** Another destination has other collections. */
  goTo(destination: Destination): void {
    if (destination === this.destination) return;
    this.destination = destination;
    this.collection = "";
    this.repository = "";
    this.plan = undefined;
  }

  /** Finds the collections of the remote; the one that fits best is proposed where none is named. */
  findCollections(): () => void {
    const { remote } = this;
    let current = true;
    this.collections = [];
    if (remote === undefined) return () => undefined;
    host.pushPlaces(remote).then(
      ({ collections, proposed }) => {
        if (!current) return;
        // One that is proposed may not be there yet: the push makes it.
        this.collections =
          proposed === null || collections.includes(proposed) ? collections : [...collections, proposed];
        this.collection ||= proposed ?? collections[0] ?? "";
      },
      (thrown: unknown) => {
        if (current) this.failure = asApiError(thrown);
      },
    );
    return () => (current = false);
  }

  /** Asks the server what would happen, once the fields rest. */
  follow(): () => void {
    const { request } = this;
    const turn = ++this.#turn;
    if (request === undefined) {
      this.plan = undefined;
      return () => undefined;
    }
    const wait = untrack(() => (this.#asked === "" ? 0 : REST));
    const timer = setTimeout(() => void this.#ask(request, turn), wait);
    return () => {
      clearTimeout(timer);
    };
  }

  async #ask(request: PushRequest, turn: number): Promise<void> {
    this.#asked = JSON.stringify(request);
    try {
      const plan = await host.planPush(request);
      if (turn !== this.#turn) return;
      this.#show(plan, request, undefined);
    } catch (thrown) {
      const failure = asApiError(thrown);
      const unasked =
        mayWait(failure.code) && this.review === undefined
          ? await host.planPushWhenOnline(request).catch(() => undefined)
          : undefined;
      if (turn === this.#turn) this.#show(unasked, request, failure);
    }
  }

  #show(plan: PushPlanView | undefined, request: PushRequest, failure: ApiError | undefined): void {
    this.plan = plan;
    this.#planOf = plan === undefined ? "" : JSON.stringify(request);
    this.failure = failure;
    this.isUnasked = plan !== undefined && failure !== undefined;
    const only = plan?.items[0];
    if (only && this.images.length === 1 && !this.containerTyped) this.container = only.container;
  }

  /** Makes the plan anew, for example after signing in. */
  askAgain(): void {
    const { request } = this;
    if (request !== undefined) void this.#ask(request, ++this.#turn);
  }

  async run(sign: SignFirst | null, unsignedToo: boolean): Promise<TaskId | undefined> {
    const { plan, remote } = this;
    if (plan === undefined) return undefined;
    try {
      const task = await this.#start(plan, sign, unsignedToo);
      if (remote !== undefined) rememberPlace({ remote, collection: this.place });
      return task;
    } catch (thrown) {
      this.failure = asApiError(thrown);
      if (this.failure.code === "plan-outdated") this.askAgain();
      return undefined;
    }
  }

  async #start(plan: PushPlanView, sign: SignFirst | null, unsignedToo: boolean): Promise<TaskId> {
    if (this.isUnasked) return host.pushWhenOnline(plan.plan, sign, unsignedToo);
    if (this.review === undefined) return host.runPush(plan.plan, sign, unsignedToo);
    await host.pushReviewed(this.review.task, plan.plan, sign, unsignedToo);
    return this.review.task;
  }

  /** Host and path; the host of a registry with a login stands before what is typed. */
  #repository(): string {
    const typed = this.repository.trim().replace(/^(oras|docker|https?):\/\//iu, "");
    return this.registry === "" ? typed : [this.registry, typed].filter(Boolean).join("/");
  }

  #makeRequest(): PushRequest | undefined {
    const { place } = this;
    if (!/^[^/\s]+(\/[^/\s]+)+$/u.test(place)) return undefined;
    const target: PushTarget =
      this.remote === undefined
        ? { kind: "registry", repository: place }
        : { kind: "library", remote: this.remote, collection: place };
    const single = this.images.length === 1;
    const named = single && this.containerTyped && this.container.trim() !== "";
    return {
      target,
      items: this.images.map((image) => ({
        image,
        container: named ? this.container.trim() : null,
        tags: single ? [...this.tags] : tagsOfMany(this.tags, store.image(image)?.name ?? ""),
        description: this.description.trim(),
      })),
    };
  }
}

/** Of several files each gets the tag of its own name, and those that are given to all. */
function tagsOfMany(common: readonly string[], name: string): string[] {
  const own = tagOfName(name);
  return [...new Set([...(own === undefined ? [] : [own]), ...common])];
}

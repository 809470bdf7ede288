import { untrack } from "svelte";
import { asUserError, onChanged, type UserError, type Topic } from "../ipc/client";

/** The state of a fetched value: exactly one of these at any time. */
export type Loadable<T> =
  | { state: "idle" }
  | { state: "loading"; previous?: T }
  | { state: "ready"; value: T }
  | { state: "failed"; error: UserError; previous?: T };

/** Calls back with the changed topics when the shell reports a change to one of those given; the returned function stops that. */
export function onTopics(topics: readonly Topic[], read: (changed: readonly Topic[]) => unknown): () => void {
  return onChanged((changed) => {
    if (changed.some((topic) => topics.includes(topic))) read(changed);
  });
}

/** A value fetched from the shell. It keeps the last answer while it fetches the next one. */
export class Resource<T> {
  current = $state.raw<Loadable<T>>({ state: "idle" });
  readonly #fetch: () => Promise<T>;
  readonly #topics: readonly Topic[];
  /** Counts the requests: only the answer to the newest one is kept. */
  #requests = 0;

  /** `topics` are the changes after which the value has to be fetched again, once `open` was called. */
  constructor(fetch: () => Promise<T>, topics: readonly Topic[] = []) {
    this.#fetch = fetch;
    this.#topics = topics;
  }

  /** The newest answer, also while the next one is fetched and after a failure. */
  get value(): T | undefined {
    switch (this.current.state) {
      case "idle":
        return undefined;
      case "ready":
        return this.current.value;
      case "loading":
      case "failed":
        return this.current.previous;
    }
  }

  get error(): UserError | undefined {
    return this.current.state === "failed" ? this.current.error : undefined;
  }

  /** Fetches the value, and again after each change to one of its topics; the returned function stops that. */
  open(): () => void {
    void this.refresh();
    return onTopics(this.#topics, () => void this.refresh());
  }

  /** Fetches the value. An answer that arrives after a newer request is dropped. Never rejects. */
  async refresh(): Promise<void> {
    const request = ++this.#requests;
    // Untracked: an effect that calls `refresh` would otherwise depend on the answer and fetch without end.
    const previous = untrack(() => this.value);
    this.current = previous === undefined ? { state: "loading" } : { state: "loading", previous };
    let next: Loadable<T>;
    try {
      next = { state: "ready", value: await this.#fetch() };
    } catch (thrown) {
      const error = asUserError(thrown);
      next = previous === undefined ? { state: "failed", error } : { state: "failed", error, previous };
    }
    if (request === this.#requests) this.current = next;
  }
}

import { untrack } from "svelte";
import type { IpcError } from "../ipc/bindings";
import { asIpcError } from "../ipc/errors";

/** Something fetched: exactly one of these, always. */
export type Loadable<T> =
  | { state: "idle" }
  | { state: "loading"; previous?: T }
  | { state: "ready"; value: T }
  | { state: "failed"; error: IpcError; previous?: T };

/** A value fetched from the shell, which keeps showing the last answer while it asks again. */
export class Resource<T> {
  current = $state.raw<Loadable<T>>({ state: "idle" });
  readonly #fetch: () => Promise<T>;
  #asked = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** The newest answer there is, also while asking again and after a failure. */
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

  get error(): IpcError | undefined {
    return this.current.state === "failed" ? this.current.error : undefined;
  }

  /** Asks again. Only the answer to the newest question counts; it never rejects. */
  async refresh(): Promise<void> {
    const mine = ++this.#asked;
    // Reading here must not make the effect that asks depend on the answer: it would ask for ever.
    const previous = untrack(() => this.value);
    this.current = previous === undefined ? { state: "loading" } : { state: "loading", previous };
    let next: Loadable<T>;
    try {
      next = { state: "ready", value: await this.#fetch() };
    } catch (thrown) {
      const error = asIpcError(thrown);
      next = previous === undefined ? { state: "failed", error } : { state: "failed", error, previous };
    }
    if (mine === this.#asked) this.current = next;
  }
}

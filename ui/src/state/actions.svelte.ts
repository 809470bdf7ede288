import { SvelteSet } from "svelte/reactivity";
import { asUserError, type UserError } from "../ipc/client";
import { problem } from "./toasts";

type Options = {
  /** Whether a failure is kept in `error`, for a note on the page, instead of being shown as a toast. */
  note?: boolean | (() => boolean);
  /** Whether only one action of the group may run at a time. Without it, each key runs on its own. */
  exclusive?: boolean;
};

/**
 * A group of actions that a person starts with buttons: which of them are running, and why the last one failed.
 *
 * The key tells the actions of a group apart. An action that is already running is not started a second time.
 */
export class Actions<Key extends string = string> {
  /** Why the last action failed; null after the next one started. Stays null where failures are shown as toasts. */
  error = $state.raw<UserError | null>(null);
  readonly #running = new SvelteSet<Key>();
  readonly #options: Options;

  constructor(options: Options = {}) {
    this.#options = options;
  }

  /** Whether the action with this key is running; without a key, whether any is. */
  isBusy(key?: Key): boolean {
    return key === undefined ? this.#running.size > 0 : this.#running.has(key);
  }

  /** Runs an action, unless it is running. Resolves to whether it ran and succeeded; never rejects. */
  async run(key: Key, work: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy(this.#options.exclusive ? undefined : key)) return false;
    this.#running.add(key);
    this.error = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      const error = asUserError(thrown);
      const { note } = this.#options;
      if (typeof note === "function" ? note() : note) this.error = error;
      else problem(error);
      return false;
    } finally {
      this.#running.delete(key);
    }
  }
}

import { api, asUserError, type PreflightDto, type UserError } from "../../ipc/client";
import { Actions } from "../actions.svelte";
import { onTopics } from "../async.svelte";
import { done } from "../toasts";

/** How long before its start a class is checked as soon as it is shown, in milliseconds. */
const CHECKED_WHEN_SHOWN = 60 * 60_000;

/** The checks before one class: what was found last, and checking again. */
export class PreflightChecks {
  found = $state.raw<PreflightDto | undefined>();
  /** Why the checks could not be made at all. */
  error = $state.raw<UserError | undefined>();
  #session: string | undefined;
  readonly #actions = new Actions<"check" | "repair">();

  get checking(): boolean {
    return this.#actions.isBusy("check");
  }

  get repairing(): boolean {
    return this.#actions.isBusy("repair");
  }

  /** Shows the checks of a session, and makes them where that was not done and it begins within the hour. The returned function stops that. */
  follow(session: string, start: string): () => void {
    if (this.#session !== session) {
      this.found = undefined;
      this.error = undefined;
    }
    this.#session = session;
    void this.#read(session).then(() => {
      if (this.#session !== session || this.found) return;
      if (Date.parse(start) - Date.now() <= CHECKED_WHEN_SHOWN) void this.check();
    });
    // The checks are also made by themselves, ten minutes before the class.
    return onTopics(["sessions"], () => void this.#read(session));
  }

  async #read(session: string): Promise<void> {
    try {
      const found = await api.preflightLast(session);
      if (this.#session === session && found) this.found = found;
    } catch (thrown) {
      if (this.#session === session) this.error = asUserError(thrown);
    }
  }

  /** Makes the checks now. */
  async check(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    await this.#actions.run("check", async () => {
      try {
        const found = await api.preflightRun(session);
        if (this.#session !== session) return;
        this.found = found;
        this.error = undefined;
      } catch (thrown) {
        if (this.#session === session) this.error = asUserError(thrown);
      }
    });
  }

  /** Has Hajime's own presets repaired, then checks again. */
  async repairPresets(): Promise<void> {
    await this.#actions.run("repair", async () => {
      await api.appPresetsRepair();
      done("Presets repaired", "The class is checked again.");
    });
    await this.check();
  }
}

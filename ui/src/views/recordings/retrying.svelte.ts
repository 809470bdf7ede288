import { SvelteSet } from "svelte/reactivity";
import { api, asIpcError, type RecordingDto } from "../../ipc/client";
import { done, problem } from "../../state/toasts";

/** The recordings whose retry has been asked for and not yet answered. */
export class Retrying {
  readonly #under = new SvelteSet<string>();

  has(id: string): boolean {
    return this.#under.has(id);
  }

  /** Asks once, however often it is pressed; resolves to whether the shell took it. */
  async retry(recording: Pick<RecordingDto, "id" | "title">): Promise<boolean> {
    if (this.#under.has(recording.id)) return false;
    this.#under.add(recording.id);
    try {
      await api.recordingRetry(recording.id);
      done("Trying again", recording.title);
      return true;
    } catch (thrown) {
      problem(asIpcError(thrown));
      return false;
    } finally {
      this.#under.delete(recording.id);
    }
  }
}

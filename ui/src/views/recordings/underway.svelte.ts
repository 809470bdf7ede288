import { SvelteSet } from "svelte/reactivity";
import { api, asIpcError, type RecordingDto } from "../../ipc/client";
import { bytes } from "../../lib/format";
import { done, problem } from "../../state/toasts";

type Which = Pick<RecordingDto, "id" | "title">;

/** The recordings for which something has been asked and not yet answered. */
class UnderWay {
  readonly #ids = new SvelteSet<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Asks once, however often it is pressed; resolves to whether it was done. */
  protected async once({ id }: Which, ask: () => Promise<void>): Promise<boolean> {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    try {
      await ask();
      return true;
    } catch (thrown) {
      problem(asIpcError(thrown));
      return false;
    } finally {
      this.#ids.delete(id);
    }
  }
}

/** Retries. */
export class Retrying extends UnderWay {
  retry(recording: Which): Promise<boolean> {
    return this.once(recording, async () => {
      await api.recordingRetry(recording.id);
      done("Trying again", recording.title);
    });
  }
}

/** Copies being saved to this computer. */
export class Saving extends UnderWay {
  save(recording: Which): Promise<boolean> {
    return this.once(recording, async () => {
      const saved = await api.recordingSave(recording.id);
      done(`Saved, ${bytes(saved.bytes)}`, saved.path);
    });
  }
}

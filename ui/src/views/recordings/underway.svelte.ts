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

/** Evidence being copied. */
export class Evidence extends UnderWay {
  copy(recording: Which): Promise<boolean> {
    return this.once(recording, async () => {
      const evidence = await api.recordingEvidence(recording.id);
      if (evidence.copied) done("Evidence copied", "It opens nothing and names nobody.");
      else {
        problem({
          code: "clipboard",
          message: "The clipboard could not be reached.",
          next: `Get the evidence from a terminal: hajime-cli recording evidence ${recording.id}`,
        });
      }
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

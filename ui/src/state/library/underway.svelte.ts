import { SvelteSet } from "svelte/reactivity";
import { api, asIpcError, type RecordingDto } from "../../ipc/client";
import { bytes } from "../../lib/format";
import { done, problem } from "../toasts";

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

/** How long a button says that something is copied, in milliseconds. */
const SAID_FOR = 5000;

/** Diagnostics being copied. */
export class Evidence extends UnderWay {
  /** Whose diagnostics were copied a moment ago: the button says so. */
  copiedId = $state<string | null>(null);
  #said: ReturnType<typeof setTimeout> | undefined;

  copy(recording: Which): Promise<boolean> {
    return this.once(recording, async () => {
      const evidence = await api.recordingEvidence(recording.id);
      if (evidence.copied) {
        clearTimeout(this.#said);
        this.copiedId = recording.id;
        this.#said = setTimeout(() => (this.copiedId = null), SAID_FOR);
      } else {
        problem({
          code: "clipboard",
          message: "Couldn’t reach the clipboard.",
          next: `Get the diagnostics from a terminal: hajime-cli recording evidence ${recording.id}`,
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

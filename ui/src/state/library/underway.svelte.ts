// Long requests about recordings. They live as long as the view of all recordings, so that a button stays busy while another
// recording is open.
import { api, type RecordingDto } from "../../ipc/client";
import { bytes } from "../../lib/format";
import { Actions } from "../actions.svelte";
import { done, problem } from "../toasts";

type Target = Pick<RecordingDto, "id" | "title">;

/** How long a button says that something was copied, in milliseconds. */
const COPIED_MESSAGE_MS = 5000;

/** Retries of failed recordings. */
export class Retrying {
  readonly #actions = new Actions();

  has(id: string): boolean {
    return this.#actions.isBusy(id);
  }

  /** Resolves to whether the core accepted the retry. */
  retry({ id, title }: Target): Promise<boolean> {
    return this.#actions.run(id, async () => {
      await api.recordingRetry(id);
      done("Trying again", title);
    });
  }
}

/** Copying the diagnostics of recordings. */
export class Evidence {
  /** The recording whose diagnostics were copied a moment ago: its button says so. */
  copiedId = $state<string | null>(null);
  readonly #actions = new Actions();
  #timer: ReturnType<typeof setTimeout> | undefined;

  has(id: string): boolean {
    return this.#actions.isBusy(id);
  }

  copy({ id }: Target): Promise<boolean> {
    return this.#actions.run(id, async () => {
      const evidence = await api.recordingEvidence(id);
      if (evidence.copied) {
        clearTimeout(this.#timer);
        this.copiedId = id;
        this.#timer = setTimeout(() => (this.copiedId = null), COPIED_MESSAGE_MS);
      } else {
        problem({
          code: "clipboard",
          message: "Couldn’t reach the clipboard.",
          next: `Get the diagnostics from a terminal: hajime-cli recording evidence ${id}`,
        });
      }
    });
  }
}

/** Saving recordings' files to this computer. */
export class Saving {
  readonly #actions = new Actions();

  has(id: string): boolean {
    return this.#actions.isBusy(id);
  }

  save({ id }: Target): Promise<boolean> {
    return this.#actions.run(id, async () => {
      const saved = await api.recordingSave(id);
      done(`Saved, ${bytes(saved.bytes)}`, saved.path);
    });
  }
}

import { api, type FacetsDto, type RecordingsQuery } from "../../ipc/client";

/** How long the query has to stay the same before it is counted, in milliseconds. */
const PAUSE_MS = 150;

/** How many recordings each choice of a filter would leave. The last numbers stay until the next ones arrive. */
export class Facets {
  value = $state.raw<FacetsDto | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the requests: only the answer to the newest one is kept. */
  #requests = 0;

  /** Counts after a moment, so that the letters of a search are not counted one by one. */
  ask(query: RecordingsQuery): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(query), PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#requests += 1;
  }

  async #fetch(query: RecordingsQuery): Promise<void> {
    const mine = ++this.#requests;
    try {
      const answer = await api.recordingsCounts(query);
      if (mine === this.#requests) this.value = answer;
    } catch {
      // The list shows why the database cannot be read; without numbers the filters work as well.
      if (mine === this.#requests) this.value = undefined;
    }
  }
}

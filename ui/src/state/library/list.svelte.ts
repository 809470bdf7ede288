import { api, asIpcError, type IpcError, type RecordingDto, type RecordingFilter } from "../../ipc/client";
import type { RecordingsPage } from "../../ipc/client";

/** How many rows one question asks for. */
export const PAGE = 100;

type Shown = { search: string; filter: RecordingFilter };

/**
 * The list of recordings as far as it has been looked at: whole pages, fetched when they come into sight.
 * What is shown stays until the next answer is there, and answers to older questions are dropped.
 */
export class RecordingList {
  /** What the rows on show were asked with; undefined until the first answer. */
  shown = $state.raw<Shown | undefined>(undefined);
  total = $state(0);
  counts = $state.raw<RecordingsPage["counts"]>({ all: 0, ready: 0, processing: 0, failed: 0, deleted: 0 });
  /** How many may be taken off the list, whatever was asked for. */
  gone = $state(0);
  error = $state.raw<IpcError | undefined>(undefined);
  loading = $state(false);
  #pages = $state.raw<ReadonlyMap<number, RecordingDto[]>>(new Map());
  #search = "";
  #filter: RecordingFilter = "all";
  /** Every answer belongs to a round; a new question begins a new one. */
  #round = 0;
  #pending = new Set<number>();
  #seen: [number, number] = [0, 0];
  #refreshing = false;
  #again = false;

  row(index: number): RecordingDto | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Where a recording stands, if its page is here. */
  indexOf(id: string): number {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  find(id: string): RecordingDto | undefined {
    const at = this.indexOf(id);
    return at < 0 ? undefined : this.row(at);
  }

  /** Asks a new question. The rows of the old one stay until the answer comes. */
  async ask(search: string, filter: RecordingFilter): Promise<void> {
    this.#search = search;
    this.#filter = filter;
    this.#seen = [0, 0];
    await this.#fetchAll([0]);
  }

  /** Fetches what is in sight again. Asked for while it is running, it runs once more afterwards. */
  async refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return;
    }
    this.#refreshing = true;
    try {
      do {
        this.#again = false;
        const [first, last] = this.#seen;
        await this.#fetchAll(Array.from({ length: last - first + 1 }, (_, i) => first + i));
      } while (this.#again);
    } finally {
      this.#refreshing = false;
    }
  }

  /** Says which rows are in sight; pages that are missing are fetched. */
  want(firstRow: number, lastRow: number): void {
    const first = Math.floor(Math.max(0, firstRow) / PAGE);
    const last = Math.floor(Math.max(0, Math.min(lastRow, this.total - 1)) / PAGE);
    this.#seen = [first, Math.max(first, last)];
    if (this.loading) return;
    for (let page = first; page <= last; page += 1) {
      if (!this.#pages.has(page) && !this.#pending.has(page)) void this.#fetchPage(page);
    }
  }

  #askPage(page: number): Promise<RecordingsPage> {
    return api.recordingsList({ search: this.#search, filter: this.#filter, limit: PAGE, offset: page * PAGE });
  }

  /** Replaces every page by fresh ones. */
  async #fetchAll(pages: number[]): Promise<void> {
    const mine = ++this.#round;
    const asked = { search: this.#search, filter: this.#filter };
    this.#pending.clear();
    this.loading = true;
    try {
      const answers = await Promise.all(pages.map((page) => this.#askPage(page)));
      if (mine !== this.#round) return;
      this.#pages = new Map(pages.map((page, i) => [page, answers[i]?.rows ?? []]));
      this.#accept(answers[0]);
      this.shown = asked;
      this.error = undefined;
    } catch (thrown) {
      if (mine === this.#round) this.error = asIpcError(thrown);
    } finally {
      if (mine === this.#round) this.loading = false;
    }
  }

  async #fetchPage(page: number): Promise<void> {
    const mine = this.#round;
    this.#pending.add(page);
    try {
      const answer = await this.#askPage(page);
      if (mine !== this.#round) return;
      this.#pages = new Map(this.#pages).set(page, answer.rows);
      this.#accept(answer);
      this.#pending.delete(page);
    } catch (thrown) {
      // The page stays among the pending ones: scrolling by must not ask again and again. `refresh` does.
      if (mine === this.#round) this.error = asIpcError(thrown);
    }
  }

  #accept(answer: RecordingsPage | undefined): void {
    if (!answer) return;
    this.total = answer.total;
    this.counts = answer.counts;
    this.gone = answer.gone;
  }
}

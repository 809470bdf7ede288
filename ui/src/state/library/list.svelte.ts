import {
  api,
  asUserError,
  type HitDto,
  type UserError,
  type RecordingDto,
  type RecordingFilter,
  type RecordingsPage,
} from "../../ipc/client";
import { narrowingOf, type Narrowing, type Shown } from "./narrowing";

/** How many rows one request fetches. */
export const ROWS_PER_PAGE = 100;

/**
 * The part of the list of recordings that was scrolled into view, in whole pages.
 *
 * The rows on show stay until the next answer arrives; answers to older queries are dropped.
 */
export class RecordingList {
  /** The query whose rows are on show; undefined until the first answer. */
  shown = $state.raw<Shown | undefined>(undefined);
  total = $state(0);
  counts = $state.raw<RecordingsPage["counts"]>({ all: 0, ready: 0, processing: 0, failed: 0, deleted: 0 });
  /** How many recordings are missing at Cloudflare and may be put in the bin, whatever the query. */
  missing = $state(0);
  error = $state.raw<UserError | undefined>(undefined);
  loading = $state(false);
  /** Words that the search was taken for, because it finds little as it was written. */
  also = $state.raw<readonly string[]>([]);
  /** How many recordings are not indexed yet, so that the search may not find them. */
  behind = $state(0);
  #pages = $state.raw<ReadonlyMap<number, RecordingDto[]>>(new Map());
  /** Where the search was found, by the id of the recording. */
  #hits = $state.raw<ReadonlyMap<string, HitDto[]>>(new Map());
  #search = "";
  #filter: RecordingFilter = "all";
  #more: Narrowing = {};
  /** Counts the replacements of all pages: an answer to a request from an earlier round is dropped. */
  #round = 0;
  readonly #pending = new Set<number>();
  /** The first and the last page in view. */
  #visible: [number, number] = [0, 0];
  #refreshing = false;
  #refreshAgain = false;

  row(index: number): RecordingDto | undefined {
    return this.#pages.get(Math.floor(index / ROWS_PER_PAGE))?.[index % ROWS_PER_PAGE];
  }

  /** The row of a recording; -1 if its page was not fetched. */
  indexOf(id: string): number {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * ROWS_PER_PAGE + at;
    }
    return -1;
  }

  /** Where the search was found in a recording. */
  hits(id: string): readonly HitDto[] {
    return this.#hits.get(id) ?? [];
  }

  find(id: string): RecordingDto | undefined {
    const at = this.indexOf(id);
    return at < 0 ? undefined : this.row(at);
  }

  /** Starts a new query. The rows of the old one stay until the answer arrives. */
  async query(search: string, filter: RecordingFilter, more: Narrowing = {}): Promise<void> {
    this.#search = search;
    this.#filter = filter;
    this.#more = more;
    this.#visible = [0, 0];
    await this.#fetchAll([0]);
  }

  /** Fetches the pages in view again. Called while it is running, it runs once more afterwards. */
  async refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return;
    }
    this.#refreshing = true;
    try {
      do {
        this.#refreshAgain = false;
        const [first, last] = this.#visible;
        await this.#fetchAll(Array.from({ length: last - first + 1 }, (_, i) => first + i));
      } while (this.#refreshAgain);
    } finally {
      this.#refreshing = false;
    }
  }

  /** Notes which rows are in view and fetches their pages, unless they are there. */
  showRows(firstRow: number, lastRow: number): void {
    const first = Math.floor(Math.max(0, firstRow) / ROWS_PER_PAGE);
    const last = Math.floor(Math.max(0, Math.min(lastRow, this.total - 1)) / ROWS_PER_PAGE);
    this.#visible = [first, Math.max(first, last)];
    if (this.loading) return;
    for (let page = first; page <= last; page += 1) {
      if (!this.#pages.has(page) && !this.#pending.has(page)) void this.#fetchPage(page);
    }
  }

  #request(page: number): Promise<RecordingsPage> {
    return api.recordingsList({
      search: this.#search,
      filter: this.#filter,
      limit: ROWS_PER_PAGE,
      offset: page * ROWS_PER_PAGE,
      ...narrowingOf(this.#more),
    });
  }

  /** Replaces every page by fresh ones. */
  async #fetchAll(pages: number[]): Promise<void> {
    const mine = ++this.#round;
    const query = { search: this.#search, filter: this.#filter, ...this.#more };
    this.#pending.clear();
    this.loading = true;
    try {
      const answers = await Promise.all(pages.map((page) => this.#request(page)));
      if (mine !== this.#round) return;
      this.#pages = new Map(pages.map((page, i) => [page, answers[i]?.rows ?? []]));
      this.#hits = new Map(answers.flatMap(hitsOf));
      this.#accept(answers[0]);
      this.shown = query;
      this.error = undefined;
    } catch (thrown) {
      if (mine === this.#round) this.error = asUserError(thrown);
    } finally {
      if (mine === this.#round) this.loading = false;
    }
  }

  async #fetchPage(page: number): Promise<void> {
    const mine = this.#round;
    this.#pending.add(page);
    try {
      const answer = await this.#request(page);
      if (mine !== this.#round) return;
      this.#pages = new Map(this.#pages).set(page, answer.rows);
      this.#hits = new Map([...this.#hits, ...hitsOf(answer)]);
      this.#accept(answer);
      this.#pending.delete(page);
    } catch (thrown) {
      // The page stays pending, so that scrolling does not repeat the request again and again. `refresh` repeats it.
      if (mine === this.#round) this.error = asUserError(thrown);
    }
  }

  #accept(answer: RecordingsPage | undefined): void {
    if (!answer) return;
    this.total = answer.total;
    this.counts = answer.counts;
    this.missing = answer.missing;
    this.also = answer.also;
    this.behind = answer.behind;
  }
}

function hitsOf(page: RecordingsPage): [string, HitDto[]][] {
  return page.rows.flatMap((row, index) => {
    const hits = page.hits[index] ?? [];
    return hits.length > 0 ? [[row.id, hits] as [string, HitDto[]]] : [];
  });
}

import { asUserError, type UserError } from "../../ipc/client";

/** The lines that the shell sends in one answer. */
const PAGE = 500;

/** The lines of a chat or a transcript, fetched page by page. */
export class SessionLines<Line> {
  all = $state.raw<Line[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  error = $state.raw<UserError | null>(null);
  readonly #fetch: (from: number) => Promise<Line[]>;

  constructor(fetch: (from: number) => Promise<Line[]>) {
    this.#fetch = fetch;
  }

  /** Fetches the next page. Never rejects. */
  async more(): Promise<void> {
    this.state = "loading";
    this.error = null;
    const from = this.all.length;
    try {
      const lines = await this.#fetch(from);
      // An answer that another one has overtaken is dropped.
      if (this.all.length === from) this.all = [...this.all, ...lines];
      this.state = "ready";
    } catch (thrown) {
      this.error = asUserError(thrown);
      this.state = "failed";
    }
  }

  /** How many lines the next page has, of this many in all. */
  left(lines: number): number {
    return Math.min(PAGE, Math.max(0, lines - this.all.length));
  }
}

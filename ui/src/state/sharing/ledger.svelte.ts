import {
  api,
  asUserError,
  type LedgerCheckDto,
  type LedgerPlaceDto,
  type LedgerRowDto,
  type UserError,
} from "../../ipc/client";
import { onTopics } from "../async.svelte";
import { done, problem } from "../toasts";

/** Which entries are shown. */
export type Shown = "all" | "works" | "ends_soon";

/** How many entries are fetched at once. */
const PAGE = 100;
/** The pause after a key press before the entries are fetched, in milliseconds. */
const TYPING_PAUSE_MS = 150;

/** The ledger on show: the entries that were fetched so far, and what its check found. */
export class Ledger {
  shown = $state<Shown>("all");
  text = $state("");
  /** The name of the only act on show; empty for all. */
  act = $state("");
  rows = $state.raw<LedgerRowDto[] | undefined>(undefined);
  error = $state.raw<UserError | undefined>(undefined);
  checks = $state.raw<LedgerCheckDto[]>([]);
  checking = $state(false);
  /** The link that is made again. */
  reissuing = $state<string | null>(null);
  #next = $state.raw<LedgerPlaceDto | null>(null);
  /** Counts the requests: only the answer to the newest one is kept. */
  #requests = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  get hasMore(): boolean {
    return this.#next !== null;
  }

  get isFiltered(): boolean {
    return this.shown !== "all" || this.text.trim() !== "" || this.act !== "";
  }

  /** Fetches the entries, and again after each change; the returned function stops that. */
  open(): () => void {
    void this.refresh();
    const stop = onTopics(["links"], () => void this.refresh());
    return () => {
      clearTimeout(this.#typing);
      stop();
    };
  }

  /** Fetches the entries when nobody has typed for a moment. */
  refreshSoon(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.refresh(), TYPING_PAUSE_MS);
  }

  async refresh(): Promise<void> {
    await this.#fetch(null, []);
  }

  async more(): Promise<void> {
    if (this.#next) await this.#fetch(this.#next, this.rows ?? []);
  }

  async #fetch(after: LedgerPlaceDto | null, before: LedgerRowDto[]): Promise<void> {
    const request = ++this.#requests;
    const filter = {
      act: this.shown === "all" && this.act !== "" ? this.act : null,
      recording_id: null,
      kid: null,
      text: this.text.trim(),
      works: this.shown === "works",
      ends_soon: this.shown === "ends_soon",
    };
    try {
      const page = await api.ledgerPage(filter, after, PAGE);
      if (request !== this.#requests) return;
      this.rows = [...before, ...page.rows];
      this.#next = page.next;
      this.error = undefined;
    } catch (thrown) {
      if (request === this.#requests) this.error = asUserError(thrown);
    }
  }

  /** Checks every entry, and shows what was found. */
  async verify(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      this.checks = await api.ledgerVerify();
    } catch (thrown) {
      problem(asUserError(thrown));
    } finally {
      this.checking = false;
    }
  }

  /** Makes a link again that ends soon, and copies it. */
  async reissue(linkId: string): Promise<void> {
    if (this.reissuing !== null) return;
    this.reissuing = linkId;
    try {
      const made = await api.linkReissue(linkId);
      if (made.copied) done("Link made again and copied", made.link.recording_title);
      else problem({ code: "clipboard", message: "Couldn’t reach the clipboard.", next: "Make the link again." });
    } catch (thrown) {
      problem(asUserError(thrown));
    } finally {
      this.reissuing = null;
    }
  }
}

import {
  api,
  asUserError,
  type LedgerCheckDto,
  type LedgerPlaceDto,
  type LedgerRowDto,
  type MadeLinkDto,
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
  /** The link that was made again, where it may not play or was not copied. */
  made = $state.raw<MadeLinkDto | null>(null);
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
    // A change elsewhere leaves as many entries on show as there were.
    const again = () => void this.#fetch(null, [], Math.max(1, this.rows?.length ?? 0));
    const stop = onTopics(["links"], again);
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
    await this.#fetch(null, [], 1);
  }

  async more(): Promise<void> {
    if (this.#next) await this.#fetch(this.#next, this.rows ?? [], 1);
  }

  /** Adds pages to the entries before, until at least `wanted` entries came or there are no more. */
  async #fetch(after: LedgerPlaceDto | null, before: LedgerRowDto[], wanted: number): Promise<void> {
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
      const rows = [...before];
      let next = after;
      do {
        const page = await api.ledgerPage(filter, next, PAGE);
        if (request !== this.#requests) return;
        rows.push(...page.rows);
        next = page.next;
      } while (next && rows.length < before.length + wanted);
      this.rows = rows;
      this.#next = next;
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
      this.made = made.doubt || !made.copied ? made : null;
      if (made.copied) done("Link made again and copied", made.link.recording_title);
    } catch (thrown) {
      problem(asUserError(thrown));
    } finally {
      this.reissuing = null;
    }
  }
}

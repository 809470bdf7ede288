import { untrack } from "svelte";
import { api, type RecordingDto, type SessionDto } from "../ipc/client";
import { found, searchWords } from "../lib/search";

/** How long typing must pause before a search starts, in milliseconds. */
const TYPING_PAUSE_MS = 120;
/** The most recordings, and the most sessions, that are offered. */
const MAX_FINDS = 6;
/** How far back sessions are searched, in days. Older ones are found by their recordings. */
const DAYS_BACK = 30;
const DAY_MS = 86_400_000;

/** The recordings and sessions that match what is typed in the palette. */
export class Finds {
  recordings = $state.raw<RecordingDto[]>([]);
  sessions = $state.raw<SessionDto[]>([]);
  /** Whether the newest search was answered. */
  done = $state(true);
  /** Counts the searches: answers to older ones are dropped. */
  #searches = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Searches once typing pauses. Without a word nothing is found. */
  search(typed: string): void {
    clearTimeout(this.#pause);
    const search = ++this.#searches;
    untrack(() => {
      if (searchWords(typed).length === 0) this.#show([], []);
      else {
        this.done = false;
        this.#pause = setTimeout(() => void this.#fetch(typed, search), TYPING_PAUSE_MS);
      }
    });
  }

  async #fetch(typed: string, search: number): Promise<void> {
    const from = new Date(Date.now() - DAYS_BACK * DAY_MS).toISOString();
    // A failure counts as nothing found; the views themselves show why.
    const [recordings, sessions] = await Promise.all([
      api
        .recordingsList({ search: typed, filter: "all", limit: MAX_FINDS, offset: 0 })
        .then((page) => page.rows, nothing),
      api.sessionsList(from, null).catch(nothing),
    ]);
    if (search !== this.#searches) return;
    const matching = sessions.filter((row) => row.status !== "cancelled" && found(typed, row.title, row.instructor));
    this.#show(recordings, nearest(matching));
  }

  #show(recordings: RecordingDto[], sessions: SessionDto[]): void {
    this.recordings = recordings;
    this.sessions = sessions;
    this.done = true;
  }
}

const nothing = (): never[] => [];

/** First the sessions that are live or lie ahead, the soonest first, then those that are over, the latest first. */
function nearest(sessions: readonly SessionDto[]): SessionDto[] {
  const now = Date.now();
  const over = (row: SessionDto) => row.status === "ended" || Date.parse(row.end) < now;
  const ahead = sessions.filter((row) => !over(row)).toSorted((a, b) => a.start.localeCompare(b.start));
  const past = sessions.filter(over).toSorted((a, b) => b.start.localeCompare(a.start));
  return [...ahead, ...past].slice(0, MAX_FINDS);
}

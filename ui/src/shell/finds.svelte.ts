import { untrack } from "svelte";
import { api, type RecordingDto, type SessionDto } from "../ipc/client";
import { found, searchWords } from "../lib/search";

/** How long typing pauses before the question is asked, in milliseconds. */
const PAUSE = 120;
/** So many of each kind are offered; whoever wants more types more. */
const MOST = 6;
/** Classes of the last days are still looked for; what was recorded before is among the recordings. */
const DAYS_BACK = 30;
const DAY = 86_400_000;

/** Recordings and classes that the words in the palette find. */
export class Finds {
  recordings = $state.raw<RecordingDto[]>([]);
  classes = $state.raw<SessionDto[]>([]);
  /** Whether what was asked last is answered. */
  done = $state(true);
  #asked = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Looks for them once typing pauses. Without a word there is nothing to find. */
  ask(typed: string): void {
    clearTimeout(this.#pause);
    const mine = ++this.#asked;
    untrack(() => {
      if (searchWords(typed).length === 0) this.#show([], []);
      else {
        this.done = false;
        this.#pause = setTimeout(() => void this.#look(typed, mine), PAUSE);
      }
    });
  }

  async #look(typed: string, mine: number): Promise<void> {
    const from = new Date(Date.now() - DAYS_BACK * DAY).toISOString();
    // What cannot be read is not found; the views themselves say why.
    const [recordings, sessions] = await Promise.all([
      api.recordingsList({ search: typed, filter: "all", limit: MOST, offset: 0 }).then((page) => page.rows, nothing),
      api.sessionsList(from, null).catch(nothing),
    ]);
    if (mine !== this.#asked) return;
    const classes = sessions.filter((row) => row.status !== "cancelled" && found(typed, row.title, row.instructor));
    this.#show(recordings, nearest(classes));
  }

  #show(recordings: RecordingDto[], classes: SessionDto[]): void {
    this.recordings = recordings;
    this.classes = classes;
    this.done = true;
  }
}

const nothing = (): never[] => [];

/** What is on or comes next first, then what is over, the latest first. */
function nearest(classes: readonly SessionDto[]): SessionDto[] {
  const now = Date.now();
  const over = (row: SessionDto) => row.status === "ended" || Date.parse(row.end) < now;
  const ahead = classes.filter((row) => !over(row)).toSorted((a, b) => a.start.localeCompare(b.start));
  const past = classes.filter(over).toSorted((a, b) => b.start.localeCompare(a.start));
  return [...ahead, ...past].slice(0, MOST);
}

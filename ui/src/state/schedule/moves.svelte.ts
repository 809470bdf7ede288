import { SvelteMap } from "svelte/reactivity";
import { api, asUserError, type CalendarEntryDto, type SessionDraft, type SessionDto } from "../../ipc/client";
import { note, problem } from "../toasts";
import { cancelWithUndo } from "./cancelling";
import { changedWithUndo, undoNewest } from "./undo";

/** How long the keys rest before a change is sent, in milliseconds. */
const REST_MS = 350;

/** By how many minutes a class is moved, and by how many it becomes longer. */
export type Shift = { minutes: number; longer: number };

/** Where a class is going to be: its start in its own zone, and its length in minutes. `entry` is how it was known last. */
type Target = { start: string; length: number; entry: CalendarEntryDto };

/** What the schedule lends to the moves: its classes, how to fetch them again, and words for a time. */
type Calendar = {
  find: (id: string) => CalendarEntryDto | undefined;
  refresh: () => Promise<void>;
  words: (entry: CalendarEntryDto) => string;
};

/**
 * Moves of classes by keys and by the pointer.
 *
 * A class is shown at its new place at once. Quick presses are collected and sent as one change, one after the other; where the core
 * refuses a change, the class is back where it was and the reason is shown.
 */
export class Moves {
  /** What was done last, for a live region. */
  said = $state("");
  readonly #targets = new SvelteMap<string, Target>();
  readonly #sending = new Set<string>();
  readonly #calendar: Calendar;
  readonly #restMs: number;

  constructor(calendar: Calendar, restMs: number = REST_MS) {
    this.#calendar = calendar;
    this.#restMs = restMs;
  }

  /** The classes where they are going to be. One whose change is under way is among them wherever it was before. */
  shown(entries: readonly CalendarEntryDto[]): CalendarEntryDto[] {
    const others = [...this.#targets.values()].filter(
      ({ entry }) => !entries.some(({ session }) => session.id === entry.session.id),
    );
    return [...entries, ...others.map(({ entry }) => entry)].map((entry) => this.#moved(entry));
  }

  #moved(entry: CalendarEntryDto): CalendarEntryDto {
    const target = this.#targets.get(entry.session.id);
    if (!target) return entry;
    const moved = minutesBetween(entry.own_local, target.start);
    const longer = target.length - entry.session.duration_minutes;
    if (moved === 0 && longer === 0) return entry;
    return {
      session: { ...entry.session, duration_minutes: target.length },
      own_local: target.start,
      start_local: later(entry.start_local, moved),
      end_local: later(entry.end_local, moved + longer),
    };
  }

  /** Moves a class or changes its length, together with what was pressed a moment before. */
  async move(session: SessionDto, shift: Shift): Promise<void> {
    const known = this.#targets.get(session.id);
    const entry = this.#calendar.find(session.id) ?? known?.entry;
    if (!entry) return;
    if (entry.session.status !== "scheduled") {
      this.#refuse(`“${session.title}” stays where it is.`, "Only a class that has not begun can be moved.");
      return;
    }
    const from = known ?? { start: entry.own_local, length: entry.session.duration_minutes };
    const length = from.length + shift.longer;
    if (length < 15 && shift.longer < 0) {
      this.#refuse(`“${session.title}” cannot be shorter here.`, "Open it to set a shorter length.");
      return;
    }
    this.#targets.set(session.id, { start: later(from.start, shift.minutes), length, entry });
    this.said = this.#calendar.words(this.#moved(entry));
    if (this.#sending.has(session.id)) return;
    this.#sending.add(session.id);
    try {
      await this.#send(session);
    } finally {
      this.#sending.delete(session.id);
    }
  }

  /** Cancels a class that has not begun, and offers to undo it. */
  async cancel(session: SessionDto): Promise<void> {
    if (session.status !== "scheduled") {
      this.#refuse(`“${session.title}” is not cancelled.`, "Only a class that has not begun can be cancelled.");
      return;
    }
    try {
      await cancelWithUndo(session);
      this.said = `“${session.title}” is cancelled.`;
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /** Undoes the newest change of the schedule that was made in this window. */
  async undo(): Promise<void> {
    const undone = await undoNewest();
    if (undone === "nothing") {
      note("There is nothing to undo.", "Changes of the schedule that are made in this window can be undone.");
    } else if (undone) {
      this.said = `${undone.what}: undone.`;
    }
  }

  async #send(session: SessionDto): Promise<void> {
    for (;;) {
      await rested(this.#targets, session.id, this.#restMs);
      const target = this.#targets.get(session.id);
      if (!target) break;
      const entry = this.#calendar.find(session.id) ?? target.entry;
      const moved = minutesBetween(entry.own_local, target.start);
      if (moved === 0 && target.length === entry.session.duration_minutes) {
        this.#targets.delete(session.id);
        break;
      }
      try {
        const edited = await api.sessionEdit(session.id, draftOf(entry.session, target));
        const there = this.#moved(entry);
        const shown = this.#calendar.words({ ...there, own_local: target.start });
        await this.#calendar.refresh();
        const newer = this.#targets.get(session.id);
        if (newer === target) this.#targets.delete(session.id);
        else if (newer) this.#targets.set(session.id, { ...newer, entry: { ...there, session: edited } });
        await changedWithUndo(edited, `“${session.title}” is moved`, shown);
        this.said = shown;
      } catch (thrown) {
        this.#targets.delete(session.id);
        this.#failed(thrown);
        break;
      }
      if (!this.#targets.has(session.id)) break;
    }
  }

  #failed(thrown: unknown): void {
    const error = asUserError(thrown);
    problem(error);
    this.said = `${error.message} ${error.next}`;
  }

  #refuse(message: string, next: string): void {
    note(message, next);
    this.said = `${message} ${next}`;
  }
}

/** Waits until the target of a class was not changed for a while. */
async function rested(targets: Map<string, Target>, id: string, ms: number): Promise<void> {
  let seen: Target | undefined;
  do {
    seen = targets.get(id);
    await new Promise((wake) => setTimeout(wake, ms));
  } while (targets.get(id) !== seen);
}

function draftOf(session: SessionDto, target: Target): SessionDraft {
  const { title, instructor, timezone, record, quality, max_participants } = session;
  const [start_local, duration_minutes] = [target.start, target.length];
  return { title, instructor, start_local, timezone, duration_minutes, record, quality, max_participants };
}

/** A wall-clock time that is later by some minutes. */
function later(local: string, minutes: number): string {
  return new Date(Date.parse(`${local}:00Z`) + minutes * 60_000).toISOString().slice(0, 16);
}

function minutesBetween(from: string, to: string): number {
  return (Date.parse(`${to}:00Z`) - Date.parse(`${from}:00Z`)) / 60_000;
}

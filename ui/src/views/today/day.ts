// The day on Today: which classes it has, what became of each, and how long it is until the next one.
import type { SessionDto } from "../../ipc/client";
import { calendarDay, count } from "../../lib/format";

const MINUTE_MS = 60_000;

/** The minutes before the start at which the count-down is spoken. */
export const SPOKEN_MINUTES: readonly number[] = [10, 5, 1, 0];

/** The minutes until the start, rounded up; negative after it. */
export function minutesUntil(start: string, now: Date): number {
  return Math.ceil((Date.parse(start) - now.getTime()) / MINUTE_MS);
}

/** The count-down in large letters and the words below it: "9 min", "until it starts". */
export function countDown(start: string, now: Date): { number: string; words: string } {
  const minutes = minutesUntil(start, now);
  if (minutes === 0) return { number: "Now", words: "it is time to start" };
  if (minutes < 0) return { number: lengthOf(-minutes), words: "late" };
  return { number: lengthOf(minutes), words: "until it starts" };
}

function lengthOf(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) {
    const days = Math.floor(hours / 24);
    return days === 1 ? "1 day" : `${count(days)} days`;
  }
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** What a screen reader says at this minute; undefined at all others. */
export function spokenCountDown(title: string, start: string, now: Date): string | undefined {
  const minutes = minutesUntil(start, now);
  if (!SPOKEN_MINUTES.includes(minutes)) return undefined;
  if (minutes === 0) return `“${title}” starts now.`;
  return `“${title}” starts in ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`;
}

export type DayState = "done" | "unrecorded" | "missed" | "live" | "next" | "ahead";

/** One class of the day's timeline. */
export type DayRow = { session: SessionDto; state: DayState; words: string };

/** The classes that begin today, the earliest first. Cancelled ones are left out. `next` is the class that comes next. */
export function dayRows(sessions: readonly SessionDto[], next: string | undefined, now: Date): DayRow[] {
  const today = calendarDay(now);
  return sessions
    .filter((session) => session.status !== "cancelled" && calendarDay(new Date(session.start)) === today)
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start))
    .map((session) => ({ session, ...stateOf(session, next, now) }));
}

function stateOf(session: SessionDto, next: string | undefined, now: Date): { state: DayState; words: string } {
  switch (session.status) {
    case "live":
    case "ending":
      return { state: "live", words: session.status === "live" ? "live" : "ending" };
    case "ended":
      if (!session.record) return { state: "done", words: "done, not recorded" };
      return session.recording_id === null
        ? { state: "unrecorded", words: "ended without a recording" }
        : { state: "done", words: "done" };
    case "starting":
    case "scheduled":
    case "cancelled":
      if (session.status === "scheduled" && Date.parse(session.end) <= now.getTime())
        return { state: "missed", words: "not held" };
      return session.id === next
        ? { state: "next", words: session.record ? "next" : "next, not recorded" }
        : { state: "ahead", words: session.record ? "planned" : "planned, not recorded" };
  }
}

/** "3 classes done, 2 to come"; empty on a day without classes. */
export function daySum(rows: readonly DayRow[]): string {
  const done = rows.filter(({ state }) => state === "done" || state === "unrecorded").length;
  const ahead = rows.filter(({ state }) => state === "next" || state === "ahead").length;
  const classes = (n: number) => (n === 1 ? "1 class" : `${count(n)} classes`);
  if (done > 0 && ahead > 0) return `${classes(done)} done, ${count(ahead)} to come`;
  if (done > 0) return `${classes(done)} done`;
  return ahead > 0 ? `${classes(ahead)} to come` : "";
}

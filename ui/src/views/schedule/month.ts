// The classes of a month by day, and how many of them a day has room for.
import type { CalendarEntryDto } from "../../ipc/client";
import { wallOf, type Day } from "./zones";

/** The height of the number of a day, and of one class, in pixels. */
const NUMBER_HEIGHT = 24;
const LINE_HEIGHT = 21;
/** How many classes are shown before the height is known. */
const UNMEASURED = 3;

/** The classes by the day on which they begin, each by start. */
export function byDay(entries: readonly CalendarEntryDto[]): Map<Day, CalendarEntryDto[]> {
  const days = new Map<Day, CalendarEntryDto[]>();
  const sorted = entries.toSorted(
    (a, b) => a.start_local.localeCompare(b.start_local) || a.session.title.localeCompare(b.session.title),
  );
  for (const entry of sorted) {
    const { day } = wallOf(entry.start_local);
    const others = days.get(day);
    if (others) others.push(entry);
    else days.set(day, [entry]);
  }
  return days;
}

/** How many lines a day has room for, in a month of this many weeks that is as high as this. */
export function linesOf(height: number, weeks: number): number {
  if (height <= 0) return UNMEASURED;
  return Math.max(1, Math.floor((height / weeks - NUMBER_HEIGHT) / LINE_HEIGHT));
}

/** How many of the classes are shown: all where they fit, else one fewer than there are lines, for “2 more”. */
export function shownOf(count: number, lines: number): number {
  return count <= lines ? count : Math.max(0, lines - 1);
}

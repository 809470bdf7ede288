/**
 * Calendar arithmetic across time zones, on top of `Intl` alone.
 *
 * A *day* here is a calendar date as text (`2026-11-23`), which has no zone; an instant is a `Date`.
 * A conversion between them names the zone, because a day may last 23 or 25 hours in it.
 */

import { zoneLabel } from "../../lib/format";
import { dateFormat, firstWeekday, knowsZone } from "../../lib/locale";

/** A calendar date, `YYYY-MM-DD`. */
export type Day = string;

/** The date and time that a clock in some zone shows. */
export type WallClock = { day: Day; minutes: number };

/** The instant of a date and wall-clock time in a zone. */
export type Instant =
  | { kind: "exact"; at: Date }
  /** The clocks skip this time; `at` is later by as much as they are set forward. */
  | { kind: "skipped"; at: Date }
  /** The clocks are set back and show this time twice: at `at` and at `second`. */
  | { kind: "repeated"; at: Date; second: Date };

export const MINUTES_PER_DAY = 24 * 60;
const MINUTE = 60_000;
const DAY_MS = MINUTES_PER_DAY * MINUTE;

const formatters = new Map<string, Intl.DateTimeFormat>();

function partsFormatter(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      // The web view may not know a zone that the core knows.
      timeZone: knowsZone(zone) ? zone : "UTC",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** The zone's offset from UTC at this instant, in milliseconds; 0 for a zone that the web view does not know. */
export function offsetAt(at: Date, zone: string): number {
  const read: Record<string, number> = {};
  for (const { type, value } of partsFormatter(zone).formatToParts(at)) read[type] = Number(value);
  const wall = Date.UTC(
    read.year ?? 0,
    (read.month ?? 1) - 1,
    read.day ?? 1,
    read.hour ?? 0,
    read.minute ?? 0,
    read.second ?? 0,
  );
  return wall - Math.floor(at.getTime() / 1000) * 1000;
}

/** The date and the minutes since midnight that a clock in the zone shows at this instant. */
export function wallClock(at: Date, zone: string): WallClock {
  const shifted = new Date(at.getTime() + offsetAt(at, zone));
  return {
    day: shifted.toISOString().slice(0, 10),
    minutes: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(),
  };
}

/** The date and the minutes of a wall-clock time that the core wrote: `2026-11-30T19:00`. */
export function wallOf(local: string): WallClock {
  const [day = "", time = ""] = local.split("T");
  const [hours = "0", minutes = "0"] = time.split(":");
  return { day, minutes: Number(hours) * 60 + Number(minutes) };
}

/** Minutes since midnight in the core's format: `1140` is `19:00`. */
export function timeText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return `${String(hours).padStart(2, "0")}:${String(Math.floor(minutes % 60)).padStart(2, "0")}`;
}

/** The instant at which clocks in the zone show this date and time. */
export function instantOf(day: Day, minutes: number, zone: string): Instant {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE;
  const before = offsetAt(new Date(wall - DAY_MS), zone);
  const after = offsetAt(new Date(wall + DAY_MS), zone);
  const candidates = [...new Set([before, after])]
    .filter((offset) => offsetAt(new Date(wall - offset), zone) === offset)
    .map((offset) => wall - offset)
    .sort((a, b) => a - b);
  const [first, second] = candidates;
  if (first === undefined) return { kind: "skipped", at: new Date(wall - before) };
  if (second === undefined) return { kind: "exact", at: new Date(first) };
  return { kind: "repeated", at: new Date(first), second: new Date(second) };
}

/** The first instant of the day in the zone. */
export function startOfDay(day: Day, zone: string): Date {
  return instantOf(day, 0, zone).at;
}

/** The day that is `days` later (earlier if negative). */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first day of the week of this day, by the system's conventions. */
export function weekStartOf(day: Day): Day {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday - firstWeekday() + 7) % 7));
}

/** The first day of the month that is `months` later (earlier if negative) than that of this day. */
export function addMonths(day: Day, months: number): Day {
  const first = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() + months);
  return first.toISOString().slice(0, 10);
}

/** The weeks that a month is shown in, from the first day of the week of its first day on. */
export function weeksOfMonth(day: Day): Day[][] {
  const last = addDays(addMonths(day, 1), -1);
  const weeks: Day[][] = [];
  for (let first = weekStartOf(addMonths(day, 0)); first <= last; first = addDays(first, 7))
    weeks.push(weekFrom(first));
  return weeks;
}

/** The seven days from this one on. */
export const weekFrom = (first: Day): Day[] => daysFrom(first, 7);

/** So many days from this one on. */
export function daysFrom(first: Day, count: number): Day[] {
  return Array.from({ length: count }, (_, index) => addDays(first, index));
}

/** The next full half hour after this instant, as shown in the zone. */
export function nextHalfHour(now: Date, zone: string): WallClock {
  const half = 30 * MINUTE;
  return wallClock(new Date(Math.floor(now.getTime() / half) * half + half), zone);
}

/** A day in words: `dayName('2026-11-23', { weekday: 'short', day: 'numeric' })` is “Mon 23”. */
export function dayName(day: Day, options: Intl.DateTimeFormatOptions): string {
  return dateFormat(options, "UTC").format(new Date(`${day}T00:00:00Z`));
}

/** A month as “December 2026”. */
export const monthName = (day: Day): string => dayName(day, { month: "long", year: "numeric" });

/** Days as “16 – 22 November”, with the year when it is not the present one. */
export function spanName(first: Day, last: Day, today: Day): string {
  const thisYear = today.slice(0, 4);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long" };
  if (!first.startsWith(thisYear) || !last.startsWith(thisYear)) options.year = "numeric";
  return dateFormat(options, "UTC").formatRange(new Date(`${first}T00:00:00Z`), new Date(`${last}T00:00:00Z`));
}

/** Whether the two zones show the same clock at this instant. */
export function sameClock(at: Date, one: string, other: string): boolean {
  return one === other || offsetAt(at, one) === offsetAt(at, other);
}

/** The time zones to choose from: those given first, then UTC, then the others by name. */
export function zoneOptions(...first: string[]): { value: string; label: string }[] {
  const names = new Set([...first.filter(knowsZone), "UTC", ...Intl.supportedValuesOf("timeZone").sort()]);
  return [...names].map((name) => ({ value: name, label: zoneLabel(name) }));
}

/** The offset from UTC as text: `UTC+09:00`. */
export function offsetName(at: Date, zone: string): string {
  const minutes = Math.round(offsetAt(at, zone) / MINUTE);
  if (minutes === 0) return "UTC";
  return `UTC${minutes < 0 ? "−" : "+"}${timeText(Math.abs(minutes))}`;
}

/**
 * Calendar arithmetic across time zones, on top of `Intl` alone.
 *
 * A *day* here is a calendar date as text (`2026-11-23`), which has no zone; an instant is a `Date`.
 * Going from one to the other always names the zone, because a day can last 23 or 25 hours in it.
 */

/** A calendar date, `YYYY-MM-DD`. */
export type Day = string;

/** What a clock on the wall shows in some zone. */
export type WallClock = { day: Day; minutes: number };

/** What a date and a wall clock time in a zone stand for. */
export type Instant =
  | { kind: "exact"; at: Date }
  /** The clocks were set forward over this time; `at` is as much later as the clocks were moved. */
  | { kind: "skipped"; at: Date }
  /** The clocks were set back and show this time twice; `at` is the first of the two. */
  | { kind: "repeated"; at: Date };

export const MINUTES_PER_DAY = 24 * 60;
const MINUTE = 60_000;
const LOCALE = "en-GB";
const DAY_MS = MINUTES_PER_DAY * MINUTE;

const formatters = new Map<string, Intl.DateTimeFormat>();

function partsFormatter(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
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

/** How far the zone's clocks are ahead of UTC at this instant, in milliseconds. */
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

/** Minutes since midnight as a 24-hour clock, the form `<input type="time">` takes: `1140` is `19:00`. */
export function timeText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return `${String(hours).padStart(2, "0")}:${String(Math.floor(minutes % 60)).padStart(2, "0")}`;
}

/** Reads `2026-11-23`; null when it is not a date of the calendar. */
export function parseDay(text: string): Day | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const day = match[0];
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day) ? day : null;
}

/** Reads `19:00`, `9:05` or `19:00:00` as minutes since midnight; null when it is not a time of day. */
export function parseTime(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/.exec(text.trim());
  if (!match) return null;
  const hours = Number(match[1]);
  const minutes = Number(match[2]);
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : null;
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
  return { kind: second === undefined ? "exact" : "repeated", at: new Date(first) };
}

/** The first instant of the day in the zone. */
export function startOfDay(day: Day, zone: string): Date {
  return instantOf(day, 0, zone).at;
}

/** The day that is `days` later (earlier if negative). */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of the week this day is in. */
export function mondayOf(day: Day): Day {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The seven days from this one on. */
export function weekFrom(monday: Day): Day[] {
  return Array.from({ length: 7 }, (_, index) => addDays(monday, index));
}

/** The next full half hour after this instant, as shown in the zone. */
export function nextHalfHour(now: Date, zone: string): WallClock {
  const half = 30 * MINUTE;
  return wallClock(new Date(Math.floor(now.getTime() / half) * half + half), zone);
}

/** A day in the language of the app: `dayName('2026-11-23', { weekday: 'short', day: 'numeric' })` is “Mon 23”. */
export function dayName(day: Day, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** A week in the language of the app, “16 – 22 November”; the year is named when it is not the present one. */
export function weekName(monday: Day, today: Day): string {
  const sunday = addDays(monday, 6);
  const thisYear = today.slice(0, 4);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", timeZone: "UTC" };
  if (!monday.startsWith(thisYear) || !sunday.startsWith(thisYear)) options.year = "numeric";
  return new Intl.DateTimeFormat(LOCALE, options).formatRange(
    new Date(`${monday}T00:00:00Z`),
    new Date(`${sunday}T00:00:00Z`),
  );
}

/** Whether the two zones show the same clock at this instant. */
export function sameClock(at: Date, one: string, other: string): boolean {
  return one === other || offsetAt(at, one) === offsetAt(at, other);
}

/** Whether this is a zone the browser knows. */
export function isZone(zone: string): boolean {
  try {
    return zone !== "" && offsetAt(new Date(0), zone) !== undefined;
  } catch {
    return false;
  }
}

/** Every zone to choose from: first those given, then UTC, then the rest by name. */
export function zoneOptions(...first: string[]): { value: string; label: string }[] {
  const names = new Set([...first.filter(isZone), "UTC", ...Intl.supportedValuesOf("timeZone").sort()]);
  return [...names].map((name) => ({ value: name, label: zoneLabel(name) }));
}

/** A zone as people read it: `America/New York`. */
export function zoneLabel(zone: string): string {
  return zone.replaceAll("_", " ");
}

/** The offset from UTC as people write it: `UTC+09:00`. */
export function offsetName(at: Date, zone: string): string {
  const minutes = Math.round(offsetAt(at, zone) / MINUTE);
  if (minutes === 0) return "UTC";
  return `UTC${minutes < 0 ? "−" : "+"}${timeText(Math.abs(minutes))}`;
}

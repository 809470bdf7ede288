// Times, lengths and sizes as text, by Intl. Nothing here reads the clock.
import { dateFormat, knowsZone, numberFormat, timeOptions } from "./locale";

/** The reader's own time zone. */
export const viewerZone: string = ownZone();

function ownZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return knowsZone(zone) ? zone : "UTC";
}

/** "18:04" or "6:04 PM", in the reader's zone or in the given one. */
export function clock(iso: string, zone: string = viewerZone): string {
  // Some locales put a narrow space before "PM", which not every font has.
  return dateFormat(timeOptions(), zone).format(new Date(iso)).replaceAll("\u202f", " ");
}

/** "Sun 22 Nov 2026" in the reader's zone, or in the given one. */
export function day(iso: string, zone: string = viewerZone): string {
  return withoutFirstComma(
    dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" }, zone),
    iso,
  );
}

/** "Sun 22 Nov 2026", of a day written YYYY-MM-DD. */
export const writtenDay = (written: string): string => day(`${written}T12:00:00Z`, "UTC");

/** "Nov 2026", of a month written YYYY-MM. */
export const writtenMonth = (written: string): string =>
  dateFormat({ month: "short", year: "numeric" }, "UTC").format(new Date(`${written}-15T12:00:00Z`));

/** "Sun 22 Nov": a day of this year. */
function dayOfYear(iso: string, zone: string): string {
  return withoutFirstComma(dateFormat({ weekday: "short", day: "numeric", month: "short" }, zone), iso);
}

function withoutFirstComma(format: Intl.DateTimeFormat, iso: string): string {
  return format.format(new Date(iso)).replace(",", "");
}

/** "Sun 22 Nov 2026, 18:04". */
export function dayAndClock(iso: string, zone: string = viewerZone): string {
  return `${day(iso, zone)}, ${clock(iso, zone)}`;
}

/** "Sunday 22 November". */
export function longDay(date: Date, zone: string = viewerZone): string {
  return withoutFirstComma(dateFormat({ weekday: "long", day: "numeric", month: "long" }, zone), date.toISOString());
}

/** The calendar day as YYYY-MM-DD, for telling days apart. */
export function calendarDay(at: Date, zone: string = viewerZone): string {
  const parts = dateFormat(
    { calendar: "gregory", year: "numeric", month: "2-digit", day: "2-digit" },
    zone,
  ).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}`;
}

/** "Today", "Tomorrow", "Yesterday", else "Thu 26 Nov", and the year too if it is not the current year. */
export function nearDay(iso: string, now: Date, zone: string = viewerZone): string {
  const at = new Date(iso);
  const apart = (Date.parse(calendarDay(at, zone)) - Date.parse(calendarDay(now, zone))) / 86_400_000;
  if (apart === 0) return "Today";
  if (apart === 1) return "Tomorrow";
  if (apart === -1) return "Yesterday";
  const sameYear = calendarDay(at, zone).slice(0, 4) === calendarDay(now, zone).slice(0, 4);
  return sameYear ? dayOfYear(iso, zone) : day(iso, zone);
}

/** "19:42", and with its day when that is not today's: "00:05 tomorrow", "00:05 on Thu 26 Nov". */
export function nearClock(iso: string, now: Date, zone: string = viewerZone): string {
  const near = nearDay(iso, now, zone);
  const at = clock(iso, zone);
  switch (near) {
    case "Today":
      return at;
    case "Tomorrow":
    case "Yesterday":
      return `${at} ${near.toLowerCase()}`;
    default:
      return `${at} on ${near}`;
  }
}

/** "19:00", or "19:00 in Asia/Tokyo (11:00 here)" when the zone is not the reader's. */
export function inZone(iso: string, zone: string): string {
  const there = clock(iso, zone);
  const here = clock(iso);
  const sameDay = day(iso, zone) === day(iso);
  if (zone === viewerZone || (knowsZone(zone) && there === here && sameDay)) return there;
  return `${there} ${placeName(zone)} (${sameDay ? here : `${day(iso)}, ${here}`} here)`;
}

/** The words after a time in another zone: "in Asia/Tokyo". A time in a zone that the web view does not know is shown in UTC, with the zone's name. */
export function placeName(zone: string): string {
  return knowsZone(zone) ? `in ${zoneLabel(zone)}` : `UTC, planned in ${zoneLabel(zone)}`;
}

/** A zone as people read it: "America/New York". */
export function zoneLabel(zone: string): string {
  return zone.replaceAll("_", " ");
}

/** "1:00:12", or "4:05" under an hour. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** "42:17", and "01:02:17" from one hour on: for the timer of a live session. */
export function timer(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor((whole % 3600) / 60), whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** "54 s", "59 min 40 s", "1 h 2 min": a length, to the second. */
export function lasting(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    { n: Math.floor(whole / 3600), unit: "h" },
    { n: Math.floor((whole % 3600) / 60), unit: "min" },
    { n: whole % 60, unit: "s" },
  ];
  const said = parts.filter(({ n }) => n > 0).map(({ n, unit }) => `${n} ${unit}`);
  return said.join(" ") || "0 s";
}

/** "60 min", "1 h 30 min", "2 h". */
export function length(minutes: number): string {
  if (minutes <= 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** "512 MB", decimal as storage is sold. */
export function bytes(n: number): string {
  if (n < 1000) return `${Math.max(0, Math.round(n))} B`;
  let value = n;
  let unit = -1;
  // From 999.5 on, rounding would write "1000 kB"; the next unit is used instead.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value < 9.95 ? 1 : 0;
  return `${numberFormat({ maximumFractionDigits: digits }).format(value)} ${UNITS[unit] ?? "B"}`;
}

/** "1,284". */
export function count(n: number): string {
  return numberFormat().format(n);
}

/** "97.8 %": rounded down, so that a share below a goal never reads like the goal. */
export function percent(share: number): string {
  return `${numberFormat({ maximumFractionDigits: 1 }).format(Math.floor(share * 1000 + 1e-6) / 10)} %`;
}

/** "3.4 s" below a minute, then "6 min 40 s". */
export function took(seconds: number): string {
  return seconds < 59.95
    ? `${numberFormat({ maximumFractionDigits: 1 }).format(seconds)} s`
    : lasting(Math.round(seconds));
}

/** "14 Sep": the day of an instant in the reader's zone, or a calendar day written YYYY-MM-DD. */
export function dayOfMonth(at: string): string {
  const zone = at.length === "YYYY-MM-DD".length ? "UTC" : viewerZone;
  return dateFormat({ day: "numeric", month: "short" }, zone).format(new Date(at));
}

/** "November 2026": the month of a day that begins with YYYY-MM. */
export function monthOf(date: string): string {
  return dateFormat({ month: "long", year: "numeric" }, "UTC").format(new Date(`${date.slice(0, 7)}-01T00:00:00Z`));
}

/** "1 class", "1,284 classes". */
export function plural(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "1 recording", "1,284 recordings". */
export const countRecordings = (n: number): string => plural(n, "recording", "recordings");

/** "1 class", "1,284 classes". */
export const countClasses = (n: number): string => plural(n, "class", "classes");

function apartInWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  const days = Math.round(seconds / 86_400);
  return days === 1 ? "1 day" : `${days} days`;
}

/** "just now" within a minute, then "3 min ago": for text that is not updated every second. */
export function ago(iso: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(iso)) / 1000);
  return seconds < 60 ? "just now" : `${apartInWords(seconds)} ago`;
}

/** "in 2 min", "in 12 s", "now", "3 min ago". */
export function until(iso: string, now: Date): string {
  const seconds = Math.round((Date.parse(iso) - now.getTime()) / 1000);
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${apartInWords(seconds)}` : `${apartInWords(-seconds)} ago`;
}

/**
 * Reads and writes dates and times of day in the order of the system.
 *
 * ISO dates and 24-hour times are read everywhere. Text that is no date or time gives null; nothing is guessed.
 */
import { dateFormat, dateOrder, timeOptions } from "./locale";

/** A calendar date, `YYYY-MM-DD`. */
type Day = string;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MS = 86_400_000;

/** "Sat 28 Nov 2026". */
export function shownDay(day: Day): string {
  const format = dateFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" }, "UTC");
  return format.format(Date.parse(`${day}T00:00:00Z`)).replace(",", "");
}

/** "19:00" or "7:00 PM", from minutes since midnight. */
export function shownTime(minutes: number): string {
  return dateFormat(timeOptions(), "UTC")
    .format(minutes * 60_000)
    .replaceAll("\u202f", " ");
}

/** An example of a typed date for hints: "28/11/2026". */
export function exampleDay(): string {
  return { dmy: "28/11/2026", mdy: "11/28/2026", ymd: "2026-11-28" }[dateOrder()];
}

/** Reads a date. One without a year is the next such day, `today` included. */
export function readDay(text: string, today: Day): Day | null {
  const words = text
    .trim()
    .toLowerCase()
    .replaceAll(/(\d)(st|nd|rd|th)\b/g, "$1")
    .split(/[\s,]+/)
    .filter(Boolean);
  const [first = "", ...rest] = words;
  if (rest.length === 0) return readWord(first, today);
  const weekday = nameAt(first, WEEKDAYS);
  if (first === "next" && rest.length === 1) {
    const named = nameAt(rest[0] ?? "", WEEKDAYS);
    return named === null ? null : nextWeekday(named, plus(today, 1));
  }
  if (weekday === null) return readParts(words, today);
  const day = rest.length === 1 ? readNumbers(rest[0] ?? "", today) : readParts(rest, today);
  return day;
}

function readWord(word: string, today: Day): Day | null {
  if (word === "today") return today;
  if (word === "tomorrow") return plus(today, 1);
  const weekday = nameAt(word, WEEKDAYS);
  return weekday === null ? readNumbers(word, today) : nextWeekday(weekday, today);
}

/** Reads a date with the name of its month: "28 nov", "nov 28 2026", "28. november 2026". */
function readParts(words: readonly string[], today: Day): Day | null {
  if (words.length > 3) return null;
  const month = words.findIndex((word) => nameAt(word, MONTHS) !== null);
  if (month === -1 || month > 1) return null;
  const [day, year] = words.filter((_, index) => index !== month).map((word) => number(word.replace(/\.$/, "")));
  if (day === undefined || day === null || year === null) return null;
  return inYear(year ?? null, (nameAt(words[month] ?? "", MONTHS) ?? 0) + 1, day, today);
}

/** Reads a date of numbers only: "28/11/2026", "28.11.", "11-28", "20261128", "2026-11-28". */
function readNumbers(text: string, today: Day): Day | null {
  const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const parts = packed ? packed.slice(1) : text.replace(/\.$/, "").split(/[-./]/);
  if (parts.length < 2 || parts.length > 3) return null;
  const values = parts.map(number);
  const [a, b, c] = values;
  if (a === null || a === undefined || b === null || b === undefined || c === null) return null;
  if (parts[0]?.length === 4) return c === undefined ? null : inYear(a, b, c, today);
  const order = dateOrder();
  // Every region that puts the year first puts the month before the day.
  if (order === "ymd" && c !== undefined) return inYear(a, b, c, today);
  const [day, month] = order === "dmy" ? [a, b] : [b, a];
  // There is no month above 12, so day and month were typed in the other order.
  return month > 12 ? inYear(c ?? null, day, month, today) : inYear(c ?? null, month, day, today);
}

function inYear(year: number | null, month: number, day: number, today: Day): Day | null {
  if (year !== null) return valid(year < 100 ? 2000 + year : year, month, day);
  const thisYear = Number(today.slice(0, 4));
  // The next 29 February may be eight years away.
  const candidates = Array.from({ length: 9 }, (_, later) => valid(thisYear + later, month, day));
  return candidates.find((candidate) => candidate !== null && candidate >= today) ?? null;
}

function valid(year: number, month: number, day: number): Day | null {
  const two = (value: number) => String(value).padStart(2, "0");
  const text = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : null;
}

/** The index of the name that a word writes in full or abbreviates to three letters or more; null if it is none. */
function nameAt(word: string, names: readonly string[]): number | null {
  const letters = word.replace(/\.$/, "");
  if (!/^[a-z]{3,}$/.test(letters)) return null;
  const long = names === MONTHS ? LONG_MONTHS : LONG_WEEKDAYS;
  const index = long.findIndex((name) => name.startsWith(letters));
  return index === -1 ? null : index;
}

const LONG_MONTHS = MONTHS.map((_, month) =>
  new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(Date.UTC(2026, month, 1)).toLowerCase(),
);
const LONG_WEEKDAYS = WEEKDAYS.map((_, day) =>
  new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" })
    .format(Date.UTC(2026, 10, 22 + day))
    .toLowerCase(),
);

function nextWeekday(weekday: number, from: Day): Day {
  const ahead = (weekday - new Date(`${from}T00:00:00Z`).getUTCDay() + 7) % 7;
  return plus(from, ahead);
}

function plus(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function number(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

/** Reads a time of day as minutes since midnight: "19:00", "19.30", "7 pm", "1930", "19h", "noon". */
export function readTime(text: string): number | null {
  const typed = text.trim().toLowerCase().replaceAll(/\s+/g, "");
  if (typed === "noon") return 12 * 60;
  if (typed === "midnight") return 0;
  const match = /^(\d{1,2})(?:[:.h]?(\d{2})(?::\d{2}(?:\.\d+)?)?|h)?(a|p)?\.?(?:m\.?)?$/.exec(typed);
  if (!match) return null;
  const [, hourText = "", minuteText = "0", half] = match;
  let hours = Number(hourText);
  const minutes = Number(minuteText);
  if (half === undefined && /m\.?$/.test(typed)) return null;
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return null;
    hours = (hours % 12) + (half === "p" ? 12 : 0);
  }
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : null;
}

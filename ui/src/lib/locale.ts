/**
 * The conventions of this computer, in one place: the order of day and month, 12 or 24 hours, the first day of the week.
 *
 * The words are English whatever the system's language is. Intl combines English words with the date order of a few regions only, so
 * the order, the hours and the first weekday are read from the system's locale, and the text is written in British or American English.
 */
import { getDayOfWeek, parseDate } from "@internationalized/date";

/** The order of day, month and year in a date written with numbers. */
export type DateOrder = "dmy" | "mdy" | "ymd";

type Conventions = {
  system: string;
  words: "en-GB" | "en-US";
  order: DateOrder;
  twelveHours: boolean;
  firstWeekday: number;
};

/** The locale where the system names none, for example with `LANG=C.UTF-8`. */
const FALLBACK = "en-GB";

let current = conventionsOf(FALLBACK);
const formatters = new Map<string, Intl.DateTimeFormat>();
const numbers = new Map<string, Intl.NumberFormat>();

/** The locale that the words of dates are written in. */
export const wordLocale = (): string => current.words;

/** The system's locale as a BCP 47 tag. */
export const systemLocale = (): string => current.system;

export const dateOrder = (): DateOrder => current.order;

/** Whether the time of day is written with 12 hours. */
export const hasTwelveHours = (): boolean => current.twelveHours;

/** The first day of the week, 0 for Sunday to 6 for Saturday. */
export const firstWeekday = (): number => current.firstWeekday;

/** Sets the system's locale, a BCP 47 tag such as `de-DE`; null where the system names none. */
export function useSystemLocale(tag: string | null): void {
  const system = tag !== null && isLocale(tag) ? tag : FALLBACK;
  if (system === current.system) return;
  current = conventionsOf(system);
  formatters.clear();
  numbers.clear();
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

function conventionsOf(system: string): Conventions {
  const { hourCycle } = new Intl.DateTimeFormat(system, { hour: "numeric" }).resolvedOptions();
  const order = orderOf(system);
  const aSunday = parseDate("2026-11-22");
  return {
    system,
    words: order === "mdy" ? "en-US" : "en-GB",
    order,
    twelveHours: hourCycle === "h12" || hourCycle === "h11",
    firstWeekday: (7 - getDayOfWeek(aSunday, system)) % 7,
  };
}

function orderOf(system: string): DateOrder {
  const parts = new Intl.DateTimeFormat(system, { calendar: "gregory" }).formatToParts(new Date(0));
  const order = parts.map(({ type }) => (["day", "month", "year"].includes(type) ? type.charAt(0) : "")).join("");
  return order === "mdy" || order === "ymd" ? order : "dmy";
}

/** Whether the web view knows this time zone. Its list may be older or newer than that of the core. */
export function knowsZone(zone: string): boolean {
  if (zone === "") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A formatter with the system's conventions. For a zone that the web view does not know it formats in UTC. */
export function dateFormat(options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let made = formatters.get(key);
  if (!made) {
    const timeZone = knowsZone(zone) ? zone : "UTC";
    made = new Intl.DateTimeFormat(current.words, { ...options, timeZone });
    formatters.set(key, made);
  }
  return made;
}

export function numberFormat(options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let made = numbers.get(key);
  if (!made) {
    made = new Intl.NumberFormat(current.system, { ...options, numberingSystem: "latn" });
    numbers.set(key, made);
  }
  return made;
}

/** The Intl options for a time of day: "18:04", or "6:04 PM". */
export function timeOptions(): Intl.DateTimeFormatOptions {
  return hasTwelveHours()
    ? { hour: "numeric", minute: "2-digit", hourCycle: "h12" }
    : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
}

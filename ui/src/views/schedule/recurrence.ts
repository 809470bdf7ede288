/**
 * How a class repeats, as the form has it, and the recurrence rule of RFC 5545 that it stands for.
 *
 * The core checks the rule and counts its dates. A rule that the form cannot show is kept as text.
 */
import { readDay, shownDay } from "../../lib/typed-dates";
import type { Day } from "./zones";

/** The days of the week as RFC 5545 writes them, in the order of `Date.getUTCDay`. */
export const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export type Repeats = "never" | "daily" | "weekly" | "monthly" | "yearly" | "rule";
/** The day of a monthly class: the date, the nth such weekday, or the last such weekday. */
export type MonthDay = "date" | "nth" | "last";

export type Recurrence = {
  repeats: Repeats;
  /** Every how many days, weeks, months or years, as typed. */
  interval: string;
  /** The days of a weekly class. */
  days: Weekday[];
  monthDay: MonthDay;
  ends: "never" | "until" | "count";
  /** The last day, as typed. */
  until: string;
  /** How many classes, as typed. */
  count: string;
  /** The rule as text, for what the other fields cannot show. */
  rule: string;
};

export type RecurrenceProblems = Partial<Record<"interval" | "days" | "until" | "count" | "rule", string>>;

export const INTERVAL_MAX = 999;
export const COUNT_MAX = 1000;
const FREQUENCIES = { daily: "DAILY", weekly: "WEEKLY", monthly: "MONTHLY", yearly: "YEARLY" } as const;

/** A class that does not repeat. */
export function once(day: Day | null): Recurrence {
  return {
    repeats: "never",
    interval: "1",
    days: day === null ? [] : [weekdayOf(day)],
    monthDay: "date",
    ends: "never",
    until: "",
    count: "10",
    rule: "FREQ=WEEKLY",
  };
}

export function weekdayOf(day: Day): Weekday {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "MO";
}

/** Which such weekday of its month a day is: 1 to 5. */
export function nthOf(day: Day): number {
  return Math.ceil(Number(day.slice(8, 10)) / 7);
}

/** Whether a day is the last such weekday of its month. */
export function isLastOfMonth(day: Day): boolean {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 7);
  return next.toISOString().slice(5, 7) !== day.slice(5, 7);
}

/** What keeps the rule from being sent, by field. */
export function recurrenceProblems(of: Recurrence, today: Day): RecurrenceProblems {
  if (of.repeats === "never") return {};
  if (of.repeats === "rule") {
    return of.rule.trim() ? {} : { rule: "Enter a rule, for example FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10." };
  }
  const problems: RecurrenceProblems = {};
  if (!isWhole(of.interval, INTERVAL_MAX)) problems.interval = `Enter a whole number from 1 to ${INTERVAL_MAX}.`;
  if (of.repeats === "weekly" && of.days.length === 0) problems.days = "Choose at least one day.";
  if (of.ends === "until" && readDay(of.until, today) === null)
    problems.until = "Enter the last day, for example 29 Jun.";
  if (of.ends === "count" && !isWhole(of.count, COUNT_MAX))
    problems.count = `Enter a whole number of classes from 1 to ${COUNT_MAX}.`;
  return problems;
}

/** The rule of a class that first takes place on `day`; null for a class that does not repeat. */
export function ruleOf(of: Recurrence, day: Day, today: Day): string | null {
  if (of.repeats === "never") return null;
  if (of.repeats === "rule") return of.rule.trim();
  const parts = [`FREQ=${FREQUENCIES[of.repeats]}`];
  if (of.ends === "count") parts.push(`COUNT=${Number(of.count)}`);
  const until = of.ends === "until" ? readDay(of.until, today) : null;
  if (until !== null) parts.push(`UNTIL=${until.replaceAll("-", "")}`);
  if (Number(of.interval) > 1) parts.push(`INTERVAL=${Number(of.interval)}`);
  if (of.repeats === "weekly") parts.push(`BYDAY=${inOrder(of.days).join(",")}`);
  if (of.repeats === "monthly") parts.push(monthPart(of.monthDay, day));
  if (of.repeats === "yearly") parts.push(`BYMONTHDAY=${Number(day.slice(8))}`, `BYMONTH=${Number(day.slice(5, 7))}`);
  return parts.join(";");
}

/** The form of a rule whose first class takes place on `day`. */
export function recurrenceOf(rule: string, day: Day): Recurrence {
  const parts = new Map(
    rule
      .replace(/^RRULE:/i, "")
      .split(";")
      .map((part) => part.split("=", 2) as [string, string]),
  );
  const found = Object.entries(FREQUENCIES).find(([, name]) => name === parts.get("FREQ"));
  const read: Recurrence = { ...once(day), rule, repeats: (found?.[0] as Repeats | undefined) ?? "rule" };
  read.interval = parts.get("INTERVAL") ?? "1";
  const count = parts.get("COUNT");
  const until = parts.get("UNTIL");
  if (count !== undefined) Object.assign(read, { ends: "count", count });
  if (until !== undefined) {
    const last = until.replace(/^(\d{4})(\d\d)(\d\d).*$/, "$1-$2-$3");
    Object.assign(read, { ends: "until", until: shownDay(last) });
  }
  const days = parts.get("BYDAY")?.split(",") ?? [];
  if (read.repeats === "weekly" && days.length > 0) read.days = days.filter(isWeekday);
  if (read.repeats === "monthly" && days.length > 0) read.monthDay = days[0]?.startsWith("-1") ? "last" : "nth";
  // What the fields would not say again is kept as text.
  const said = new Set((ruleOf(read, day, day) ?? "").split(";"));
  const bare = { weekly: "BYDAY", monthly: "BYMONTHDAY", yearly: "BYMONTH" }[read.repeats as "weekly"];
  const same = rule.split(";").every((part) => part.startsWith("UNTIL=") || said.has(part));
  const extra = [...said].filter((part) => !rule.split(";").includes(part) && !part.startsWith("UNTIL="));
  const ofFirst = extra.every((part) => bare !== undefined && part.startsWith(bare));
  return same && ofFirst && (until === undefined || until.length === 8) ? read : { ...read, repeats: "rule" };
}

export function isWeekday(text: string): text is Weekday {
  return (WEEKDAYS as readonly string[]).includes(text);
}

function monthPart(kind: MonthDay, day: Day): string {
  if (kind === "date") return `BYMONTHDAY=${Number(day.slice(8))}`;
  return `BYDAY=${kind === "last" ? -1 : nthOf(day)}${weekdayOf(day)}`;
}

/** Days in the order of a week that begins on Monday. */
function inOrder(days: readonly Weekday[]): Weekday[] {
  const place = (day: Weekday) => (WEEKDAYS.indexOf(day) + 6) % 7;
  return [...days].sort((a, b) => place(a) - place(b));
}

function isWhole(text: string, limit: number): boolean {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= 1 && value <= limit;
}

/**
 * The session form as data: what is typed, what is wrong with it, and what is sent.
 *
 * The rules are the core's; the core checks again and has the last word.
 */
import type { Quality, SessionDraft, SessionDto, SettingsDto } from "../../ipc/bindings";
import {
  instantOf,
  isZone,
  nextHalfHour,
  parseDay,
  parseTime,
  timeText,
  wallClock,
  zoneLabel,
  type Day,
  type Instant,
} from "./zones";

/** Everything as it is typed, so that nothing typed is ever lost to parsing. */
export type SessionForm = {
  title: string;
  instructor: string;
  date: string;
  time: string;
  length: string;
  timezone: string;
  record: boolean;
  quality: Quality;
  max: string;
};

export type FieldName = keyof SessionForm;
export type Problems = Partial<Record<FieldName, string>>;

/** A day and a time of day in the viewer's zone. */
export type Slot = { day: Day; minutes: number };

export const TITLE_LIMIT = 120;
export const INSTRUCTOR_LIMIT = 80;
export const LENGTH_LIMIT = 24 * 60;
export const PEOPLE_LIMIT = 1000;
const PAST_ALLOWED = 5 * 60_000;
const HORIZON = 5 * 366 * 24 * 60 * 60_000;

/** What the form falls back to until the settings are known. */
export const FALLBACK_SETTINGS: SettingsDto = {
  default_quality: "720p",
  default_duration_minutes: 60,
  default_max_participants: 100,
  default_record: true,
  instructor: "",
  join_page_url: null,
};

/** The form for a new session: the desk's defaults, at the slot or else the next full half hour. */
export function newForm(settings: SettingsDto, zone: string, now: Date, slot: Slot | null): SessionForm {
  const start = slot ?? nextHalfHour(now, zone);
  return {
    title: "",
    instructor: settings.instructor,
    date: start.day,
    time: timeText(start.minutes),
    length: String(settings.default_duration_minutes),
    timezone: zone,
    record: settings.default_record,
    quality: settings.default_quality,
    max: String(settings.default_max_participants),
  };
}

/** The form that shows a session as it is, its start in its own zone. */
export function formOf(session: SessionDto): SessionForm {
  const start = wallClock(new Date(session.start), session.timezone);
  return {
    title: session.title,
    instructor: session.instructor,
    date: start.day,
    time: timeText(start.minutes),
    length: String(session.duration_minutes),
    timezone: session.timezone,
    record: session.record,
    quality: session.quality,
    max: String(session.max_participants),
  };
}

/** The fields in which two forms differ. */
export function changedFields(from: SessionForm, to: SessionForm): FieldName[] {
  return (Object.keys(from) as FieldName[]).filter((name) => from[name] !== to[name]);
}

/** When the session starts, or null while date, time or zone cannot be read. */
export function startOf(form: SessionForm): Instant | null {
  const day = parseDay(form.date);
  const minutes = parseTime(form.time);
  return day !== null && minutes !== null && isZone(form.timezone) ? instantOf(day, minutes, form.timezone) : null;
}

/** What is wrong, by field, each with the next step; empty when the form can be sent. */
export function validate(form: SessionForm, now: Date): Problems {
  const problems: Problems = {};
  const title = textProblem(form.title, TITLE_LIMIT, "title", "Enter a title, for example Karate fundamentals.");
  if (title) problems.title = title;
  const instructor = textProblem(form.instructor, INSTRUCTOR_LIMIT, "name", "Enter who teaches this session.");
  if (instructor) problems.instructor = instructor;

  if (parseDay(form.date) === null) problems.date = "Enter the date as year-month-day, for example 2026-11-23.";
  if (parseTime(form.time) === null) problems.time = "Enter the time as hours and minutes, for example 19:00.";
  if (!isZone(form.timezone)) problems.timezone = "Choose a time zone from the list, for example Asia/Tokyo.";
  const start = startOf(form);
  const problem = start && startProblem(start, form, now);
  if (problem) problems[problem.field] = problem.text;

  const length = numberProblem(form.length, LENGTH_LIMIT, "a whole number of minutes");
  if (length) problems.length = length;
  const max = numberProblem(form.max, PEOPLE_LIMIT, "a whole number of people");
  if (max) problems.max = max;
  return problems;
}

/** What is sent for a form without problems. */
export function toDraft(form: SessionForm): SessionDraft {
  const day = parseDay(form.date);
  const minutes = parseTime(form.time);
  if (day === null || minutes === null) throw new RangeError("A form with problems cannot be sent.");
  return {
    title: oneLine(form.title),
    instructor: oneLine(form.instructor),
    start_local: `${day}T${timeText(minutes)}`,
    timezone: form.timezone,
    duration_minutes: Number(form.length),
    record: form.record,
    quality: form.quality,
    max_participants: Number(form.max),
  };
}

function startProblem(start: Instant, form: SessionForm, now: Date): { field: "date" | "time"; text: string } | null {
  const ahead = start.at.getTime() - now.getTime();
  if (ahead < -PAST_ALLOWED) {
    const field = wallClock(start.at, form.timezone).day < wallClock(now, form.timezone).day ? "date" : "time";
    return { field, text: "This start has passed. Choose a later one." };
  }
  if (ahead > HORIZON) return { field: "date", text: "This is more than five years away. Check the year." };
  if (start.kind === "skipped") {
    const later = timeText(wallClock(start.at, form.timezone).minutes);
    const zone = zoneLabel(form.timezone);
    return { field: "time", text: `Clocks in ${zone} skip this time that day. Choose ${later}, for example.` };
  }
  return null;
}

/** A line of text as it is kept: no line breaks, no space at the ends or twice in a row. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim();
}

function textProblem(text: string, limit: number, what: string, whenEmpty: string): string | null {
  const length = [...oneLine(text)].length;
  if (length === 0) return whenEmpty;
  return length > limit ? `This ${what} has ${length} characters. Shorten it to ${limit} or fewer.` : null;
}

function numberProblem(text: string, limit: number, what: string): string | null {
  const trimmed = text.trim();
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return value >= 1 && value <= limit ? null : `Enter ${what} from 1 to ${limit}.`;
}

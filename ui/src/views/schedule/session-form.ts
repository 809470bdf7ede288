/**
 * The session form as data: what is typed, what is wrong with it, and what is sent.
 *
 * The rules are the core's; the core checks again and has the last word.
 */
import type { Quality, SessionDraft, SessionDto, SettingsDto } from "../../ipc/bindings";
import { zoneLabel } from "../../lib/format";
import { knowsZone } from "../../lib/locale";
import { exampleDay, readDay, readTime, shownDay, shownTime } from "../../lib/typed-dates";
import { addDays, instantOf, nextHalfHour, timeText, wallClock, type Day, type Instant } from "./zones";

/** Everything as it is typed, so that nothing typed is ever lost to parsing. */
export type SessionForm = {
  title: string;
  instructor: string;
  date: string;
  time: string;
  /** Which of the two is meant where the clocks are set back and show the time twice. */
  turn: Turn;
  length: string;
  timezone: string;
  record: boolean;
  quality: Quality;
  max: string;
};

export type Turn = "first" | "second";
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
    date: shownDay(start.day),
    time: shownTime(start.minutes),
    turn: "first",
    length: String(settings.default_duration_minutes),
    timezone: zone,
    record: settings.default_record,
    quality: settings.default_quality,
    max: String(settings.default_max_participants),
  };
}

/** The form that shows a session as it is, its start in its own zone. */
export function formOf(session: SessionDto): SessionForm {
  const at = new Date(session.start);
  const start = wallClock(at, session.timezone);
  const meant = instantOf(start.day, start.minutes, session.timezone);
  return {
    title: session.title,
    instructor: session.instructor,
    date: shownDay(start.day),
    time: shownTime(start.minutes),
    turn: meant.kind === "repeated" && at >= meant.second ? "second" : "first",
    length: String(session.duration_minutes),
    timezone: session.timezone,
    record: session.record,
    quality: session.quality,
    max: String(session.max_participants),
  };
}

/** The form for another class like this one: the same time of day, on the next such weekday ahead. */
export function formLike(session: SessionDto, now: Date): SessionForm {
  const form = formOf(session);
  const start = wallClock(new Date(session.start), session.timezone);
  let day = addDays(start.day, 7);
  while (instantOf(day, start.minutes, session.timezone).at <= now) day = addDays(day, 7);
  return { ...form, date: shownDay(day), turn: "first" };
}

/** The fields in which two forms differ. */
export function changedFields(from: SessionForm, to: SessionForm): FieldName[] {
  return (Object.keys(from) as FieldName[]).filter((name) => from[name] !== to[name]);
}

/** When the session starts, or null while date, time or zone cannot be read. */
export function startOf(form: SessionForm, now: Date): Instant | null {
  const start = typedStart(form, now);
  return start && knowsZone(form.timezone) ? instantOf(start.day, start.minutes, form.timezone) : null;
}

/** The date and the time of day that are typed, in the zone of the form. */
function typedStart(form: SessionForm, now: Date): Slot | null {
  const day = readDay(form.date, wallClock(now, form.timezone).day);
  const minutes = readTime(form.time);
  return day === null || minutes === null ? null : { day, minutes };
}

/** Whether the start is as the session has it, however it is typed. */
function startUntouched(form: SessionForm, session: SessionDto, now: Date): boolean {
  const [is, was] = [typedStart(form, now), wallClock(new Date(session.start), session.timezone)];
  return (
    form.timezone === session.timezone &&
    form.turn === formOf(session).turn &&
    is?.day === was.day &&
    is.minutes === was.minutes
  );
}

/**
 * What is wrong, by field, each with the next step; empty when the form can be sent.
 *
 * A session that is edited may keep the start it has, also one that has passed or whose zone the web view does not know.
 */
export function validate(form: SessionForm, now: Date, edited: SessionDto | null = null): Problems {
  const problems: Problems = {};
  const title = textProblem(form.title, TITLE_LIMIT, "title", "Enter a title, for example Karate fundamentals.");
  if (title) problems.title = title;
  const instructor = textProblem(form.instructor, INSTRUCTOR_LIMIT, "name", "Enter who teaches this session.");
  if (instructor) problems.instructor = instructor;

  if (readDay(form.date, wallClock(now, form.timezone).day) === null)
    problems.date = `Enter a date, for example ${exampleDay()} or 28 Nov.`;
  if (readTime(form.time) === null) problems.time = `Enter a time, for example ${shownTime(19 * 60)}.`;
  const kept = edited !== null && startUntouched(form, edited, now);
  if (!knowsZone(form.timezone) && !kept)
    problems.timezone =
      edited && edited.timezone === form.timezone
        ? `This computer does not know ${zoneLabel(form.timezone)}, so the start cannot be moved here. Choose a zone from the list.`
        : "Choose a time zone from the list, for example Asia/Tokyo.";
  const start = kept ? null : startOf(form, now);
  const problem = start && startProblem(start, form, now);
  if (problem) problems[problem.field] = problem.text;

  const length = numberProblem(form.length, LENGTH_LIMIT, "a whole number of minutes");
  if (length) problems.length = length;
  const max = numberProblem(form.max, PEOPLE_LIMIT, "a whole number of people");
  if (max) problems.max = max;
  return problems;
}

/** What is sent for a form without problems. A start that was not touched is sent as the instant it is, so that it never moves. */
export function toDraft(form: SessionForm, now: Date, edited: SessionDto | null = null): SessionDraft {
  const typed = typedStart(form, now);
  if (typed === null) throw new RangeError("A form with problems cannot be sent.");
  const kept = edited !== null && startUntouched(form, edited, now);
  return {
    title: oneLine(form.title),
    instructor: oneLine(form.instructor),
    start_local: kept ? edited.start : startText(typed, form),
    timezone: form.timezone,
    duration_minutes: Number(form.length),
    record: form.record,
    quality: form.quality,
    max_participants: Number(form.max),
  };
}

/** The wall clock of the zone; an instant where the wall clock shows it twice. */
function startText({ day, minutes }: Slot, form: SessionForm): string {
  const start = instantOf(day, minutes, form.timezone);
  if (start.kind !== "repeated") return `${day}T${timeText(minutes)}`;
  return (form.turn === "second" ? start.second : start.at).toISOString().replace(".000", "");
}

function startProblem(start: Instant, form: SessionForm, now: Date): { field: "date" | "time"; text: string } | null {
  const at = start.kind === "repeated" && form.turn === "second" ? start.second : start.at;
  const ahead = at.getTime() - now.getTime();
  if (ahead < -PAST_ALLOWED) {
    const field = wallClock(at, form.timezone).day < wallClock(now, form.timezone).day ? "date" : "time";
    return { field, text: "This start has passed. Choose a later one." };
  }
  if (ahead > HORIZON) return { field: "date", text: "This is more than five years away. Check the year." };
  if (start.kind === "skipped") {
    const later = shownTime(wallClock(start.at, form.timezone).minutes);
    const zone = zoneLabel(form.timezone);
    return {
      field: "time",
      text: `The clocks in ${zone} go forward that day, so this time does not exist. Choose ${later}, for example.`,
    };
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

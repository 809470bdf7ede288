/**
 * The session form as data: its fields, their problems, and the draft that is sent.
 *
 * The rules repeat the core's for quick answers; the core checks again and has the last word.
 */
import {
  fieldError,
  LIMITS,
  type Quality,
  type SessionDraft,
  type SessionDto,
  type SettingsDto,
  type UserError,
} from "../../ipc/client";
import { zoneLabel } from "../../lib/format";
import { knowsZone } from "../../lib/locale";
import { exampleDay, readDay, readTime, shownDay, shownTime } from "../../lib/typed-dates";
import type { Slot } from "../../state/app.svelte";
import { addDays, instantOf, nextHalfHour, timeText, wallClock, type Instant } from "./zones";

/** The fields as they are typed, so that text that cannot be read is kept. */
export type SessionForm = {
  title: string;
  instructor: string;
  date: string;
  time: string;
  /** Which of the two times is meant, where the clocks are set back and show the time twice. */
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

const MINUTE = 60_000;

/** The form for a new session, with the defaults of the settings. It starts at the slot, or at the next full half hour. */
export function newForm(settings: SettingsDto, zone: string, now: Date, slot: Slot | null): SessionForm {
  const start = slot ?? nextHalfHour(now, zone);
  return {
    title: slot?.title ?? "",
    instructor: settings.instructor,
    date: shownDay(start.day),
    time: shownTime(start.minutes),
    turn: "first",
    length: String(slot?.length ?? settings.default_duration_minutes),
    timezone: zone,
    record: slot?.record ?? settings.default_record,
    quality: settings.default_quality,
    max: String(settings.default_max_participants),
  };
}

/** The form for an existing session, with its start in its own zone. */
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

/** The form for a copy of a session: at the same time of day, on the next such weekday that lies ahead. */
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

/** The typed date and time of day, in the zone of the form; null if one of them cannot be read. */
function typedStart(form: SessionForm, now: Date): Slot | null {
  const day = readDay(form.date, wallClock(now, form.timezone).day);
  const minutes = readTime(form.time);
  return day === null || minutes === null ? null : { day, minutes };
}

/** Whether the typed start is that of the session, however it is written. */
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
 * The problems by field, each with the next step; empty when the form can be sent.
 *
 * An edited session may keep its start, even if that has passed or the web view does not know its zone.
 */
export function validate(form: SessionForm, now: Date, edited: SessionDto | null = null): Problems {
  const problems: Problems = {};
  const title = textProblem(form.title, LIMITS.title, "title", "Enter a title, for example Karate fundamentals.");
  if (title) problems.title = title;
  const instructor = textProblem(form.instructor, LIMITS.instructor, "name", "Enter who teaches this class.");
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

  const length = numberProblem(form.length, LIMITS.length_minutes, "a whole number of minutes");
  if (length) problems.length = length;
  const max = numberProblem(form.max, LIMITS.participants, "a whole number of people");
  if (max) problems.max = max;
  return problems;
}

/** The field of the form that shows the core's error about a field of the draft. */
const SHOWN_AT: Partial<Record<keyof SessionDraft, FieldName>> = {
  title: "title",
  instructor: "instructor",
  start_local: "date",
  timezone: "timezone",
  duration_minutes: "length",
  quality: "quality",
  max_participants: "max",
};

/** The core's errors by field of the form; empty when no field is to blame. */
export function refusedFields(error: UserError | null): Problems {
  const refused = Object.entries(SHOWN_AT).map(([field, shownAt]) => [shownAt, fieldError(error, field)] as const);
  return Object.fromEntries(refused.filter(([, problem]) => problem !== undefined));
}

/** The draft of a form without problems. An unchanged start is sent as its instant, so that it cannot move. */
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

/** The start as wall-clock time of the zone, or as an instant where the wall clock shows that time twice. */
function startText({ day, minutes }: Slot, form: SessionForm): string {
  const start = instantOf(day, minutes, form.timezone);
  if (start.kind !== "repeated") return `${day}T${timeText(minutes)}`;
  return (form.turn === "second" ? start.second : start.at).toISOString().replace(".000", "");
}

function startProblem(start: Instant, form: SessionForm, now: Date): { field: "date" | "time"; text: string } | null {
  const at = start.kind === "repeated" && form.turn === "second" ? start.second : start.at;
  const ahead = at.getTime() - now.getTime();
  if (ahead < -LIMITS.start_grace_minutes * MINUTE) {
    const field = wallClock(at, form.timezone).day < wallClock(now, form.timezone).day ? "date" : "time";
    return { field, text: "This start has passed. Choose a later one." };
  }
  if (ahead > LIMITS.start_horizon_minutes * MINUTE)
    return { field: "date", text: "This is more than five years away. Check the year." };
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

/** The text on one line, without blanks at its ends and without repeated blanks. */
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

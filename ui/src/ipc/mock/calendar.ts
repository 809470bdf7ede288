// The mock's answers to the commands of the calendar. It reads a line far more simply than the shell.
import type { CalendarEntryDto, QuickLineDto, QuickShownDto, SessionDto } from "../bindings";
import { session } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** What clocks in a zone show at an instant: `2026-11-30T19:00`. */
function shown(at: number, zone: string): string {
  return new Date(at).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T").slice(0, 16);
}

function entryOf(row: SessionDto, zone: string): CalendarEntryDto {
  return {
    session: row,
    start_local: shown(Date.parse(row.start), zone),
    end_local: shown(Date.parse(row.end), zone),
    own_local: shown(Date.parse(row.start), row.timezone),
  };
}

/** Reads a day word, a time, a length, “rec” and “weekly”; the other words are the title. */
function read(text: string, zone: string): QuickLineDto {
  const parts: QuickShownDto[] = [];
  const title: string[] = [];
  let [day, time, length, record, rule]: [string, string, number, boolean, string | null] = ["", "", 60, true, null];
  const today = shown(Date.now(), zone).slice(0, 10);
  const plus = (days: number) => new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
  for (const word of text.trim().split(/\s+/)) {
    const weekday = WEEKDAYS.indexOf(word.slice(0, 3).toLowerCase());
    if (/^\d{1,2}:\d{2}$/.test(word)) {
      time = word.padStart(5, "0");
      parts.push({ part: "time", means: time, source: word });
    } else if (/^\d+m(in)?$/.test(word)) {
      length = Number.parseInt(word, 10);
      parts.push({ part: "length", means: `${length} min`, source: word });
    } else if (word === "today" || word === "tomorrow" || weekday !== -1) {
      const ahead = (weekday - new Date(`${today}T00:00:00Z`).getUTCDay() + 7) % 7;
      day = plus(word === "today" ? 0 : word === "tomorrow" ? 1 : ahead);
      parts.push({ part: "day", means: day, source: word });
    } else if (word === "rec") {
      record = true;
      parts.push({ part: "record", means: "Yes, 1080p", source: word });
    } else if (word === "weekly") {
      rule = "FREQ=WEEKLY";
      parts.push({ part: "repeats", means: "every week", source: word });
    } else title.push(word);
  }
  if (title.length > 0) parts.unshift({ part: "title", means: title.join(" "), source: title.join(" ") });
  const problems: QuickLineDto["problems"] = [];
  if (title.length === 0) {
    const next = "Name it, for example “Karate tomorrow 18:00”.";
    problems.push({ source: null, message: "The class has no name.", next });
  }
  if (time === "") {
    const next = "Say when the class begins, for example 18:00.";
    problems.push({ source: null, message: "The line names no time.", next });
  } else if (day === "") {
    day = plus(1);
    parts.push({ part: "day", means: day, source: null });
  }
  return {
    parts,
    left_out: [],
    problems,
    title: title.join(" "),
    start_local: time && day ? `${day}T${time}` : "",
    duration_minutes: length,
    record,
    rule,
    note: null,
  };
}

export function calendar(world: World) {
  const { store, draft, nextNumber } = world;
  return {
    calendar_entries: ({ fromDay, toDay, zone }) =>
      store.sessions
        .map((row) => entryOf(row, zone))
        .filter((entry) => entry.end_local.slice(0, 10) >= fromDay && entry.start_local.slice(0, 10) <= toDay)
        .toSorted((a, b) => a.session.start.localeCompare(b.session.start)),
    quick_line: ({ text, zone }) => read(text, zone),
    quick_line_create: ({ text, zone }) => {
      const line = read(text, zone);
      const [problem] = line.problems;
      if (problem) fail("invalid_input", problem.message, problem.next);
      const { title, start_local, duration_minutes, record } = line;
      const base = session(nextNumber(), Date.now());
      const next = draft(base, {
        title,
        start_local,
        duration_minutes,
        record,
        timezone: zone,
        instructor: base.instructor,
        quality: base.quality,
        max_participants: base.max_participants,
      });
      store.sessions = [...store.sessions, { ...next, status: "scheduled" }];
      return next;
    },
  } satisfies Partial<Answers>;
}

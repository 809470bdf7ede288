// The mock's answers to the commands of series. It counts dates far more simply than the core.
import type {
  ClassThenDto,
  HolidayChangeDto,
  HolidayDto,
  SeriesChangesDto,
  SessionDraft,
  SessionDto,
} from "../bindings";
import { iso, session } from "./scenario";
import { fail, type Answers, type World } from "./world";

const DAY = 86_400_000;
const WEEKDAY_NAMES = {
  SU: "Sunday",
  MO: "Monday",
  TU: "Tuesday",
  WE: "Wednesday",
  TH: "Thursday",
  FR: "Friday",
  SA: "Saturday",
};
const CODES = Object.keys(WEEKDAY_NAMES);

function partsOf(rule: string): Map<string, string> {
  return new Map(rule.split(";").map((part) => part.split("=", 2) as [string, string]));
}

function sentenceOf(rule: string): string {
  const parts = partsOf(rule);
  const days = (parts.get("BYDAY") ?? "").split(",").map((code) => WEEKDAY_NAMES[code.slice(-2) as "MO"] ?? "");
  const [one, many] = {
    DAILY: ["every day", "days"],
    WEEKLY: [`every ${days.join(" and ")}`, `weeks on ${days.join(" and ")}`],
    MONTHLY: [`every month on ${days[0] ? `the ${days[0]}` : `day ${parts.get("BYMONTHDAY") ?? "1"}`}`, "months"],
    YEARLY: ["every year", "years"],
  }[parts.get("FREQ") ?? ""] ?? [undefined, ""];
  if (one === undefined) {
    fail("invalid_input", "The rule does not say how often.", "Write FREQ=WEEKLY, for example.", [
      { field: "rrule", message: "The rule does not say how often.", next: "Write FREQ=WEEKLY, for example." },
    ]);
  }
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const count = parts.get("COUNT");
  return `${interval > 1 ? `every ${interval} ${many}` : one}${count ? `, ${count} times` : ""}`;
}

/** The days of a daily or weekly rule, and for others the same day of the following months. */
function daysOf(first: string, rule: string, limit: number): string[] {
  const parts = partsOf(rule);
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const most = Math.min(limit, Number(parts.get("COUNT") ?? limit));
  const wanted = (parts.get("BYDAY") ?? "").split(",");
  const found: string[] = [];
  const begin = Date.parse(`${first}T00:00:00Z`);
  for (let n = 0; n < 4000 && found.length < most; n += 1) {
    const at = new Date(begin + n * DAY);
    const week = Math.floor((((new Date(begin).getUTCDay() + 6) % 7) + n) / 7);
    const fits = {
      DAILY: n % interval === 0,
      WEEKLY: week % interval === 0 && wanted.includes(CODES[at.getUTCDay()] ?? ""),
      MONTHLY: at.getUTCDate() === new Date(begin).getUTCDate(),
      YEARLY: at.toISOString().slice(5, 10) === first.slice(5),
    }[parts.get("FREQ") ?? ""];
    if (fits) found.push(at.toISOString().slice(0, 10));
  }
  return found;
}

export function series(world: World) {
  const { store, draft, findSession, putSession, nextNumber } = world;
  const rules = new Map<string, string>();
  const shared = new Set<string>();
  const says = (rule: string, oneRoom: boolean) => `${sentenceOf(rule)}${oneRoom ? ", all in one room" : ""}`;
  const then = (row: SessionDto): ClassThenDto => ({
    title: row.title,
    local: new Date(row.start).toLocaleString("sv-SE", { timeZone: row.timezone }).replace(" ", "T").slice(0, 16),
    timezone: row.timezone,
    cancelled: row.status === "cancelled",
  });
  const following = (of: SessionDto) =>
    store.sessions.filter(
      (row) => row.series?.id === of.series?.id && row.status === "scheduled" && row.start >= of.start,
    );
  function answer(rows: SessionDto[], change: (row: SessionDto) => SessionDto, dryRun: boolean): SeriesChangesDto {
    const changed = rows.map((row) => ({ id: row.id, before: then(row), after: then(change(row)) }));
    if (!dryRun) rows.forEach((row) => putSession(change(row)));
    return { sessions: changed, left_out: [], later_from: null, kept: [], change: null };
  }
  let holidays: HolidayDto[] = [];
  const cancelledBy = new Map<string, string[]>();
  function closed(holiday: HolidayDto, rows: SessionDto[], cancelled: boolean): HolidayChangeDto {
    const sessions = rows.map((row) => ({ id: row.id, title: row.title, local: then(row).local, cancelled }));
    return { holiday, sessions, change: null };
  }
  return {
    holidays_list: () => holidays,
    holiday_add: ({ first, last, reason, dryRun }) => {
      if (last < first) {
        const [message, next] = [
          "The last day is before the first.",
          "Choose a last day that is not before the first.",
        ];
        fail("invalid_input", message, next, [{ field: "to", message, next }]);
      }
      const holiday = { id: `holiday-${nextNumber()}`, first, last, reason, series: null, left_out: [] as string[] };
      const within = ({ local }: ClassThenDto) => local.slice(0, 10) >= first && local.slice(0, 10) <= last;
      const rows = store.sessions.filter((row) => row.series && row.status === "scheduled" && within(then(row)));
      holiday.left_out = rows.map(({ id: left }) => left);
      if (!dryRun) {
        holidays = [...holidays, holiday].toSorted((a, b) => a.first.localeCompare(b.first));
        rows.forEach((row) => putSession({ ...row, status: "cancelled" }));
        cancelledBy.set(
          holiday.id,
          rows.map((row) => row.id),
        );
      }
      return closed(holiday, rows, true);
    },
    holiday_remove: ({ holidayId, dryRun }) => {
      const holiday = holidays.find(({ id }) => id === holidayId);
      if (!holiday) fail("not_found", "That holiday is no longer there.", "Open the list again.");
      const rows = (cancelledBy.get(holidayId) ?? []).map(findSession);
      if (!dryRun) {
        holidays = holidays.filter(({ id }) => id !== holidayId);
        rows.forEach((row) => putSession({ ...row, status: "scheduled" }));
      }
      return closed(holiday, rows, false);
    },
    series_preview: ({ startLocal, rule }) => {
      const [day = "", time = ""] = startLocal.split("T");
      const days = daysOf(day, rule, 9);
      const dates = days
        .slice(0, 8)
        .map((one) => ({ local: `${one}T${time}`, start: `${one}T${time}:00Z`, note: null }));
      return { sentence: sentenceOf(rule), dates, more: days.length > 8, notes: [] };
    },
    series_create: ({ input, rule, oneRoom }: { input: SessionDraft; rule: string; oneRoom: boolean }) => {
      const id = `series-${nextNumber()}`;
      rules.set(id, rule);
      if (oneRoom) shared.add(id);
      const first = draft(session(nextNumber(), Date.now()), input);
      const sentence = says(rule, oneRoom);
      const made = daysOf(then(first).local.slice(0, 10), rule, 9).map((day) => {
        const shift = Date.parse(`${day}T00:00:00Z`) - Date.parse(`${then(first).local.slice(0, 10)}T00:00:00Z`);
        const at = (moment: string) => iso(Date.parse(moment) + shift);
        const row = { ...session(nextNumber(), Date.now()), ...first, id: `${id}-${day}` };
        return { ...row, start: at(first.start), end: at(first.end), series: { id, sentence, moved_from: null } };
      });
      store.sessions = [...store.sessions, ...made];
      return { sentence, sessions: made, change: null };
    },
    series_of_session: ({ sessionId }) => {
      const of = findSession(sessionId);
      if (!of.series) return null;
      const { id, sentence } = of.series;
      const rule = rules.get(id) ?? "FREQ=WEEKLY";
      return { id, sentence, rule, first: then(of).local, timezone: of.timezone, one_room: shared.has(id) };
    },
    series_begin: ({ sessionId, input, rule, oneRoom, dryRun }) => {
      const of = findSession(sessionId);
      if (of.series) {
        const next = "Change how that series repeats: this class and those after it, or all.";
        fail("conflict", `“${of.title}” belongs to a series already.`, next);
      }
      const first = draft(of, input);
      const day = then(first).local.slice(0, 10);
      const days = daysOf(day, rule, 9);
      if (days[0] !== day) {
        const message = "The rule has no class on the day of this class.";
        const next = "Choose days among which it is, or move the class first.";
        fail("invalid_input", message, next, [{ field: "rrule", message, next }]);
      }
      const place = { id: `series-${nextNumber()}`, sentence: says(rule, oneRoom), moved_from: null };
      const rows = days.map((one) => {
        const shift = Date.parse(`${one}T00:00:00Z`) - Date.parse(`${day}T00:00:00Z`);
        const at = (moment: string) => iso(Date.parse(moment) + shift);
        const id = one === day ? of.id : `${place.id}-${one}`;
        return { ...first, id, start: at(first.start), end: at(first.end), series: place };
      });
      if (!dryRun) {
        rules.set(place.id, rule);
        if (oneRoom) shared.add(place.id);
        const [begun, ...later] = rows;
        if (begun) putSession(begun);
        store.sessions = [...store.sessions, ...later];
      }
      const sessions = rows.map((row) => ({
        id: row.id,
        before: row.id === of.id ? then(of) : null,
        after: then(row),
      }));
      return { sessions, left_out: [], later_from: null, kept: [], change: null };
    },
    series_edit: ({ sessionId, scope, input, oneRoom, dryRun }) => {
      const of = findSession(sessionId);
      if (of.series && oneRoom !== null && !dryRun) {
        if (oneRoom) shared.add(of.series.id);
        else shared.delete(of.series.id);
      }
      const shift = Date.parse(draft(of, input).start) - Date.parse(of.start);
      const rows = scope === "all" ? following({ ...of, start: "" }) : following(of);
      const change = (row: SessionDto) => {
        const start = Date.parse(row.start) + shift;
        const { start_local: _, ...kept } = input;
        return { ...row, ...kept, start: iso(start), end: iso(start + input.duration_minutes * 60_000) };
      };
      return answer(rows, change, dryRun);
    },
    series_end: ({ sessionId, dryRun }) =>
      answer(following(findSession(sessionId)), (row) => ({ ...row, status: "cancelled" }), dryRun),
    series_skip: ({ sessionId, day, dryRun }) => {
      const of = findSession(sessionId);
      const rows = store.sessions.filter(
        (row) => row.series?.id === of.series?.id && row.status === "scheduled" && then(row).local.startsWith(day),
      );
      if (rows.length === 0) fail("conflict", `The series has no class on ${day}.`, "Choose a day of the series.");
      return answer(rows, (row) => ({ ...row, status: "cancelled" }), dryRun);
    },
  } satisfies Partial<Answers>;
}

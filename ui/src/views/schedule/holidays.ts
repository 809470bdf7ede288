// Holidays on the calendar: on which days they are, and what each leaves out.
import type { HolidayDto, SessionDto } from "../../ipc/client";
import { countClasses } from "../../lib/format";
import { shownDay } from "../../lib/typed-dates";
import type { Day } from "./zones";

/** The holidays of each day that has any. */
export type Closed = ReadonlyMap<Day, readonly HolidayDto[]>;

/** The holidays of these days. */
export function closedOn(days: readonly Day[], holidays: readonly HolidayDto[]): Closed {
  const closed = new Map<Day, HolidayDto[]>();
  for (const day of days) {
    const on = holidays.filter(({ first, last }) => first <= day && day <= last);
    if (on.length > 0) closed.set(day, on);
  }
  return closed;
}

/** Whether the holidays of a day leave out every class. A holiday of one series leaves the others. */
export const areForAll = (holidays: readonly HolidayDto[] | undefined): boolean =>
  holidays?.some(({ series }) => series === null) === true;

/** "Christmas holidays", or several: "Exam (one series) and Christmas holidays". */
export const reasonsOf = (holidays: readonly HolidayDto[]): string =>
  [...new Set(holidays.map(({ reason, series }) => (series === null ? reason : `${reason} (one series)`)))].join(
    " and ",
  );

/** "Christmas holidays, Thu 24 Dec 2026 – Fri 1 Jan 2027. 14 classes left out." */
export function holidayWords({ reason, first, last, series, left_out }: HolidayDto): string {
  const days = first === last ? shownDay(first) : `${shownDay(first)} – ${shownDay(last)}`;
  const out = left_out.length === 0 ? "" : ` ${countClasses(left_out.length)} left out.`;
  return `${reason}, ${days}${series === null ? "" : ", one series"}.${out}`;
}

/** Why each class is left out, by its id. */
export function reasonsByClass(holidays: readonly HolidayDto[]): ReadonlyMap<SessionDto["id"], string> {
  const reasons = new Map<string, string>();
  for (const { reason, left_out } of holidays) for (const id of left_out) reasons.set(id, reason);
  return reasons;
}

// The words for a class on the calendar, from what clocks show where the person is.
import type { CalendarEntryDto } from "../../ipc/client";
import { viewerZone, zoneLabel } from "../../lib/format";
import { shownTime } from "../../lib/typed-dates";
import { dayName, wallOf, type Day } from "./zones";

/** "19:00 – 20:00". */
export function timesOf({ start_local, end_local }: CalendarEntryDto): string {
  return `${shownTime(wallOf(start_local).minutes)} – ${shownTime(wallOf(end_local).minutes)}`;
}

/** "Wednesday 25 November". */
export const longDayOf = (day: Day): string => dayName(day, { weekday: "long", day: "numeric", month: "long" });

/** Names the zone in which a class was planned, where that is not the person's own: ", planned in Tokyo". */
export function otherZone({ session }: CalendarEntryDto): string {
  return session.timezone === viewerZone ? "" : `, planned in ${zoneLabel(session.timezone)}`;
}

/** "Karate: Wednesday 25 November, 19:00 – 20:00, Europe/Berlin". */
export function placeOf(entry: CalendarEntryDto): string {
  const day = longDayOf(wallOf(entry.start_local).day);
  return `${entry.session.title}: ${day}, ${timesOf(entry)}, ${zoneLabel(viewerZone)}`;
}

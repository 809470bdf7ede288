// The plan of a session in a few words.
import type { SessionDto } from "../../ipc/client";
import { clock, placeName, viewerZone } from "../../lib/format";
import { knowsZone } from "../../lib/locale";

const DAY_MS = 86_400_000;

/** "19:30 – 20:30", with the start in the session's zone when that is not the reader's. */
export function hours(session: SessionDto): string {
  const here = `${clock(session.start)} – ${clock(session.end)}`;
  const there = clock(session.start, session.timezone);
  if (session.timezone === viewerZone || (knowsZone(session.timezone) && clock(session.start) === there)) return here;
  return `${here} · ${there} ${placeName(session.timezone)}`;
}

/** "720p · up to 50 people". */
export function plan(session: SessionDto): string {
  const recorded = session.record ? session.quality : "not recorded";
  return [recorded, `up to ${session.max_participants} people`].filter(Boolean).join(" · ");
}

/** The sessions of the next seven days that were not held yet, the soonest first. */
export function upcoming(sessions: readonly SessionDto[], now: Date): SessionDto[] {
  const last = now.getTime() + 7 * DAY_MS;
  return sessions
    .filter((session) => {
      if (session.status === "starting") return true;
      return (
        session.status === "scheduled" && Date.parse(session.end) > now.getTime() && Date.parse(session.start) <= last
      );
    })
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

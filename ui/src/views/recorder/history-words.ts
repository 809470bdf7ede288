// What became of a class, in a few words.
import type { AttendeeDto, ExtensionDto, HistoryDto, PauseDto, SessionDto, TextDto, TextState } from "../../ipc/client";
import type { PillTone } from "../../components/Pill.svelte";
import { clock, length, nearClock, plural, span } from "../../lib/format";

const MINUTE_MS = 60_000;

/** "12 min after the planned end", "5 min before the planned end", or "on time". */
export function againstPlan(session: SessionDto, endedAt: string): string {
  const minutes = Math.round((Date.parse(endedAt) - Date.parse(session.end)) / MINUTE_MS);
  if (minutes === 0) return "on time";
  return `${length(Math.abs(minutes))} ${minutes > 0 ? "after" : "before"} the planned end`;
}

/** "18:58 – 20:02, 64 min", and while the class is live "since 18:58". */
export function heldWords({ opened_at, ended_at }: HistoryDto): string {
  if (opened_at === null) return "The room was not opened";
  if (ended_at === null) return `Since ${clock(opened_at)}`;
  const minutes = Math.round((Date.parse(ended_at) - Date.parse(opened_at)) / MINUTE_MS);
  return `${clock(opened_at)} – ${clock(ended_at)}, ${length(minutes)}`;
}

/** "18:04 to 18:09", or "since 18:04". */
export const pauseWords = ({ from, to }: PauseDto): string =>
  to === null ? `since ${clock(from)}` : `${clock(from)} to ${clock(to)}`;

/** "at 19:52 from 20:00 to 20:15, by R. Alves". */
export function extensionWords({ at, from, to, actor }: ExtensionDto): string {
  const by = actor === "unknown" ? "" : `, by ${actor}`;
  return `at ${clock(at)} from ${clock(from)} to ${clock(to)}${by}`;
}

/** "18:31 – 18:52, 20 min in the room", or "Was not seen". */
export function attendedWords({ joined_at, left_at, present_minutes }: AttendeeDto): string {
  if (joined_at === null) return "Was not seen";
  if (left_at === null) return `Since ${clock(joined_at)}`;
  return `${clock(joined_at)} – ${clock(left_at)}, ${length(present_minutes)} in the room`;
}

/** What somebody answered when they were asked whether they may be recorded; empty for the host and those who were not seen. */
export function consentWords({ consent, joined_at, role }: AttendeeDto): string {
  if (consent === "agreed") return "May be recorded";
  if (consent === "declined") return "Not to be recorded";
  return joined_at === null || role === "host" ? "" : "Answer about recording not known";
}

export const attendeeName = ({ name }: AttendeeDto): string => name || "Guest without a name";

const STATES: Record<TextState, { words: string; tone: PillTone }> = {
  waiting: { words: "Not there yet", tone: "wait" },
  there: { words: "Kept", tone: "ready" },
  none: { words: "None", tone: "plain" },
  lost: { words: "Lost", tone: "fail" },
  off: { words: "Off", tone: "plain" },
};
export const textState = ({ state, lines }: TextDto) =>
  state === "waiting" && lines > 0 ? { words: "Kept so far", tone: "wait" as const } : STATES[state];

/** "12 lines"; empty without any. */
export const linesWords = ({ lines }: TextDto): string => (lines === 0 ? "" : plural(lines, "line", "lines"));

/** "Hajime asks Cloudflare again at 20:15 tomorrow."; empty where it does not. */
export function nextAskWords({ next_ask }: TextDto, now: Date): string {
  if (next_ask === null) return "";
  if (Date.parse(next_ask) <= now.getTime()) return "Hajime asks Cloudflare in a moment.";
  return `Hajime asks Cloudflare again at ${nearClock(next_ask, now)}.`;
}

/** "12:40", the place in the video; "before the recording" for a negative one. */
export const placeWords = (seconds: number): string => (seconds < 0 ? "Before the recording" : span(seconds));

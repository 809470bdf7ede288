// How a live session and what surrounds it are said in a few words.
import type { PillTone } from "../../components/Pill.svelte";
import type { FailureGroupDto, LiveDto, ProofState, RecordingDto, SessionDto } from "../../ipc/bindings";
import { clock, count, day, inZone, length, nearDay, placeName, until, viewerZone } from "../../lib/format";
import { knowsZone } from "../../lib/locale";
import { recordings } from "../library/words";

const PROOF: Record<ProofState, { tone: PillTone; text: string }> = {
  not_recorded: { tone: "plain", text: "Live · not recorded" },
  waiting_for_people: { tone: "wait", text: "Waiting for people" },
  starting: { tone: "wait", text: "Starting to record" },
  recording: { tone: "live", text: "Live · recording" },
  paused: { tone: "wait", text: "Recording paused" },
  stopped: { tone: "plain", text: "Recording stopped" },
  alarm: { tone: "fail", text: "Not recording" },
};

export function proofWord(proof: ProofState): { tone: PillTone; text: string } {
  return PROOF[proof];
}

/** Whole seconds since the session began; 0 while it has not. */
export function elapsed(session: SessionDto, now: Date): number {
  return session.started_at ? Math.max(0, Math.floor((now.getTime() - Date.parse(session.started_at)) / 1000)) : 0;
}

/** "of 60 min · ends 19:00", and how far over once it is. */
export function planWords(session: SessionDto, now: Date): string {
  const over = Math.floor((now.getTime() - Date.parse(session.end)) / 60_000);
  const planned = `of ${length(session.duration_minutes)}`;
  if (over >= 1) return `${planned} · ${length(over)} over`;
  return `${planned} · ends ${inZone(session.end, session.timezone)}`;
}

/** What P does to this recording right now; null when there is nothing to do. */
export function recordingMove(live: LiveDto): "pause" | "resume" | null {
  if (live.session.status !== "live") return null;
  switch (live.proof) {
    case "recording":
      return "pause";
    case "paused":
    case "stopped":
    case "alarm":
      return "resume";
    case "not_recorded":
    case "waiting_for_people":
    case "starting":
      return null;
  }
}

/** "19:30 – 20:30", with the zone named when it is not the reader's. */
export function hours(session: SessionDto): string {
  const here = `${clock(session.start)} – ${clock(session.end)}`;
  const there = clock(session.start, session.timezone);
  if (session.timezone === viewerZone || (knowsZone(session.timezone) && clock(session.start) === there)) return here;
  return `${here} · ${there} ${placeName(session.timezone)}`;
}

/** "M. Ito · 720p · up to 50 people". */
export function plan(session: SessionDto): string {
  const recorded = session.record ? session.quality : "not recorded";
  return [recorded, `up to ${session.max_participants} people`].filter(Boolean).join(" · ");
}

/** The scheduled sessions that can still be held, the soonest first. */
export function upcoming(sessions: readonly SessionDto[], now: Date): SessionDto[] {
  const last = now.getTime() + 7 * 86_400_000;
  return sessions
    .filter((session) => {
      if (session.status === "starting") return true;
      return (
        session.status === "scheduled" && Date.parse(session.end) > now.getTime() && Date.parse(session.start) <= last
      );
    })
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

/** "Today", "Tomorrow", "Thu 26 Nov": the day of a row, said once for all its rows. */
export function dayOf(session: SessionDto, now: Date): string {
  return nearDay(session.start, now);
}

/** "Next check in 12 s", or that it is being looked at. What failed is not looked at: it is tried again, or nothing happens. */
export function checkWords(recording: RecordingDto, now: Date): string {
  if (recording.status === "FAILED" || !recording.next_check) return "";
  if (Date.parse(recording.next_check) - now.getTime() < 1000) return "Checking now";
  return `Next check ${until(recording.next_check, now)}`;
}

/** "3 recordings: Stream’s storage is full." */
export function failedWords({ count: n, cause, titles }: FailureGroupDto): string {
  return n === 1 ? `“${titles[0] ?? ""}”: ${cause.sentence}` : `${recordings(n)}: ${cause.sentence}`;
}

/** Which ones, what to do, until when, and when Hajime tries again by itself. */
export function failureFacts(group: FailureGroupDto, now: Date): string {
  const { count: n, titles, cause, next_try, rescue_until } = group;
  const named = titles.map((title) => `“${title}”`);
  const left = n - named.length;
  const which = n === 1 ? "" : `${named.join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}.`;
  const kept =
    rescue_until === null
      ? ""
      : `Cloudflare keeps ${n === 1 ? "its copy" : "the first copy"} until ${day(rescue_until)}.`;
  const due = next_try !== null && Date.parse(next_try) <= now.getTime();
  const again = next_try === null ? "" : `Hajime tries again by itself ${due ? "now" : until(next_try, now)}.`;
  return [which, cause.next, kept, again].filter(Boolean).join(" ");
}

// The state of a live session, and of a recording until it is ready, in a few words.
import type { FailureGroupDto, LiveDto, RecordingDto, SessionDto, Stage } from "../../ipc/client";
import { count, countRecordings, day, nearClock, until } from "../../lib/format";
import { proofView } from "./live-words";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Whole seconds since the session began; 0 before that. */
export function elapsed(session: SessionDto, now: Date): number {
  return session.started_at ? Math.max(0, Math.floor((now.getTime() - Date.parse(session.started_at)) / SECOND_MS)) : 0;
}

/** Whether the key P pauses or resumes the recording of a live session; null when it can do neither. */
export function recordingMove(live: LiveDto, now: Date): "pause" | "resume" | null {
  if (live.session.status !== "live") return null;
  // A recording that nobody has seen for a minute is asked for again.
  if (proofView(live, now).grade === "lost") return "resume";
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

const STAGE_WORDS: Record<Stage, string> = {
  requested: "Requested",
  recording: "Recording",
  paused: "Paused",
  stopping: "Finishing",
  uploading: "Uploading",
  uploaded: "Uploaded",
  importing: "Handed to Stream",
  playable: "Playable",
  ready: "Ready",
  failed: "Failed",
};

export const stageWord = (stage: Stage): string => STAGE_WORDS[stage];

/** "Ready about 19:42, very likely by 19:47" in the reader's zone; empty when there is no forecast. */
export function readyWords(row: RecordingDto, now: Date, offline = false): string {
  if (offline && row.status === "PROCESSING") return "Waiting for the network, then continues by itself";
  if (!row.expected) return "";
  const likely = Date.parse(row.expected.likely);
  if (likely - now.getTime() < MINUTE_MS) return "Ready any moment now";
  const about = new Date(Math.round(likely / MINUTE_MS) * MINUTE_MS).toISOString();
  // Rounded up to a full minute, so that the recording is ready by the shown time.
  const by = new Date(Math.ceil(Date.parse(row.expected.latest) / MINUTE_MS) * MINUTE_MS).toISOString();
  const words = `Ready about ${nearClock(about, now)}`;
  return by > about ? `${words}, very likely by ${nearClock(by, now)}` : words;
}

/** "Next check in 12 s", or "Checking now"; empty for a failed recording, which is retried instead of checked. */
export function checkWords(recording: RecordingDto, now: Date): string {
  if (recording.status === "FAILED" || !recording.next_check) return "";
  if (Date.parse(recording.next_check) - now.getTime() < SECOND_MS) return "Checking now";
  return `Next check ${until(recording.next_check, now)}`;
}

/** "Hajime tries again by itself in 25 min."; empty where it does not. */
export function autoRetryWords(row: RecordingDto, now: Date): string {
  return row.status === "FAILED" ? autoRetrySentence(row.next_check, now) : "";
}

function autoRetrySentence(at: string | null, now: Date): string {
  if (!at) return "";
  const due = Date.parse(at) <= now.getTime();
  return `Hajime tries again by itself ${due ? "now" : until(at, now)}.`;
}

/** "3 recordings: Stream’s storage is full." */
export function failedWords({ count: n, cause, titles }: FailureGroupDto): string {
  return n === 1 ? `“${titles[0] ?? ""}”: ${cause.sentence}` : `${countRecordings(n)}: ${cause.sentence}`;
}

/** The titles of the failed recordings, the next step, how long Cloudflare keeps the files, and when Hajime tries again by itself. */
export function failureFacts(group: FailureGroupDto, now: Date): string {
  const { count: n, titles, cause, next_try, rescue_until } = group;
  const named = titles.map((title) => `“${title}”`);
  const left = n - named.length;
  const which = n === 1 ? "" : `${named.join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}.`;
  const kept =
    rescue_until === null
      ? ""
      : n === 1
        ? `Cloudflare keeps its file until ${day(rescue_until)}.`
        : `Cloudflare deletes the first of their files after ${day(rescue_until)}.`;
  return [which, cause.next, kept, autoRetrySentence(next_try, now)].filter(Boolean).join(" ");
}

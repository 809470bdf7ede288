// What the live panel and the small window say about time, people and the recording, in a few words.
import type { LiveDto, NextClassDto, ProofState } from "../../ipc/client";
import { clock, lasting, length, span } from "../../lib/format";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** The age from which a proof of recording is shown in amber, and the age from which it proves nothing, in seconds. */
const OLD_S = 15;
const LOST_S = 60;
/** RealtimeKit stops a recording when the room has been empty for so many seconds. */
const EMPTY_STOP_S = 60;
/** A class that begins within so many minutes is near. */
const NEAR_MIN = 15;

const secondsFrom = (iso: string, now: Date): number =>
  Math.max(0, Math.floor((now.getTime() - Date.parse(iso)) / SECOND_MS));

/** Seconds until the planned end; negative after it. */
export const secondsLeft = (end: string, now: Date): number => Math.ceil((Date.parse(end) - now.getTime()) / SECOND_MS);

/** "17:43" until the planned end, "6:12" after it. */
export const leftText = (end: string, now: Date): string => span(Math.abs(secondsLeft(end, now)));

/** How good the proof of recording is, and what the panel says about it. */
export type ProofView = {
  /** `good` is fresh, `old` is amber, `lost` needs the person, `plain` says nothing about a recording. */
  grade: "good" | "old" | "lost" | "wait" | "plain";
  word: string;
  /** "seen 4 s ago"; undefined where nothing was seen. */
  seen?: string | undefined;
  sentence: string;
};

const WORDS: Record<ProofState, { grade: ProofView["grade"]; word: string }> = {
  not_recorded: { grade: "plain", word: "Not recorded" },
  waiting_for_people: { grade: "wait", word: "Waiting for people" },
  starting: { grade: "wait", word: "Starting to record" },
  recording: { grade: "good", word: "Recording" },
  paused: { grade: "wait", word: "Paused" },
  stopped: { grade: "wait", word: "Stopped" },
  alarm: { grade: "lost", word: "Not recording" },
};

/** What may be said about the recording of a live class right now. */
export function proofView(live: LiveDto, now: Date): ProofView {
  const { proof, proof_sentence, proof_since, confirmed_at } = live;
  const known = WORDS[proof];
  if (proof === "paused") {
    return {
      ...known,
      seen: proof_since ? `for ${lasting(secondsFrom(proof_since, now))}` : undefined,
      sentence: proof_sentence,
    };
  }
  if (proof !== "recording" || confirmed_at === null) return { ...known, sentence: proof_sentence };
  const age = secondsFrom(confirmed_at, now);
  if (age >= LOST_S) {
    return {
      grade: "lost",
      word: "Not confirmed",
      sentence: `Cloudflare has not confirmed the recording for ${lasting(age)}.`,
    };
  }
  const seen = `seen ${lasting(age)} ago`;
  return { ...known, grade: age > OLD_S ? "old" : "good", seen, sentence: proof_sentence };
}

/** "recording stops in 42 s", while nobody is in the room of a class that is being recorded. */
export function emptyWords(live: LiveDto, now: Date): string | undefined {
  if (live.people !== 0 || live.proof !== "recording" || live.empty_since === null) return undefined;
  const left = EMPTY_STOP_S - secondsFrom(live.empty_since, now);
  return left > 0 ? `recording stops in ${left} s` : "recording stops now";
}

/** What the next class means for this one: undefined while it is not known or far away. */
export function nextWords(next: NextClassDto, end: string, now: Date): { words: string; near: boolean } {
  const starts = Date.parse(next.start);
  const away = Math.ceil((starts - now.getTime()) / MINUTE_MS);
  if (away <= 0) return { words: `should have begun at ${clock(next.start)}.`, near: true };
  if (away <= NEAR_MIN) return { words: `starts in ${length(away)}, at ${clock(next.start)}.`, near: true };
  const spare = Math.floor((starts - Math.max(Date.parse(end), now.getTime())) / MINUTE_MS);
  const words =
    spare > 0
      ? `at ${clock(next.start)}. You may run over by ${length(spare)}.`
      : `at ${clock(next.start)}, before this class ends.`;
  return { words, near: spare <= 0 };
}

/** Whether this computer's clock shows a time before the class began: it was set back, and every time shown is wrong. */
export const clockWentBack = (startedAt: string | null, now: Date): boolean =>
  startedAt !== null && Date.parse(startedAt) - now.getTime() > MINUTE_MS;

/** How much of the planned time is over, in percent, and how much of the track is the planned time when the class runs over. */
export function track(start: string, end: string, now: Date): { done: number; over: number } {
  const planned = Date.parse(end) - Date.parse(start);
  const passed = now.getTime() - Date.parse(start);
  if (planned <= 0 || passed <= 0) return { done: 0, over: 0 };
  if (passed <= planned) return { done: (passed / planned) * 100, over: 0 };
  return { done: (planned / passed) * 100, over: ((passed - planned) / passed) * 100 };
}

/** "42 of 60 minutes are over", for the bar. */
export function trackWords(start: string, end: string, now: Date): string {
  const minutes = (ms: number) => Math.max(0, Math.floor(ms / MINUTE_MS));
  const planned = minutes(Date.parse(end) - Date.parse(start));
  const passed = minutes(now.getTime() - Date.parse(start));
  if (passed <= planned) return `${passed} of ${planned} minutes are over`;
  return `${planned} minutes are over, and ${passed - planned} more so far`;
}

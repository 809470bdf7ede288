// How the states of a recording are said in a few words.
import type { PillTone } from "../../components/Pill.svelte";
import type { CoverageDto, RecordingDto, Stage } from "../../ipc/client";
import { bytes, clock, count, day, inZone, lasting, length, nearClock, span, until } from "../../lib/format";

const MINUTE = 60_000;

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

export function stageWord(stage: Stage): string {
  return STAGE_WORDS[stage];
}

/** "1 recording", "1,204 recordings". */
export function recordings(n: number): string {
  return `${count(n)} ${n === 1 ? "recording" : "recordings"}`;
}

/** The few words of the status pill, and their colour. */
export function statusWord(row: RecordingDto, now: Date): { text: string; tone: PillTone } {
  if (row.deleted_at !== null) return { text: "Deleted at Cloudflare", tone: "plain" };
  switch (row.status) {
    case "READY":
      return { text: "Ready", tone: "ready" };
    case "FAILED":
      return { text: "Failed", tone: "fail" };
    case "RECORDING":
      return row.stage === "recording"
        ? { text: "Recording", tone: "live" }
        : { text: stageWord(row.stage), tone: "wait" };
    case "PROCESSING":
      if (row.stage === "importing" && row.progress !== null) {
        return { text: `Encoding ${Math.round(row.progress)} %`, tone: "wait" };
      }
      return { text: row.stage === "stopping" ? "Finishing" : `Processing${aboutWords(row, now)}`, tone: "wait" };
  }
}

/** ", about 4 min": how long it takes until it can be watched, as far as that is known. */
function aboutWords({ expected }: RecordingDto, now: Date): string {
  const left = expected ? Date.parse(expected.likely) - now.getTime() : 0;
  return left > 0 ? `, about ${length(Math.ceil(left / MINUTE))}` : "";
}

/** "Ready about 19:42, very likely by 19:47": when it can be watched, in the reader's zone; empty when that is unknown. */
export function readyWords(row: RecordingDto, now: Date, offline = false): string {
  // Nothing fails while there is no network, and nothing is seen either.
  if (offline && row.status === "PROCESSING") return "Waits for the network; goes on by itself";
  if (!row.expected) return "";
  const likely = Date.parse(row.expected.likely);
  if (likely - now.getTime() < MINUTE) return "Ready any moment now";
  // Late may be said a little later, never earlier than it is.
  const about = new Date(Math.round(likely / MINUTE) * MINUTE).toISOString();
  const by = new Date(Math.ceil(Date.parse(row.expected.latest) / MINUTE) * MINUTE).toISOString();
  const said = `Ready about ${nearClock(about, now)}`;
  return by > about ? `${said}, very likely by ${nearClock(by, now)}` : said;
}

/** "Hajime tries again by itself in 25 min."; empty where only people can. */
export function againWords(row: RecordingDto, now: Date): string {
  if (row.status !== "FAILED" || !row.next_check) return "";
  const due = Date.parse(row.next_check) <= now.getTime();
  return `Hajime tries again by itself ${due ? "now" : until(row.next_check, now)}.`;
}

/** "Complete: 59 min 40 s recorded of 59 min 52 s". */
export function completeWords({ length_seconds, expected_seconds }: CoverageDto): string {
  return `Complete: ${lasting(length_seconds)} recorded of ${lasting(expected_seconds)}`;
}

/** What is missing from the video, a sentence each; none when it is complete. */
export function gapWords(coverage: CoverageDto): string[] {
  const said: string[] = [];
  const from = clock(coverage.began);
  if (coverage.short) {
    const pauses = coverage.paused_seconds > 0 ? ` with ${about(coverage.paused_seconds)} of pauses` : "";
    const video = coverage.length_seconds > 0 ? `is ${about(coverage.length_seconds)} long` : "is empty";
    said.push(
      `About ${about(coverage.missing_seconds)} are missing: the class was recorded from ${from} to ` +
        `${clock(coverage.ended)}${pauses}, and the video ${video}. Up to 15 s or 2 % are normal.`,
    );
  }
  if (coverage.late) {
    said.push(
      `Recording began at ${from}, ${about(coverage.begun_late_seconds)} after it was asked for: ` +
        "what came before is not in the video. Up to 60 s are normal.",
    );
  }
  if (coverage.interrupted) {
    said.push(
      `Nothing was recorded for ${about(coverage.hole_seconds)} before ${from}, after the recording before this one ` +
        "had ended. Up to 60 s are normal.",
    );
  }
  return said;
}

/** Seconds where they count, else minutes. */
function about(seconds: number): string {
  return seconds < 120 ? lasting(seconds) : length(Math.round(seconds / 60));
}

/** "Sun 22 Nov 2026, 18:04 · 1:00:12 · 1080p · 512 MB". */
export function facts(row: RecordingDto): string {
  return [
    `${day(row.recorded_at, row.timezone)}, ${inZone(row.recorded_at, row.timezone)}`,
    row.duration_seconds === null ? "" : span(row.duration_seconds),
    row.quality,
    row.size_bytes === null ? "" : bytes(row.size_bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}

// How the states of a recording are said in a few words.
import type { PillTone } from "../../components/Pill.svelte";
import type { RecordingDto, Stage } from "../../ipc/client";
import { bytes, day, inZone, nearClock, span } from "../../lib/format";

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

/** The few words of the status pill, and their colour. */
export function statusWord(row: RecordingDto): { text: string; tone: PillTone } {
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
      return { text: stageWord(row.stage), tone: "wait" };
  }
}

/** "Ready about 19:42, very likely by 19:47": when it can be watched, in the reader's zone; empty when that is unknown. */
export function readyWords(row: RecordingDto, now: Date): string {
  if (!row.expected) return "";
  const likely = Date.parse(row.expected.likely);
  if (likely - now.getTime() < MINUTE) return "Ready any moment now";
  // Late may be said a little later, never earlier than it is.
  const about = new Date(Math.round(likely / MINUTE) * MINUTE).toISOString();
  const by = new Date(Math.ceil(Date.parse(row.expected.latest) / MINUTE) * MINUTE).toISOString();
  const said = `Ready about ${nearClock(about, now)}`;
  return by > about ? `${said}, very likely by ${nearClock(by, now)}` : said;
}

/** "R. Alves · Sun 22 Nov 2026, 18:04 · 1:00:12 · 1080p · 512 MB". */
export function facts(row: RecordingDto): string {
  return [
    row.instructor,
    `${day(row.recorded_at, row.timezone)}, ${inZone(row.recorded_at, row.timezone)}`,
    row.duration_seconds === null ? "" : span(row.duration_seconds),
    row.quality,
    row.size_bytes === null ? "" : bytes(row.size_bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}

// A recording in the library in a few words.
import type { PillTone } from "../../components/Pill.svelte";
import type { RecordingDto } from "../../ipc/client";
import { bytes, day, inZone, length, span } from "../../lib/format";
import { stageWord } from "../recorder/words";

const MINUTE_MS = 60_000;

/** The text and the colour of the status pill. */
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
      return { text: row.stage === "stopping" ? "Finishing" : `Processing${forecastWords(row, now)}`, tone: "wait" };
  }
}

/** ", about 4 min" until the recording is ready; empty without a forecast. */
function forecastWords({ expected }: RecordingDto, now: Date): string {
  const left = expected ? Date.parse(expected.likely) - now.getTime() : 0;
  return left > 0 ? `, about ${length(Math.ceil(left / MINUTE_MS))}` : "";
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

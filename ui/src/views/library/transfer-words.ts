// What the list of transfers says.
import type { PillTone } from "../../components/Pill.svelte";
import type { TransferDto } from "../../ipc/client";
import { bytes, clock, nearDay } from "../../lib/format";

const KINDS: Record<TransferDto["kind"], string> = {
  video: "MP4",
  sound: "Sound, M4A",
  archive: "Video, captions, chat, notes",
};

const STEPS: Record<string, string> = {
  prepare: "Waits for its file",
  fetch: "Downloading",
  send: "Sending",
  verify: "Reading back",
};

export const kindOf = ({ kind }: TransferDto): string => KINDS[kind];

/** How far a transfer is, from 0 to 100; null while its size is unknown. */
export function percentOf({ way_bytes, done_bytes }: TransferDto): number | null {
  if (way_bytes === null) return null;
  return way_bytes === 0 ? 100 : Math.min(100, Math.floor((done_bytes / way_bytes) * 100));
}

/** The state of a transfer, in words with their tone. */
export function stateOf(row: TransferDto, now: Date): { tone: PillTone; words: string } {
  switch (row.state) {
    case "active":
      return row.next_try ? { tone: "wait", words: "Waits" } : { tone: "info", words: STEPS[row.step] ?? "Under way" };
    case "paused":
      return { tone: "plain", words: "Paused" };
    case "failed":
      return { tone: "fail", words: "Failed" };
    case "cancelled":
      return { tone: "plain", words: "Cancelled" };
    case "done": {
      const at = row.ended_at ? ` ${nearDay(row.ended_at, now)}, ${clock(row.ended_at)}` : "";
      return { tone: "ready", words: `Done${at}` };
    }
  }
}

/** The bytes of a transfer, in words. */
export function amountOf(row: TransferDto): string {
  if (row.total_bytes === null) return "";
  if (row.state === "done") return bytes(row.total_bytes);
  return `${bytes(row.done_bytes)} of ${bytes(row.way_bytes ?? row.total_bytes)}`;
}

/** What proves that a file is complete. */
export function proofOf(row: TransferDto): string {
  if (row.state !== "done" || !row.sha256) return "";
  return row.kind === "archive" ? "Read back, SHA-256 equal" : `SHA-256 ${row.sha256.slice(0, 12)}…`;
}

/** How a session looks on the schedule: its tone and its state in a few words. */
import type { RecordingDto, SessionDto } from "../../ipc/bindings";

export type Tone = "plain" | "ready" | "wait" | "fail" | "live" | "info";
export type Look = { tone: Tone; words: string };

/** What else is known of a session; undefined while it is not known (yet). */
export type Known = { recording?: RecordingDto | undefined; people?: number | null | undefined };

export function lookOf(session: SessionDto, known: Known, now: Date): Look {
  switch (session.status) {
    case "scheduled":
      if (new Date(session.end) > now) return { tone: "info", words: "Scheduled" };
      // A class that was held without Hajime may have a recording all the same: one that was attached.
      return session.recording_id === null ? { tone: "plain", words: "Not held" } : endedLook(session, known.recording);
    case "starting":
      return { tone: "live", words: "Starting" };
    case "live":
      return { tone: "live", words: liveWords(known.people) };
    case "ending":
      return { tone: "wait", words: "Ending" };
    case "ended":
      return endedLook(session, known.recording);
    case "cancelled":
      return { tone: "plain", words: "Cancelled" };
  }
}

function liveWords(people: number | null | undefined): string {
  if (people === null || people === undefined) return "Live";
  return people === 1 ? "Live, 1 person" : `Live, ${people} people`;
}

function endedLook(session: SessionDto, recording: RecordingDto | undefined): Look {
  if (session.recording_id === null) return { tone: "plain", words: "Ended, not recorded" };
  if (!recording) return { tone: "plain", words: "Ended" };
  if (recording.removed_at !== null) return { tone: "plain", words: "Recording gone" };
  // Somebody deleted the video from Stream: nothing failed.
  if (recording.deleted_at !== null) return { tone: "plain", words: "Recording deleted" };
  switch (recording.status) {
    case "READY":
      return { tone: "ready", words: "Ready" };
    case "FAILED":
      return { tone: "fail", words: "Recording failed" };
    case "RECORDING":
      return { tone: "wait", words: "Recording is ending" };
    case "PROCESSING":
      return { tone: "wait", words: "Processing" };
  }
}

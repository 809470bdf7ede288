// The state of a session on the schedule, as a tone and a few words.
import type { PillTone } from "../../components/Pill.svelte";
import type { RecordingDto, SessionDto } from "../../ipc/client";

export type Badge = { tone: PillTone; words: string };

/** The recording of a session and the people in its room; undefined until they are fetched. */
export type SessionDetails = {
  recording?: RecordingDto | undefined;
  people?: number | null | undefined;
  /** The holiday that leaves the session out. */
  holiday?: string | undefined;
};

export function badgeOf(session: SessionDto, details: SessionDetails, now: Date): Badge {
  switch (session.status) {
    case "scheduled":
      if (new Date(session.end) > now) return { tone: "info", words: "Scheduled" };
      // A session that was never started in Hajime has a recording if one was attached to it.
      return session.recording_id === null
        ? { tone: "plain", words: "Not held" }
        : endedBadge(session, details.recording);
    case "starting":
      return { tone: "live", words: "Starting" };
    case "live":
      return { tone: "live", words: liveWords(details.people) };
    case "ending":
      return { tone: "wait", words: "Ending" };
    case "ended":
      return endedBadge(session, details.recording);
    case "cancelled":
      return { tone: "plain", words: details.holiday === undefined ? "Cancelled" : `Left out: ${details.holiday}` };
  }
}

function liveWords(people: number | null | undefined): string {
  if (people === null || people === undefined) return "Live";
  return people === 1 ? "Live, 1 person" : `Live, ${people} people`;
}

function endedBadge(session: SessionDto, recording: RecordingDto | undefined): Badge {
  if (session.recording_id === null) return { tone: "plain", words: "Ended, not recorded" };
  if (!recording) return { tone: "plain", words: "Ended" };
  if (recording.removed_at !== null) return { tone: "plain", words: "Recording removed" };
  // The video was deleted from Stream, which is not a failure.
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

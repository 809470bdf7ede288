// Data for tests of the schedule (sessions, recordings, settings), and a shell that answers with plain functions.
import type { CalendarEntryDto, RecordingDto, SessionDto, SettingsDto } from "../ipc/client";
import { setTransport } from "../ipc/client";
import { timeText, wallClock } from "../views/schedule/zones";

let made = 0;

export function session(over: Partial<SessionDto> = {}): SessionDto {
  made += 1;
  const start = over.start ?? "2026-11-23T18:00:00Z";
  const minutes = over.duration_minutes ?? 60;
  return {
    id: `session-${made}`,
    title: "Karate fundamentals",
    instructor: "Yamada Rin",
    start,
    end: new Date(Date.parse(start) + minutes * 60_000).toISOString(),
    duration_minutes: minutes,
    timezone: "Europe/Berlin",
    record: true,
    quality: "720p",
    max_participants: 40,
    status: "scheduled",
    room_id: null,
    started_at: null,
    ended_at: null,
    recording_id: null,
    can_start_again: false,
    series: null,
    ...over,
  };
}

/** The session on the calendar of a person in this zone. */
export function entry(session: SessionDto, zone = "Europe/Berlin"): CalendarEntryDto {
  const shown = (at: string, where: string) => {
    const { day, minutes } = wallClock(new Date(at), where);
    return `${day}T${timeText(minutes)}`;
  };
  return {
    session,
    start_local: shown(session.start, zone),
    end_local: shown(session.end, zone),
    own_local: shown(session.start, session.timezone),
  };
}

export function recording(over: Partial<RecordingDto> = {}): RecordingDto {
  return {
    id: "recording-1",
    session_id: "session-1",
    title: "Karate fundamentals",
    instructor: "Yamada Rin",
    status: "READY",
    stage: "ready",
    stage_since: "2026-11-23T19:10:00Z",
    sentence: "Ready to watch.",
    step: 5,
    progress: null,
    cause: null,
    recorded_at: "2026-11-23T18:00:00Z",
    duration_seconds: 3600,
    size_bytes: 1_000_000,
    quality: "720p",
    timezone: "Europe/Berlin",
    video_id: null,
    last_check: null,
    next_check: null,
    expected: null,
    rescue_until: null,
    links_made: 0,
    thumbnail_url: null,
    removed_at: null,
    deleted_at: null,
    removable: false,
    kept: false,
    deleted_on: null,
    notes: "",
    tags: [],
    clip: null,
    ...over,
  };
}

export const settings: SettingsDto = {
  default_quality: "1080p",
  default_duration_minutes: 90,
  default_max_participants: 25,
  default_record: false,
  instructor: "Sato Jun",
  join_page_url: null,
  auto_end: "off",
  transcripts: true,
  captions: null,
};

type Answers = Record<string, (args: Record<string, unknown>) => unknown>;

/** A shell that answers the given commands, throws for others, and records every call. */
export function shell(answers: Answers) {
  const calls: { command: string; args: Record<string, unknown> }[] = [];
  const listeners = new Set<(payload: unknown) => void>();
  setTransport({
    invoke: async (command, args = {}) => {
      calls.push({ command, args });
      const answer = answers[command];
      if (!answer) throw new Error(`the test has no answer to ${command}`);
      return answer(args);
    },
    listen: (event, handler) => {
      if (event !== "changed") return () => {};
      listeners.add(handler);
      return () => listeners.delete(handler);
    },
  });
  return {
    /** The arguments of each call of the command. */
    calls: (command: string) => calls.filter((call) => call.command === command).map((call) => call.args),
    /** Reports a change, as the shell does. */
    changed: (...topics: string[]) => listeners.forEach((listener) => listener({ topics })),
  };
}

// Recordings for tests, a shell that answers with plain functions, and promises that a test settles.
import {
  setTransport,
  type LinkDto,
  type RecordingDto,
  type RecordingsPage,
  type RecordingsQuery,
  type Topic,
} from "../ipc/client";
import { found } from "../lib/search";

type Handlers = Record<string, (args: never) => unknown>;

export type FakeShell = {
  /** Every call with its arguments, in order. */
  calls: { command: string; args: Record<string, unknown> }[];
  sent: (command: string) => Record<string, unknown>[];
  changed: (...topics: Topic[]) => void;
};

/** What is asked about every video on show, and matters to few tests. */
const ABOUT_EVERY_VIDEO: Handlers = { recording_captions: () => [], recording_check: () => null };

/** Answers each command with the function of its name; a command without one throws. */
export function fakeShell(handlers: Handlers): FakeShell {
  const calls: FakeShell["calls"] = [];
  const hearers = new Set<(payload: unknown) => void>();
  setTransport({
    invoke: async (command, args = {}) => {
      calls.push({ command, args });
      const handler = handlers[command] ?? ABOUT_EVERY_VIDEO[command];
      if (!handler) throw new Error(`the test has no answer to ${command}`);
      return structuredClone(await handler(args as never));
    },
    listen: (event, hear) => {
      if (event !== "changed") return () => {};
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
  });
  return {
    calls,
    sent: (command) => calls.filter((call) => call.command === command).map((call) => call.args),
    changed: (...topics) => hearers.forEach((hear) => hear({ topics })),
  };
}

export const refused = (code: string, message: string, next: string) => () => {
  throw { code, message, next };
};

/** A promise that the test settles. */
export function held<T>(): { promise: Promise<T>; answer: (value: T) => void; refuse: (cause: unknown) => void } {
  let answer!: (value: T) => void;
  let refuse!: (cause: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    answer = resolve;
    refuse = reject;
  });
  return { promise, answer, refuse };
}

export const idOf = (n: number) => `0193a002-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

export function aRecording(n: number, more: Partial<RecordingDto> = {}): RecordingDto {
  return {
    id: idOf(n),
    session_id: idOf(90_000 + n),
    title: `Class ${n}`,
    instructor: "R. Alves",
    status: "READY",
    stage: "ready",
    stage_since: "2026-11-20T18:10:00Z",
    sentence: "Ready to watch.",
    step: 5,
    progress: null,
    cause: null,
    recorded_at: "2026-11-20T17:00:00Z",
    duration_seconds: 3612,
    size_bytes: 512_000_000,
    quality: "1080p",
    timezone: "Europe/Berlin",
    video_id: `video${n}`,
    last_check: "2026-11-20T18:10:00Z",
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
    ...more,
  };
}

export function aFailure(n: number, more: Partial<RecordingDto> = {}): RecordingDto {
  return aRecording(n, {
    status: "FAILED",
    stage: "failed",
    sentence: "Stream has no storage left, so it refused the video.",
    step: 2,
    video_id: null,
    rescue_until: "2099-11-27T17:00:00Z",
    cause: {
      code: "storage_full",
      sentence: "Stream has no storage left, so it refused the video.",
      next: "Delete videos in the Cloudflare dashboard, then retry.",
      retryable: true,
      tries_again: "every hour",
    },
    ...more,
  });
}

export function aLink(n: number, more: Partial<LinkDto> = {}): LinkDto {
  return {
    id: `0193a003-0000-7000-8000-${n.toString(16).padStart(12, "0")}`,
    recording_id: idOf(n),
    recording_title: `Class ${n}`,
    video_id: `video${n}`,
    kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
    created_at: "2026-11-20T18:20:00Z",
    expires_at: "2099-11-21T18:20:00Z",
    download: false,
    ...more,
  };
}

/** A recording whose video was deleted and whose file at RealtimeKit has expired. */
export function aLoss(n: number, more: Partial<RecordingDto> = {}): RecordingDto {
  const sentence = "The video was deleted from Stream.";
  return aFailure(n, {
    sentence,
    rescue_until: "2026-11-27T17:00:00Z",
    cause: { code: "video_missing", sentence, next: "Attach another video.", retryable: false, tries_again: null },
    deleted_at: "2026-11-25T09:30:00Z",
    removable: true,
    ...more,
  });
}

/** The recordings that the core would list as missing at Cloudflare. */
export function missingOf(all: readonly RecordingDto[]): RecordingDto[] {
  return all.filter((row) => row.removable && row.removed_at === null);
}

/** The answer of the core to `recordings_list`, from an array. */
export function pageOf(all: readonly RecordingDto[], query: RecordingsQuery): RecordingsPage {
  const listed = all.filter((row) => row.removed_at === null);
  const matching = listed.filter((row) => found(query.search, row.title, row.instructor));
  const of = (filter: string) =>
    matching.filter((row) => {
      if (filter === "deleted") return row.deleted_at !== null;
      return filter === "all" || (row.status === filter.toUpperCase() && row.deleted_at === null);
    });
  const rows = of(query.filter);
  return {
    rows: rows.slice(query.offset, query.offset + query.limit),
    hits: rows.slice(query.offset, query.offset + query.limit).map(() => []),
    also: [],
    behind: 0,
    next: null,
    total: rows.length,
    counts: {
      all: matching.length,
      ready: of("ready").length,
      processing: of("processing").length,
      failed: of("failed").length,
      deleted: of("deleted").length,
    },
    missing: missingOf(all).length,
  };
}

/** Gives elements a size, which a virtual list needs and jsdom does not compute. */
export function giveHeight(pixels = 580): void {
  Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, get: () => pixels });
  Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, get: () => 800 });
}

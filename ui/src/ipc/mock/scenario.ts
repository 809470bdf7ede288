// The data of the mock at the start of each scenario.
import { DEFAULT_SETTINGS } from "../bindings";
import { noDoor, openDoor, pageAt } from "./door";
import { liveFacts } from "./live-facts";
import { permissionsOf } from "./permissions";
import type {
  AppsDto,
  CandidateDto,
  CauseDto,
  CopyDto,
  CoverageDto,
  DeskDto,
  DoorStatusDto,
  GuessDto,
  JoinPageDto,
  LinkDto,
  LiveDto,
  RecordingDto,
  RehearsalDto,
  SessionDto,
  SettingsDto,
  Stage,
  UserError,
} from "../bindings";

export const SCENARIOS = [
  "empty",
  "live",
  "door",
  "many",
  "failures",
  "backlog",
  "offline",
  "apps",
  "damaged",
  "keyring_waiting",
  "keyring_locked",
  "keyring_missing",
  "token_missing",
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** The join page of an account that published none. */
export const notPublished: JoinPageDto = {
  state: "not_published",
  sentence: "The join page is not published.",
  address: null,
  in_use: false,
  suggested_name: "dojo-0123ab",
  asks_before_replacing: false,
  published_version: null,
  published_at: null,
};

const RIGHTS = ["show a camera", "speak", "show the screen", "write in the chat"];

/** An account with one app and Cloudflare’s presets. */
export const oneApp: AppsDto = {
  apps: [{ id: "0f2d8c1a-6b3e-4d5f-8a7c-9e1b2c3d4f50", name: "Dojo", created_at: "2025-03-03T09:00:00Z" }],
  in_use: {
    id: "0f2d8c1a-6b3e-4d5f-8a7c-9e1b2c3d4f50",
    choice: "only_one",
    choice_sentence: "It was the account’s only app.",
    app: { id: "0f2d8c1a-6b3e-4d5f-8a7c-9e1b2c3d4f50", name: "Dojo", created_at: "2025-03-03T09:00:00Z" },
    recording: {
      quality: "1080p",
      width: 1920,
      height: 1080,
      max_seconds: 86_400,
      kept: "at_realtimekit",
      kept_sentence: "In RealtimeKit’s own storage for seven days. Hajime brings them to Stream within minutes.",
      kept_seen_at: "2026-11-22T18:00:00Z",
    },
    presets: {
      fit: true,
      sentence: "Cloudflare’s presets are used, and they fit.",
      in_use: [
        {
          name: "group_call_host",
          role: "host",
          may: [...RIGHTS, "stop the recording", "mute others", "remove others", "change what others may do"],
          problems: [],
        },
        { name: "group_call_participant", role: "participant", may: RIGHTS, problems: [] },
      ],
      others: ["webinar_presenter"],
    },
    presets_error: null,
  },
};

/** An account with three apps of which none is chosen. */
export const severalApps: AppsDto = {
  apps: [
    ...oneApp.apps,
    { id: "11111111-1111-4111-8111-111111111111", name: "Harbour Dojo classes", created_at: "2026-02-06T09:00:00Z" },
    { id: "22222222-2222-4222-8222-222222222222", name: "test", created_at: null },
  ],
  in_use: null,
};

export type Store = {
  desk: DeskDto;
  sessions: SessionDto[];
  live: LiveDto[];
  recordings: RecordingDto[];
  links: LinkDto[];
  settings: SettingsDto;
  joinPage: JoinPageDto;
  door: DoorStatusDto;
  apps: AppsDto;
  rehearsal: RehearsalDto;
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An id in the form of a UUIDv7, made of two numbers, so that it is the same at every start. */
export function fakeId(kind: number, n: number): string {
  return `0193a${kind.toString(16).padStart(3, "0")}-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

const STEP_OF: Record<Stage, number> = {
  requested: 0,
  recording: 0,
  paused: 0,
  stopping: 0,
  uploading: 1,
  uploaded: 2,
  importing: 3,
  playable: 4,
  ready: 5,
  failed: 2,
};

const STATUS_OF: Record<Stage, RecordingDto["status"]> = {
  requested: "RECORDING",
  recording: "RECORDING",
  paused: "RECORDING",
  stopping: "PROCESSING",
  uploading: "PROCESSING",
  uploaded: "PROCESSING",
  importing: "PROCESSING",
  playable: "PROCESSING",
  ready: "READY",
  failed: "FAILED",
};

function expectedAt(stage: Stage, now: number): RecordingDto["expected"] {
  const minutes = stage === "uploading" ? 6 : stage === "importing" ? 4 : null;
  return minutes && { likely: iso(now + minutes * MINUTE), latest: iso(now + 2 * minutes * MINUTE) };
}

export function atStage(recording: RecordingDto, stage: Stage, sentence: string, now: number): RecordingDto {
  const ready = stage === "ready";
  return {
    ...recording,
    stage,
    sentence,
    status: STATUS_OF[stage],
    step: STEP_OF[stage],
    stage_since: iso(now),
    progress: stage === "importing" ? 12 : null,
    cause: null,
    last_check: iso(now),
    next_check: ready || stage === "failed" ? null : iso(now + 15_000),
    expected: expectedAt(stage, now),
    video_id: STEP_OF[stage] >= 3 ? recording.id.replaceAll("-", "") : null,
    rescue_until: STEP_OF[stage] < 4 ? iso(Date.parse(recording.recorded_at) + 7 * DAY) : null,
    size_bytes: ready ? 512_000_000 : recording.size_bytes,
  };
}

const COMPLETE = "Complete: the video is 1 h long, and 1 h were recorded.";

/** The coverage of a ready recording, which holds the whole session; null before that. */
export function coverageOf({ status, recorded_at, duration_seconds }: RecordingDto): CoverageDto | null {
  if (status !== "READY" || duration_seconds === null) return null;
  return {
    short: false,
    late: false,
    interrupted: false,
    sentences: [COMPLETE],
    began: recorded_at,
    ended: iso(Date.parse(recorded_at) + (duration_seconds + 12) * 1000),
    paused_seconds: 0,
    expected_seconds: duration_seconds + 12,
    length_seconds: duration_seconds,
    missing_seconds: 12,
    begun_late_seconds: 6,
    hole_seconds: 0,
    file_kept_until: iso(Date.parse(recorded_at) + 7 * DAY),
  };
}

export function session(n: number, start: number, more: Partial<SessionDto> = {}): SessionDto {
  const minutes = more.duration_minutes ?? 60;
  return {
    id: fakeId(1, n),
    title: "Karate fundamentals — kihon and kata",
    instructor: "R. Alves",
    start: iso(start),
    end: iso(start + minutes * MINUTE),
    duration_minutes: minutes,
    timezone: ZONE,
    record: true,
    quality: "1080p",
    max_participants: 50,
    status: "scheduled",
    room_id: null,
    started_at: null,
    ended_at: null,
    ...{ recording_id: null, can_start_again: false, series: null },
    ...more,
  };
}

export function recording(n: number, at: number, more: Partial<RecordingDto> = {}): RecordingDto {
  const blank: RecordingDto = {
    id: fakeId(2, n),
    session_id: fakeId(1, 9000 + n),
    title: "Karate fundamentals",
    instructor: "R. Alves",
    status: "READY",
    stage: "ready",
    stage_since: iso(at + 66 * MINUTE),
    sentence: "Ready to watch.",
    step: 5,
    progress: null,
    cause: null,
    recorded_at: iso(at),
    duration_seconds: 3612,
    size_bytes: 512_000_000,
    quality: "1080p",
    timezone: ZONE,
    video_id: fakeId(2, n).replaceAll("-", ""),
    last_check: iso(at + 66 * MINUTE),
    next_check: null,
    expected: null,
    rescue_until: null,
    links_made: n % 4,
    thumbnail_url: null,
    removed_at: null,
    deleted_at: null,
    removable: false,
    kept: false,
    deleted_on: null,
    notes: "",
    tags: [],
    clip: null,
  };
  return { ...blank, ...more };
}

const CLASSES: [string, string][] = [
  ["Karate fundamentals", "R. Alves"],
  ["Judo open mat", "K. Mori"],
  ["Belt exam — shodan", "M. Ito"],
  ["Evening sparring", "R. Alves"],
  ["Aikido — ukemi", "M. Ito"],
  ["Kids class", "R. Alves"],
];

function past(count: number, now: number): RecordingDto[] {
  return Array.from({ length: count }, (_, i) => {
    const [title, instructor] = CLASSES[i % CLASSES.length] ?? ["Class", ""];
    const at = now - (i + 0.2) * 0.7 * DAY - 2 * 60 * MINUTE;
    return recording(100 + i, at, { title, instructor, duration_seconds: 3000 + ((i * 137) % 4200) });
  });
}

/** The candidates for an attachment, in the words of the core. */
export function candidatesFor(sessionId: string, now: number): CandidateDto[] {
  const video = sessionId.replaceAll("-", "").slice(0, 31);
  return [
    {
      kind: "cloud_recording",
      id: "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c",
      name: "Evening sparring · HJ-7KQ2M4XA",
      made_at: iso(now - 2 * DAY),
      duration_seconds: 3540,
      size_bytes: 480_000_000,
      same_room: true,
      reason: "Made in this session’s room; starts 3 minutes after the class began.",
    },
    {
      kind: "video",
      id: `${video}1`,
      name: "sparring (phone).mp4",
      made_at: iso(now - 2 * DAY + 3 * 60 * MINUTE),
      duration_seconds: 1810,
      size_bytes: 212_000_000,
      same_room: false,
      reason: "Came to Stream 2 hours after the class; its name is like the title of the class.",
    },
    {
      kind: "video",
      id: `${video}2`,
      name: null,
      made_at: iso(now - DAY),
      duration_seconds: null,
      size_bytes: null,
      same_room: false,
      reason: "Came to Stream 23 hours after the class.",
    },
  ];
}

/** Two of the core's causes of failure. */
export const CAUSES: CauseDto[] = [
  {
    code: "cloud_errored",
    sentence: "Cloudflare’s recorder stopped with an error and gave no reason.",
    next: "It happens when less than five seconds were recorded or the storage settings are wrong; check those.",
    retryable: false,
    tries_again: null,
  },
  {
    code: "storage_full",
    sentence: "Stream’s storage is full.",
    next: "Free storage in Stream or raise the limit, then retry.",
    retryable: true,
    tries_again: "every 15 minutes for an hour, then every hour",
  },
];

export const GUESS: GuessDto = {
  seen: "it ended less than five seconds after it began",
  sentence: "Probably it ran for too short a time: RealtimeKit makes no file of less than five seconds.",
};

export const offlineError: UserError = {
  code: "offline",
  message: "Cloudflare cannot be reached from this computer.",
  next: "Check the network. Hajime tries again by itself, and nothing that is recorded is lost.",
};

function blankStore(now: number): Store {
  return {
    desk: {
      local_error: null,
      without_locks: false,
      mode: "sandbox",
      role: "admin",
      may: permissionsOf("admin"),
      account_id: "00000000000000000000000000005a9d",
      app_name: "Sandbox",
      keyring: { available: true, message: null },
      signing: "local_key",
      last_sync: iso(now - 4000),
      next_check: iso(now + 26_000),
      sync_error: null,
      stopped_job: null,
      invites_local_only: true,
      recordings_total: 0,
      alerts_open: 0,
      live_count: 0,
      version: "0.1.0",
      data_dir: "/home/you/.local/share/org.hajime.desktop",
      credentials_from: "sandbox",
      credentials_notes: [],
      saved_account: null,
      locale: null,
      storage_share: null,
    },
    sessions: [],
    live: [],
    recordings: [],
    links: [],
    rehearsal: {
      speed: 1,
      faults: 0,
      scenarios: [
        {
          name: "network-drops",
          title: "The network drops for two minutes",
          description: "For two minutes every call to Cloudflare breaks off. People in the room do not notice.",
          active: false,
        },
        {
          name: "storage-full",
          title: "The video storage is full",
          description: "Stream accepts no more video until there is room again.",
          active: false,
        },
      ],
    },
    joinPage: notPublished,
    door: noDoor,
    apps: oneApp,
    settings: { ...DEFAULT_SETTINGS, default_quality: "1080p", instructor: "R. Alves" },
  };
}

function liveClass(now: number, more: Partial<LiveDto> = {}, about: Partial<SessionDto> = {}): LiveDto {
  const began = now - 42 * MINUTE - 17_000;
  const open = session(1, began, { status: "live", room_id: "bbb1", started_at: iso(began), ...about });
  const captured = recording(1, began, {
    session_id: open.id,
    title: open.title,
    status: "RECORDING",
    stage: "recording",
    stage_since: iso(began + 9000),
    sentence: "Recording.",
    step: 0,
    duration_seconds: null,
    size_bytes: null,
    video_id: null,
    links_made: 0,
  });
  return {
    session: { ...open, recording_id: captured.id },
    people: 23,
    people_checked_at: iso(now - 6000),
    invites_made: 24,
    proof: "recording",
    proof_since: iso(began + 9000),
    proof_sentence: "Cloudflare confirmed 6 s ago that this session is being recorded.",
    recording: captured,
    ...liveFacts(now, Date.parse(open.end)),
    error: null,
    ...more,
  };
}

const DELETED = "The video was deleted from Stream.";

/** A daily backup that was made at this time, in milliseconds since 1970. */
export function copyAt(at: number): CopyDto {
  const made_at = iso(at);
  const name = `hajime-${made_at.slice(0, 19).replaceAll(":", ".")}Z-daily.db`;
  return { name, made_at, reason: "daily", bytes: 1_240_000 };
}

/** One backup for each of the last days, the newest first. */
export function copiesAt(days: number, now: number): CopyDto[] {
  return Array.from({ length: days }, (_, i) => copyAt(now - (5 + 24 * i) * 60 * MINUTE));
}

/** The data with which a scenario begins. */
export function storeFor(scenario: Scenario, now: number): Store {
  const store = blankStore(now);
  if (scenario === "empty") return store;

  store.live = scenario === "many" ? [] : [liveClass(now)];
  store.sessions = [
    ...store.live.map((live) => live.session),
    session(2, now + 48 * MINUTE, { title: "Aikido — ukemi", instructor: "M. Ito", quality: "720p" }),
    session(3, now + 15 * 60 * MINUTE, { title: "Kids class", record: false, max_participants: 20 }),
    session(4, now + 3 * DAY, { title: "Judo open mat", instructor: "K. Mori", timezone: "Asia/Tokyo" }),
  ];
  const encoding = atStage(
    recording(2, now - 118 * MINUTE, { title: "Judo open mat", instructor: "K. Mori", size_bytes: null }),
    "importing",
    "Stream is encoding, 62 %.",
    now - 90_000,
  );
  store.recordings = [{ ...encoding, progress: 62 }, ...past(scenario === "many" ? 1283 : 9, now)];

  if (scenario === "failures") {
    const cause = {
      code: "storage_full",
      sentence: "Stream has no storage left, so it refused the video.",
      next: "Buy more minutes or delete videos in the Cloudflare dashboard, then retry.",
      retryable: true,
      tries_again: "every 15 minutes for an hour, then every hour",
    };
    store.recordings.unshift(
      {
        ...atStage(recording(3, now - 2 * DAY, { title: "Evening sparring" }), "failed", cause.sentence, now),
        cause,
        next_check: iso(now + 12 * MINUTE),
        size_bytes: null,
        rescue_until: iso(now + 5 * DAY),
      },
      {
        ...atStage(recording(4, now - 9 * DAY, { title: "Belt exam" }), "failed", "The file is gone.", now),
        links_made: 2,
        removable: true,
        cause: {
          code: "file_expired",
          sentence: "RealtimeKit deleted its copy after 7 days, before Stream had it.",
          next: "This recording cannot be brought back.",
          retryable: false,
          tries_again: null,
        },
      },
      {
        ...atStage(recording(5, now - 3 * DAY, { title: "مبادئ الكاراتيه للأطفال" }), "failed", DELETED, now - DAY),
        deleted_at: iso(now - DAY),
        removable: true,
        cause: {
          code: "video_missing",
          sentence: DELETED,
          next: "Take it off the list, import it again while Cloudflare keeps the recorded file, or attach another video.",
          retryable: true,
          tries_again: null,
        },
      },
    );
    store.live = [
      liveClass(now, {
        people: 9,
        proof: "alarm",
        proof_sentence: "Nine people have been in the room for 2 min and Cloudflare is not recording.",
        error: {
          code: "cloud_refused",
          message: "Cloudflare refused to start the recording.",
          next: "Press Record again.",
        },
      }),
    ];
    const long = "Summer seminar with guests from four dojos: kihon, kata, bunkai and a very long evening of kumite";
    store.sessions.push(
      session(5, now + 2 * MINUTE, { title: "Kobudo", status: "starting" }),
      session(6, now + DAY, { title: long, instructor: "Bartholomew Featherstonehaugh-Cholmondeley" }),
    );
  }
  if (scenario === "backlog") {
    const cause = CAUSES[1] ?? null;
    const waiting = Array.from({ length: 289 }, (_, n) =>
      atStage(recording(5000 + n, now - n * MINUTE), "uploaded", "The file is saved; Stream gets it next", now),
    );
    const failed = Array.from({ length: 6 }, (_, n) => ({
      ...atStage(recording(6000 + n, now - n * DAY), "failed", "Stream’s storage is full.", now),
      cause,
      next_check: iso(now + 12 * MINUTE),
      rescue_until: iso(now + (n + 1) * DAY),
    }));
    const over = session(7, now - 90 * MINUTE, {
      title: "Judo open mat",
      status: "ended",
      started_at: iso(now - 30 * MINUTE),
      ended_at: iso(now - 26 * MINUTE),
      can_start_again: true,
    });
    const later = Array.from({ length: 30 }, (_, n) =>
      session(100 + n, now + (n + 5) * 60 * MINUTE, { title: `Class ${n}` }),
    );
    store.recordings.unshift(...waiting, ...failed);
    store.sessions.push(over, ...later);
    store.live = [];
    store.sessions = store.sessions.filter((row) => row.status !== "live");
  }
  if (scenario === "apps") {
    store.apps = severalApps;
    const sync_error: UserError = {
      code: "app_not_chosen",
      message: "The account has several RealtimeKit apps, and none is chosen: “Dojo”, “Harbour Dojo classes”, “test”.",
      next: "Choose the app in Settings (in a terminal: hajime-cli app choose).",
    };
    store.desk = { ...store.desk, mode: "cloud", credentials_from: "keyring", app_name: null, sync_error };
  }
  if (scenario === "door") {
    const { version } = store.desk;
    store.joinPage = pageAt("https://hajime-join.harbour.workers.dev/", version, iso(now - 90 * MINUTE));
    store.door = openDoor(now, version);
    store.desk = { ...store.desk, invites_local_only: false };
    store.settings = { ...store.settings, join_page_url: store.joinPage.address };
  }
  if (scenario === "offline") {
    store.desk = { ...store.desk, sync_error: offlineError, last_sync: iso(now - 11 * MINUTE) };
    store.live = [liveClass(now, { people: null, error: offlineError })];
  }
  store.links = store.recordings
    .filter((row) => row.status === "READY")
    .slice(0, 6)
    .map((row, i) => ({
      id: fakeId(3, i),
      recording_id: row.id,
      recording_title: row.title,
      video_id: row.video_id ?? "",
      kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
      created_at: iso(now - i * 9 * 60 * MINUTE - 5 * MINUTE),
      expires_at: iso(now - i * 9 * 60 * MINUTE + 24 * 60 * MINUTE),
      download: i % 3 === 1,
    }));
  return store;
}

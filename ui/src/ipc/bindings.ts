// Generated from the shell’s commands by `cargo xtask bindings`. Do not edit.

/** Why something was not done. */
export type ErrorCode = "certain_sites" | "clipboard" | "cloud_refused" | "cloud_unreadable" | "conflict" | "credentials" | "database" | "database_damaged" | "database_lost" | "disk_full" | "file" | "file_refused" | "internal" | "invalid_input" | "keyring" | "keyring_failed" | "keyring_locked" | "keyring_missing" | "keyring_waiting" | "lock" | "no_file" | "not_a_copy" | "not_a_video" | "not_confirmed" | "not_found" | "not_live" | "not_ready" | "offline" | "permission" | "rate_limited" | "read_only" | "room_full" | "storage_full" | "timeout" | "token_missing" | "too_early" | "too_slow" | "untrusted_address";

export type AppDto = { id: string, name: string, };

export type AttachForm = { kind: AttachKind | null, id: string, };

export type AttachKind = "video" | "cloud_recording";

export type AttachedDto = { recording: RecordingDto, 
/**
 * Whether it was attached before.
 */
already: boolean, };

export type BackupsDto = { 
/**
 * The folder they are in.
 */
folder: string, copies: Array<CopyDto>, 
/**
 * The newest one that is whole.
 */
newest_whole: string | null, 
/**
 * Why the last one was not made.
 */
problem: UserError | null, };

export type CandidateDto = { kind: AttachKind, id: string, name: string | null, made_at: string, duration_seconds: number | null, size_bytes: number | null, same_room: boolean, reason: string, };

export type CauseDto = { code: string, sentence: string, next: string, retryable: boolean, 
/**
 * When it is tried again by itself, in words that follow “tries again”; `null` for never.
 */
tries_again: string | null, };

export type ChangedDto = { topics: Array<Topic>, };

export type CheckDto = { id: "token" | "realtime" | "stream" | "app" | "presets" | "clock", state: CheckState, label: string, message: string, next: string | null, };

export type CheckState = "passed" | "failed" | "skipped";

export type CloseQuestionDto = { title: string, description: string, };

export type ConnectForm = { account_id: string, api_token: string, app_id: string | null, };

export type ConnectReportDto = { checks: Array<CheckDto>, can_save: boolean, apps: Array<AppDto>, keyring: KeyringDto, 
/**
 * Where the token was sent, if not to Cloudflare itself.
 */
address: string | null, };

export type ContentsDto = { sessions: number, recordings: number, links: number, changed_at: string | null, };

export type CopyDto = { name: string, made_at: string, reason: CopyReason, bytes: number, };

export type CopyReason = "daily" | "by_hand" | "before_update" | "before_restore";

export type CoverageDto = { 
/**
 * Whether more of the video is missing than is normal.
 */
short: boolean, 
/**
 * Whether recording began later than is normal.
 */
late: boolean, 
/**
 * Whether the class went on for longer than is normal since the recording before this one.
 */
interrupted: boolean, 
/**
 * What can be said of it, one sentence for each gap; a single one when nothing is missing.
 */
sentences: Array<string>, began: string, ended: string, paused_seconds: number, expected_seconds: number, length_seconds: number, missing_seconds: number, begun_late_seconds: number, hole_seconds: number, 
/**
 * Until when RealtimeKit keeps its file.
 */
file_kept_until: string | null, };

export type CredentialsFrom = "keyring" | "environment" | "file" | "memory" | "sandbox";

export type DeskDto = { mode: Mode, account_id: string, app_name: string | null, keyring: KeyringDto, signing: Signing, last_sync: string | null, next_check: string | null, sync_error: UserError | null, 
/**
 * What keeps Hajime from working on the data on this computer.
 */
local_error: UserError | null, 
/**
 * Whether the disk has no locks, so that only one Hajime at a time may work on the data.
 */
without_locks: boolean, 
/**
 * The background job that stopped unexpectedly last; it was begun again.
 */
stopped_job: UserError | null, invites_local_only: boolean, recordings_total: number, live_count: number, version: string, data_dir: string, credentials_from: CredentialsFrom, 
/**
 * Notes on credentials that were found and not used.
 */
credentials_notes: Array<string>, 
/**
 * The connected account, while this is the sandbox.
 */
saved_account: string | null, 
/**
 * The system's locale as a BCP 47 tag, for example `de-DE`; `null` where it names none.
 */
locale: string | null, };

export type EndedDto = { session: SessionDto, already_ended: boolean, 
/**
 * What became of its latest recording; `null` when there is none.
 */
recording: PublicStatus | null, 
/**
 * What is still in the way; ending goes on by itself.
 */
waits_for: UserError | null, };

export type ErrorDto = UserError;

export type EvidenceDto = { text: string, copied: boolean, };

export type ExpectedDto = { 
/**
 * As likely before as after.
 */
likely: string, 
/**
 * Nine times in ten before this.
 */
latest: string, };

export type FailureGroupDto = { cause: CauseDto, count: number, 
/**
 * For how many of them trying again may help.
 */
retryable: number, 
/**
 * The titles of the newest of them.
 */
titles: Array<string>, 
/**
 * The newest recording.
 */
recording_id: string | null, 
/**
 * When the first of them is tried again by itself.
 */
next_try: string | null, 
/**
 * When Cloudflare deletes the first file of them.
 */
rescue_until: string | null, };

export type FailuresDto = { causes: Array<CauseDto>, guesses: Array<GuessDto>, };

export type FaultCalls = "all" | "changes" | "rooms" | "recordings" | "videos";

export type FaultForm = { kind: FaultKind, calls: FaultCalls, 
/**
 * This many calls; all of them when not given.
 */
count: number | null, 
/**
 * In percent.
 */
probability: number, 
/**
 * Decides which calls it hits; the same number decides the same.
 */
seed: number, };

export type FaultKind = "reset" | "drop_reply" | "server_error" | "error_page" | "empty_reply" | "half_reply" | "slow_reply" | "rate_limited";

export type FieldError = { 
/**
 * The field's name, as the command's input spells it.
 */
field: string, 
/**
 * A sentence naming the thing that is wrong.
 */
message: string, 
/**
 * What to do about it.
 */
next: string, };

export type GuessDto = { seen: string, sentence: string, };

export type InviteDto = { made: number, max: number, copied: boolean, local_only: boolean, };

export type JobDto = { 
/**
 * The stable name.
 */
name: string, 
/**
 * The name that people read.
 */
title: string, 
/**
 * The start of the last run; `null` before the first.
 */
last_run: string | null, 
/**
 * When it runs next; `null` while it runs.
 */
next_run: string | null, 
/**
 * The error of the last run that failed, until a run succeeds.
 */
last_error: JobErrorDto | null, failures_in_a_row: number, };

export type JobErrorDto = { code: string, message: string, next: string, };

export type KeyringDto = { available: boolean, message: string | null, };

export type LinkDto = { id: string, recording_id: string, recording_title: string, video_id: string, kid: string | null, created_at: string, expires_at: string, download: boolean, };

export type LinkFileDto = { "state": "preparing", percent: number | null, } | { "state": "ready", url: string, copied: boolean, } | { "state": "unavailable", reason: UserError, };

export type LiveDto = { session: SessionDto, people: number | null, people_checked_at: string | null, invites_made: number, proof: ProofState, proof_since: string | null, proof_sentence: string, recording: RecordingDto | null, error: UserError | null, };

export type LostDto = { sessions: number, titles: Array<string>, changed_sessions: number, recordings: number, links: number, };

export type MadeLinkDto = { link: LinkDto, url: string, copied: boolean, 
/**
 * Whether Cloudflare’s player was seen playing it for everybody who has it.
 */
verified: boolean, 
/**
 * Why not, and what to do about it.
 */
doubt: UserError | null, 
/**
 * The file, if downloading was asked for.
 */
file: LinkFileDto | null, };

export type Mode = "sandbox" | "cloud";

export type Moment = string;

export type PlaybackDto = { hls_url: string, poster_url: string | null, expires_at: string, };

export type ProofState = "not_recorded" | "waiting_for_people" | "starting" | "recording" | "paused" | "stopped" | "alarm";

export type PublicStatus = "RECORDING" | "PROCESSING" | "READY" | "FAILED";

export type Quality = "1080p" | "720p" | "480p";

export type RecordingDetailDto = { recording: RecordingDto, 
/**
 * What probably lies behind a failure that Cloudflare gives no reason for.
 */
likely_reason: string | null, events: Array<RecordingEventDto>, links: Array<LinkDto>, 
/**
 * Whether the whole class is in the video; known only of what was recorded from here and can be watched.
 */
coverage: CoverageDto | null, };

export type RecordingDto = { id: string, session_id: string, title: string, instructor: string, status: PublicStatus, stage: Stage, stage_since: string, sentence: string, step: number, progress: number | null, cause: CauseDto | null, recorded_at: string, duration_seconds: number | null, size_bytes: number | null, quality: Quality, timezone: string, video_id: string | null, last_check: string | null, next_check: string | null, expected: ExpectedDto | null, rescue_until: string | null, links_made: number, thumbnail_url: string | null, 
/**
 * When somebody took it off the list.
 */
removed_at: string | null, 
/**
 * When it was noticed that its video was deleted from Stream.
 */
deleted_at: string | null, 
/**
 * Whether it may be taken off the list.
 */
removable: boolean, };

export type RecordingEventDto = { at: string, from: Stage | null, to: Stage, note: string, };

export type RecordingFilter = "all" | "ready" | "processing" | "failed" | "deleted";

export type RecordingsCounts = { all: number, ready: number, processing: number, failed: number, deleted: number, };

export type RecordingsPage = { rows: Array<RecordingDto>, total: number, counts: RecordingsCounts, 
/**
 * How many may be taken off the list, whatever is searched for.
 */
missing: number, };

export type RecordingsQuery = { search: string, filter: RecordingFilter, limit: number, offset: number, };

export type RehearsalDto = { scenarios: Array<ScenarioDto>, 
/**
 * How many times real time its time runs.
 */
speed: number, 
/**
 * How many faults of calls are set.
 */
faults: number, };

export type RestorePreviewDto = { copy: CopyDto, holds: ContentsDto, 
/**
 * `null` while the database cannot be read.
 */
now: ContentsDto | null, lost: LostDto | null, };

export type RestoredDto = { 
/**
 * Where what was there is kept.
 */
kept: string | null, };

export type RetriedAllDto = { retried: number, refused: number, };

export type SavedDto = { path: string, bytes: number, };

export type ScenarioDto = { name: string, title: string, description: string, 
/**
 * Whether it was begun and nothing has been put in order since.
 */
active: boolean, };

export type SessionDraft = { title: string, instructor: string, start_local: string, timezone: string, duration_minutes: number, record: boolean, quality: Quality, max_participants: number, };

export type SessionDto = { id: string, title: string, instructor: string, start: string, end: string, duration_minutes: number, timezone: string, record: boolean, quality: Quality, max_participants: number, status: SessionStatus, room_id: string | null, started_at: string | null, ended_at: string | null, recording_id: string | null, 
/**
 * Whether it ended a short while ago with nothing recorded, so that it can go on.
 */
can_start_again: boolean, };

export type SessionStatus = "scheduled" | "starting" | "live" | "ending" | "ended" | "cancelled";

export type SettingsDto = { default_quality: Quality, default_duration_minutes: number, default_max_participants: number, default_record: boolean, instructor: string, join_page_url: string | null, };

export type Signing = "local_key" | "token_endpoint";

export type Stage = "requested" | "recording" | "paused" | "stopping" | "uploading" | "uploaded" | "importing" | "playable" | "ready" | "failed";

export type StartedDto = { session: SessionDto, already_live: boolean, opened: boolean, };

export type SyncReportDto = { 
/**
 * Recordings that other desks made.
 */
found: number, 
/**
 * Recordings that were brought up to date.
 */
updated: number, 
/**
 * Recordings whose video is gone.
 */
missing: number, 
/**
 * Classes of other desks that are on.
 */
opened: number, 
/**
 * Classes that other desks ended.
 */
closed: number, 
/**
 * Entries at Cloudflare that could not be read as a whole.
 */
odd: number, 
/**
 * The first of all that could not be read since the start, in words.
 */
odd_entries: Array<string>, };

export type TodayDto = { failures: Array<FailureGroupDto>, on_its_way: Array<RecordingDto>, on_its_way_total: number, ready: Array<RecordingDto>, ready_total: number, 
/**
 * Classes that ended a short while ago without the recording that was planned.
 */
unrecorded: Array<SessionDto>, };

export type Topic = "desk" | "sessions" | "recordings" | "links";

export type UserError = { 
/**
 * A stable word.
 */
code: ErrorCode, 
/**
 * A sentence that names the thing.
 */
message: string, 
/**
 * What to do next.
 */
next: string, 
/**
 * The fields of the form that have to be corrected; absent where no field is to blame.
 */
fields?: Array<FieldError>, };

/** The core’s limits. Text is counted in characters. */
export const LIMITS = {"early_start_minutes":60,"instructor":80,"length_minutes":1440,"link_hours":24,"participants":1000,"start_grace_minutes":5,"start_horizon_minutes":2635200,"title":120} as const;

/** The recording qualities, best first. */
export const QUALITIES = ["1080p","720p","480p"] as const satisfies readonly Quality[];

/** The settings of an account that never saved any. */
export const DEFAULT_SETTINGS: SettingsDto = {"default_quality":"720p","default_duration_minutes":60,"default_max_participants":50,"default_record":true,"instructor":"","join_page_url":null};

/** Every command: what it is given, and what it answers. */
export type Commands = {
  sessions_list: { args: { from: Moment | null, to: Moment | null }, result: Array<SessionDto> },
  session_create: { args: { input: SessionDraft }, result: SessionDto },
  session_edit: { args: { id: string, input: SessionDraft }, result: SessionDto },
  session_cancel: { args: { id: string }, result: SessionDto },
  session_restore: { args: { id: string }, result: SessionDto },
  session_invite: { args: { id: string }, result: InviteDto },
  session_start: { args: { id: string, early: boolean }, result: StartedDto },
  session_start_again: { args: { id: string }, result: StartedDto },
  session_rejoin: { args: { id: string }, result: StartedDto },
  session_end: { args: { id: string }, result: EndedDto },
  live_list: { args: Record<string, never>, result: Array<LiveDto> },
  recording_pause: { args: { sessionId: string }, result: LiveDto },
  recording_resume: { args: { sessionId: string }, result: LiveDto },
  sync_now: { args: Record<string, never>, result: SyncReportDto },
  recordings_list: { args: { query: RecordingsQuery }, result: RecordingsPage },
  recording_get: { args: { id: string }, result: RecordingDetailDto },
  recording_retry: { args: { id: string }, result: RecordingDto },
  recording_play: { args: { id: string }, result: PlaybackDto },
  recording_play_trouble: { args: { id: string }, result: ErrorDto | null },
  recording_save: { args: { id: string }, result: SavedDto },
  recordings_missing: { args: Record<string, never>, result: Array<RecordingDto> },
  recordings_remove: { args: { ids: Array<string> }, result: Array<RecordingDto> },
  recordings_restore: { args: { ids: Array<string> }, result: Array<RecordingDto> },
  attach_candidates: { args: { sessionId: string }, result: Array<CandidateDto> },
  attach: { args: { sessionId: string, form: AttachForm, recordingId: string | null }, result: AttachedDto },
  failures_list: { args: Record<string, never>, result: FailuresDto },
  recording_evidence: { args: { id: string }, result: EvidenceDto },
  today: { args: Record<string, never>, result: TodayDto },
  failures_retry: { args: { cause: string }, result: RetriedAllDto },
  link_make: { args: { recordingId: string, hours: number, download: boolean }, result: MadeLinkDto },
  link_file: { args: { linkId: string, copy: boolean }, result: LinkFileDto },
  links_list: { args: Record<string, never>, result: Array<LinkDto> },
  desk_status: { args: Record<string, never>, result: DeskDto },
  connect_verify: { args: { form: ConnectForm }, result: ConnectReportDto },
  connect_save: { args: { form: ConnectForm }, result: DeskDto },
  connect_forget: { args: Record<string, never>, result: DeskDto },
  account_open: { args: Record<string, never>, result: DeskDto },
  desk_retry: { args: Record<string, never>, result: DeskDto },
  account_saved: { args: Record<string, never>, result: string | null },
  sandbox_open: { args: Record<string, never>, result: DeskDto },
  backups_list: { args: Record<string, never>, result: BackupsDto },
  backup_make: { args: Record<string, never>, result: CopyDto },
  backup_save: { args: Record<string, never>, result: SavedDto },
  export_save: { args: Record<string, never>, result: SavedDto },
  backup_preview: { args: { name: string }, result: RestorePreviewDto },
  backup_restore: { args: { name: string }, result: RestoredDto },
  database_begin_anew: { args: Record<string, never>, result: RestoredDto },
  jobs_list: { args: Record<string, never>, result: Array<JobDto> },
  settings_get: { args: Record<string, never>, result: SettingsDto },
  settings_save: { args: { input: SettingsDto }, result: SettingsDto },
  rehearsal_get: { args: Record<string, never>, result: RehearsalDto },
  rehearsal_begin: { args: { name: string }, result: RehearsalDto },
  rehearsal_speed: { args: { factor: number }, result: RehearsalDto },
  rehearsal_fault: { args: { form: FaultForm }, result: RehearsalDto },
  rehearsal_calm: { args: Record<string, never>, result: RehearsalDto },
  window_zoom: { args: { percent: number }, result: null },
  close_asked: { args: Record<string, never>, result: null },
  close_anyway: { args: Record<string, never>, result: null },
};

/** The topics that each command changes. */
export const CHANGES: { readonly [C in keyof Commands]: readonly Topic[] } = {
  sessions_list: [],
  session_create: ["sessions"],
  session_edit: ["sessions"],
  session_cancel: ["sessions"],
  session_restore: ["sessions"],
  session_invite: ["sessions"],
  session_start: ["sessions","recordings"],
  session_start_again: ["sessions","recordings"],
  session_rejoin: ["sessions"],
  session_end: ["sessions","recordings","desk"],
  live_list: [],
  recording_pause: ["sessions","recordings"],
  recording_resume: ["sessions","recordings"],
  sync_now: ["desk","sessions","recordings"],
  recordings_list: [],
  recording_get: [],
  recording_retry: ["recordings"],
  recording_play: [],
  recording_play_trouble: [],
  recording_save: [],
  recordings_missing: [],
  recordings_remove: ["recordings"],
  recordings_restore: ["recordings"],
  attach_candidates: [],
  attach: ["recordings","sessions"],
  failures_list: [],
  recording_evidence: [],
  today: [],
  failures_retry: ["recordings"],
  link_make: ["links","recordings"],
  link_file: [],
  links_list: [],
  desk_status: [],
  connect_verify: [],
  connect_save: ["desk","sessions","recordings","links"],
  connect_forget: ["desk","sessions","recordings","links"],
  account_open: ["desk","sessions","recordings","links"],
  desk_retry: ["desk","sessions","recordings","links"],
  account_saved: [],
  sandbox_open: ["desk","sessions","recordings","links"],
  backups_list: [],
  backup_make: [],
  backup_save: [],
  export_save: [],
  backup_preview: [],
  backup_restore: ["desk","sessions","recordings","links"],
  database_begin_anew: ["desk","sessions","recordings","links"],
  jobs_list: [],
  settings_get: [],
  settings_save: ["desk"],
  rehearsal_get: [],
  rehearsal_begin: [],
  rehearsal_speed: [],
  rehearsal_fault: [],
  rehearsal_calm: [],
  window_zoom: [],
  close_asked: [],
  close_anyway: [],
};

/** The payload of each event that the page hears. */
export type Events = {
  changed: ChangedDto,
  close_asked: CloseQuestionDto,
  notice: UserError,
  open_recording: string,
  open_today: null,
};

/** Sends a command to the shell. */
export type Call = <C extends keyof Commands>(command: C, args: Commands[C]["args"]) => Promise<Commands[C]["result"]>;

/** One function for each command. */
export const createApi = (call: Call) => ({
  /** Sessions overlapping a span, by start. An open end is unlimited. */
  sessionsList: (from: Moment | null, to: Moment | null) => call("sessions_list", { from, to }),
  sessionCreate: (input: SessionDraft) => call("session_create", { input }),
  sessionEdit: (id: string, input: SessionDraft) => call("session_edit", { id, input }),
  sessionCancel: (id: string) => call("session_cancel", { id }),
  /** Puts a cancelled session back on the schedule. */
  sessionRestore: (id: string) => call("session_restore", { id }),
  /** Makes an invitation for one person and copies its address. */
  sessionInvite: (id: string) => call("session_invite", { id }),
  /** Opens the room and lets the host in. `early` confirms a start long before the plan. */
  sessionStart: (id: string, early: boolean) => call("session_start", { id, early }),
  /** Goes on with a class that was ended by mistake. */
  sessionStartAgain: (id: string) => call("session_start_again", { id }),
  /** Lets the host in again. Starting a live session does the same. */
  sessionRejoin: (id: string) => call("session_rejoin", { id }),
  /** Stops recording, removes everybody and closes the room. */
  sessionEnd: (id: string) => call("session_end", { id }),
  liveList: () => call("live_list", {}),
  recordingPause: (sessionId: string) => call("recording_pause", { sessionId }),
  /** Resumes the recording of a live session, or starts another one where the last has stopped. */
  recordingResume: (sessionId: string) => call("recording_resume", { sessionId }),
  /** Compares the whole account with Cloudflare now. */
  syncNow: () => call("sync_now", {}),
  recordingsList: (query: RecordingsQuery) => call("recordings_list", { query }),
  recordingGet: (id: string) => call("recording_get", { id }),
  /** Tries a failed recording again from where it failed. */
  recordingRetry: (id: string) => call("recording_retry", { id }),
  /** Addresses that play a recording in the window for some hours. */
  recordingPlay: (id: string) => call("recording_play", { id }),
  /** The reason why a recording that is ready does not play; `null` when none is known. */
  recordingPlayTrouble: (id: string) => call("recording_play_trouble", { id }),
  /** Saves the recording's file in the folder for downloads. An attempt that broke off is continued. */
  recordingSave: (id: string) => call("recording_save", { id }),
  /** The recordings that may be removed from the list, because they are missing at Cloudflare. */
  recordingsMissing: () => call("recordings_missing", {}),
  /** Removes recordings that are missing at Cloudflare from the list, all of them or none. */
  recordingsRemove: (ids: Array<string>) => call("recordings_remove", { ids }),
  /** Puts removed recordings back on the list. */
  recordingsRestore: (ids: Array<string>) => call("recordings_restore", { ids }),
  /** What lies at Cloudflare that may be the recording of a session, the likeliest first. */
  attachCandidates: (sessionId: string) => call("attach_candidates", { sessionId }),
  /** Makes a video or a RealtimeKit recording the recording of a session. A failed recording of the session takes it, the named one first. */
  attach: (sessionId: string, form: AttachForm, recordingId: string | null) => call("attach", { sessionId, form, recordingId }),
  /** Everything that can go wrong with a recording. */
  failuresList: () => call("failures_list", {}),
  /** Everything that is known of a recording and may be shown to anybody, as text. It is copied too. */
  recordingEvidence: (id: string) => call("recording_evidence", { id }),
  today: () => call("today", {}),
  /** Tries again everything of Today that failed for one cause. */
  failuresRetry: (cause: string) => call("failures_retry", { cause }),
  /** Makes a link to a recording, checks that it plays, and copies its address. */
  linkMake: (recordingId: string, hours: number, download: boolean) => call("link_make", { recordingId, hours, download }),
  /** The file of a link that was made with the right to download, as it stands now. */
  linkFile: (linkId: string, copy: boolean) => call("link_file", { linkId, copy }),
  /** Every link that was made, newest first. */
  linksList: () => call("links_list", {}),
  /** The state of the account that is open. */
  deskStatus: () => call("desk_status", {}),
  /** Checks a connection before it is saved. Changes nothing. */
  connectVerify: (form: ConnectForm) => call("connect_verify", { form }),
  connectSave: (form: ConnectForm) => call("connect_save", { form }),
  connectForget: () => call("connect_forget", {}),
  /** Opens the account that was given or connected, also in the place of the sandbox. */
  accountOpen: () => call("account_open", {}),
  /** Tries again to open what did not open at the start. */
  deskRetry: () => call("desk_retry", {}),
  /** The id of the connected account, also while its token cannot be had. */
  accountSaved: () => call("account_saved", {}),
  /** Opens the sandbox for this run. */
  sandboxOpen: () => call("sandbox_open", {}),
  /** Every copy of the database, newest first. */
  backupsList: () => call("backups_list", {}),
  backupMake: () => call("backup_make", {}),
  /** Saves a copy where downloads go, for another disk or another computer. */
  backupSave: () => call("backup_save", {}),
  /** Writes schedule, recordings and ledger where downloads go, for other programs. */
  exportSave: () => call("export_save", {}),
  /** What restoring a copy would bring and take. */
  backupPreview: (name: string) => call("backup_preview", { name }),
  /** Puts a copy in the place of the database. The database that was there is kept. */
  backupRestore: (name: string) => call("backup_restore", { name }),
  /** Begins with an empty database where the old one is lost or damaged. */
  databaseBeginAnew: () => call("database_begin_anew", {}),
  /** The background jobs, in the order in which they run. */
  jobsList: () => call("jobs_list", {}),
  settingsGet: () => call("settings_get", {}),
  /** Keeps the settings. A new join page is confirmed in a dialog of the system first. */
  settingsSave: (input: SettingsDto) => call("settings_save", { input }),
  rehearsalGet: () => call("rehearsal_get", {}),
  rehearsalBegin: (name: string) => call("rehearsal_begin", { name }),
  rehearsalSpeed: (factor: number) => call("rehearsal_speed", { factor }),
  rehearsalFault: (form: FaultForm) => call("rehearsal_fault", { form }),
  rehearsalCalm: () => call("rehearsal_calm", {}),
  /** Sets the size of everything in the window, in percent of its usual size. */
  windowZoom: (percent: number) => call("window_zoom", { percent }),
  /** The page shows the question before closing. */
  closeAsked: () => call("close_asked", {}),
  /** Closes the window although a class is live. */
  closeAnyway: () => call("close_anyway", {}),
});

// Generated from the shell’s types by `cargo xtask bindings`. Do not edit.

export type IpcError = { 
/**
 * A stable word.
 */
code: string, 
/**
 * A sentence that names the thing.
 */
message: string, 
/**
 * What to do next.
 */
next: string, };

export type Mode = "sandbox" | "cloud";

export type Signing = "local_key" | "token_endpoint";

export type CredentialsFrom = "keyring" | "environment" | "file" | "memory" | "sandbox";

export type KeyringDto = { available: boolean, message: string | null, };

export type DeskDto = { mode: Mode, account_id: string, app_name: string | null, keyring: KeyringDto, signing: Signing, last_sync: string | null, next_check: string | null, sync_error: IpcError | null, 
/**
 * What keeps Hajime from working on the data on this computer.
 */
local_error: IpcError | null, 
/**
 * Whether the disk has no locks, so that only one Hajime at a time may work on the data.
 */
without_locks: boolean, 
/**
 * The background job that stopped unexpectedly last; it was begun again.
 */
stopped_job: IpcError | null, invites_local_only: boolean, recordings_total: number, live_count: number, version: string, data_dir: string, credentials_from: CredentialsFrom, 
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

export type ComparedDto = { 
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
gone: number, 
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

export type SettingsDto = { default_quality: Quality, default_duration_minutes: number, default_max_participants: number, default_record: boolean, instructor: string, join_page_url: string | null, };

export type SessionStatus = "scheduled" | "starting" | "live" | "ending" | "ended" | "cancelled";

export type Quality = "1080p" | "720p" | "480p";

export type SessionDto = { id: string, title: string, instructor: string, start: string, end: string, duration_minutes: number, timezone: string, record: boolean, quality: Quality, max_participants: number, status: SessionStatus, room_id: string | null, started_at: string | null, ended_at: string | null, recording_id: string | null, 
/**
 * Whether it ended a short while ago with nothing recorded, so that it can go on.
 */
can_start_again: boolean, };

export type SessionDraft = { title: string, instructor: string, start_local: string, timezone: string, duration_minutes: number, record: boolean, quality: Quality, max_participants: number, };

export type ProofState = "not_recorded" | "waiting_for_people" | "starting" | "recording" | "paused" | "stopped" | "alarm";

export type LiveDto = { session: SessionDto, people: number | null, people_checked_at: string | null, invites_made: number, proof: ProofState, proof_since: string | null, proof_sentence: string, recording: RecordingDto | null, error: IpcError | null, };

export type StartedDto = { session: SessionDto, already_live: boolean, opened: boolean, };

export type EndedDto = { session: SessionDto, already_ended: boolean, 
/**
 * What became of its recording; `null` when there is none.
 */
recording: PublicStatus | null, 
/**
 * What is still in the way; the press stands, and ending goes on by itself.
 */
waits_for: IpcError | null, };

export type InviteDto = { made: number, max: number, copied: boolean, local_only: boolean, };

export type PublicStatus = "RECORDING" | "PROCESSING" | "READY" | "FAILED";

export type Stage = "requested" | "recording" | "paused" | "stopping" | "uploading" | "uploaded" | "importing" | "playable" | "ready" | "failed";

export type CauseDto = { code: string, sentence: string, next: string, retryable: boolean, 
/**
 * When it is tried again by itself, in words that follow “tries again”; `null` for never.
 */
tries_again: string | null, };

export type ExpectedDto = { 
/**
 * As likely before as after.
 */
likely: string, 
/**
 * Nine times in ten before this.
 */
latest: string, };

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

export type LinkDto = { id: string, recording_id: string, recording_title: string, video_id: string, kid: string | null, created_at: string, expires_at: string, download: boolean, };

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
interrupted: boolean, began: string, ended: string, paused_seconds: number, expected_seconds: number, length_seconds: number, missing_seconds: number, begun_late_seconds: number, hole_seconds: number, 
/**
 * Until when RealtimeKit keeps its file.
 */
file_kept_until: string | null, };

export type RecordingDetailDto = { recording: RecordingDto, 
/**
 * What probably lies behind a failure that Cloudflare gives no reason for.
 */
likely_reason: string | null, events: Array<RecordingEventDto>, links: Array<LinkDto>, 
/**
 * Whether the whole class is in the video; known only of what was recorded from here and can be watched.
 */
coverage: CoverageDto | null, };

export type RecordingFilter = "all" | "ready" | "processing" | "failed" | "deleted";

export type RecordingsQuery = { search: string, filter: RecordingFilter, limit: number, offset: number, };

export type RecordingsCounts = { all: number, ready: number, processing: number, failed: number, deleted: number, };

export type RecordingsPage = { rows: Array<RecordingDto>, total: number, counts: RecordingsCounts, 
/**
 * How many may be taken off the list, whatever is searched for.
 */
gone: number, };

export type LinkFileDto = { "state": "preparing", percent: number | null, } | { "state": "ready", url: string, copied: boolean, } | { "state": "unavailable", reason: IpcError, };

export type MadeLinkDto = { link: LinkDto, url: string, copied: boolean, 
/**
 * Whether Cloudflare’s player was seen playing it for everybody who has it.
 */
verified: boolean, 
/**
 * Why not, and what to do about it.
 */
doubt: IpcError | null, 
/**
 * The file, if downloading was asked for.
 */
file: LinkFileDto | null, };

export type SavedDto = { path: string, bytes: number, };

export type PlaybackDto = { hls_url: string, poster_url: string | null, expires_at: string, };

export type AttachKind = "video" | "cloud_recording";

export type CandidateDto = { kind: AttachKind, id: string, name: string | null, made_at: string, duration_seconds: number | null, size_bytes: number | null, same_room: boolean, reason: string, };

export type AttachForm = { kind: AttachKind | null, id: string, };

export type AttachedDto = { recording: RecordingDto, 
/**
 * Whether it was attached before.
 */
already: boolean, };

export type GuessDto = { seen: string, sentence: string, };

export type FailuresDto = { causes: Array<CauseDto>, guesses: Array<GuessDto>, };

export type EvidenceDto = { text: string, copied: boolean, };

export type ConnectForm = { account_id: string, api_token: string, app_id: string | null, };

export type CheckState = "passed" | "failed" | "skipped";

export type CheckDto = { id: "token" | "realtime" | "stream" | "app" | "presets" | "clock", state: CheckState, label: string, message: string, next: string | null, };

export type AppDto = { id: string, name: string, };

export type ConnectReportDto = { checks: Array<CheckDto>, can_save: boolean, apps: Array<AppDto>, keyring: KeyringDto, 
/**
 * Where the token was sent, if not to Cloudflare itself.
 */
address: string | null, };

export type ScenarioDto = { name: string, title: string, description: string, 
/**
 * Whether it was begun and nothing has been put in order since.
 */
active: boolean, };

export type RehearsalDto = { scenarios: Array<ScenarioDto>, 
/**
 * How many times real time its time runs.
 */
speed: number, 
/**
 * How many faults of calls are set.
 */
faults: number, };

export type FaultKind = "reset" | "drop_reply" | "server_error" | "error_page" | "empty_reply" | "half_reply" | "slow_reply" | "rate_limited";

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

export type CopyReason = "daily" | "by_hand" | "before_update" | "before_restore";

export type CopyDto = { name: string, made_at: string, reason: CopyReason, bytes: number, };

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
problem: IpcError | null, };

export type ContentsDto = { sessions: number, recordings: number, links: number, changed_at: string | null, };

export type LostDto = { sessions: number, titles: Array<string>, changed_sessions: number, recordings: number, links: number, };

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

export type FailureGroupDto = { cause: CauseDto, count: number, 
/**
 * For how many of them trying again may help.
 */
retryable: number, 
/**
 * The newest recordings' titles.
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
 * When the first file of them is deleted.
 */
rescue_until: string | null, };

export type TodayDto = { failures: Array<FailureGroupDto>, on_its_way: Array<RecordingDto>, on_its_way_total: number, ready: Array<RecordingDto>, ready_total: number, 
/**
 * Classes that ended a short while ago without the recording that was planned.
 */
unrecorded: Array<SessionDto>, };

export type RetriedAllDto = { retried: number, refused: number, };

export type CloseQuestionDto = { title: string, description: string, };

export type Topic = "desk" | "sessions" | "recordings" | "links";

export type ChangedDto = { topics: Array<Topic>, };

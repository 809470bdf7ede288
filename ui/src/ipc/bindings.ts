// Generated from the shell’s commands by `cargo xtask bindings`. Do not edit.

/** Why something was not done. */
export type ErrorCode = "app_not_chosen" | "certain_sites" | "clipboard" | "cloud_refused" | "cloud_unreadable" | "conflict" | "credentials" | "database" | "database_damaged" | "database_lost" | "disk_full" | "file" | "file_refused" | "internal" | "invalid_input" | "keyring" | "keyring_failed" | "keyring_locked" | "keyring_missing" | "keyring_waiting" | "ledger_doubtful" | "lock" | "no_file" | "not_a_copy" | "not_a_video" | "not_confirmed" | "not_found" | "not_live" | "not_ready" | "offline" | "passphrase" | "permission" | "rate_limited" | "read_only" | "role" | "room_full" | "storage_full" | "timeout" | "token_missing" | "too_early" | "too_slow" | "untrusted_address";

export type AbilityDto = { 
/**
 * `panel`, `notifications`, `global_keys`, `awake`, `clipboard` or `keyring`.
 */
name: string, works: boolean, message: string, 
/**
 * What a person can do about it.
 */
next: string | null, };

export type AffectedDto = { kind: AffectedKindDto, id: string, title: string, };

export type AffectedKindDto = "recording" | "session" | "job" | "channel" | "key" | "desk";

export type AlertChannelDto = "desktop" | "email" | "slack" | "webhook";

export type AlertDto = { id: string, 
/**
 * The id of its rule.
 */
rule: string, title: string, detail: string, 
/**
 * What to do.
 */
next: string, severity: SeverityDto, since: string, 
/**
 * When it ended; `null` while it is open.
 */
until: string | null, acknowledged_at: string | null, snoozed_until: string | null, told: Array<ToldDto>, 
/**
 * When it ends by itself, in words; `null` where it has ended.
 */
closes: string | null, 
/**
 * What it is about, twenty things at most.
 */
affected: Array<AffectedDto>, affected_total: number, 
/**
 * How many messages that follow from it were held back.
 */
held_back: number, 
/**
 * The name of the view where it is put right.
 */
go_to: string | null, };

export type AlertMetricDto = { name: string, label: string, 
/**
 * `percent`, `minutes`, `days`, or empty where there is no threshold.
 */
unit: string, default: number, lowest: number, highest: number, explanation: string, };

export type AlertRuleDto = { id: string, metric: string, 
/**
 * The rule as a sentence.
 */
name: string, 
/**
 * How it is counted, and which channels are not set up.
 */
explanation: string, 
/**
 * `percent`, `minutes`, `days`, or empty where there is no threshold.
 */
unit: string, threshold: number | null, closes_at: number | null, for_minutes: number, clears_after_minutes: number, channels: Array<RuleChannelDto>, repeat_minutes: number | null, is_on: boolean, 
/**
 * Whether a person added it.
 */
is_own: boolean, may_turn_off: boolean, 
/**
 * Whether it is told also in quiet hours.
 */
breaks_quiet: boolean, is_open: boolean, 
/**
 * When its alert last opened.
 */
last: string | null, };

export type AlertRuleInput = { id: string | null, metric: string, threshold: number | null, closes_at: number | null, for_minutes: number, clears_after_minutes: number, channels: Array<RuleChannelDto>, repeat_minutes: number | null, is_on: boolean, };

export type AlertsDto = { open: Array<AlertDto>, 
/**
 * Those of the last 30 days.
 */
closed: Array<AlertDto>, };

export type AppChoiceDto = "configuration" | "chosen" | "only_one";

export type AppDto = { id: string, 
/**
 * May be empty.
 */
name: string, created_at: string | null, };

export type AppInUseDto = { id: string, choice: AppChoiceDto, 
/**
 * Where the choice came from, in words.
 */
choice_sentence: string, 
/**
 * `null` if the account does not have the app.
 */
app: AppDto | null, 
/**
 * `null` if the account does not have the app.
 */
recording: AppRecordingDto | null, 
/**
 * `null` if the account does not have the app, or if the presets cannot be read.
 */
presets: PresetsDto | null, 
/**
 * Why the presets cannot be read.
 */
presets_error: UserError | null, };

export type AppRecordingDto = { 
/**
 * The quality of a new class.
 */
quality: string, width: number, height: number, max_seconds: number, 
/**
 * `null` if the recordings cannot be read.
 */
kept: KeepingDto | null, 
/**
 * What is known of the place, in words.
 */
kept_sentence: string, 
/**
 * When the recording that shows the place was made.
 */
kept_seen_at: string | null, };

export type AppliedDto = { changed: number, 
/**
 * The change, which can be undone at once; `null` if nothing changed.
 */
change: string | null, };

export type AppsDto = { apps: Array<AppDto>, 
/**
 * `null` while none is chosen.
 */
in_use: AppInUseDto | null, };

export type ArchivedDto = { 
/**
 * The name of the file that says what is known of it.
 */
name: string, 
/**
 * Its title; `null` if the file cannot be read.
 */
title: string | null, recorded_at: string | null, bytes: number | null, is_in_library: boolean, };

export type AttachForm = { kind: AttachKind | null, id: string, };

export type AttachKind = "video" | "cloud_recording";

export type AttachedDto = { recording: RecordingDto, 
/**
 * Whether it was already attached before this call.
 */
already: boolean, };

export type AttendeeDto = { 
/**
 * The name on the list, or else the one that they gave themselves; empty where there is none.
 */
name: string, role: PersonRole, 
/**
 * When they first joined; `null` where they were not seen.
 */
joined_at: string | null, 
/**
 * When they left for the last time.
 */
left_at: string | null, present_minutes: number, consent: Consent, };

export type AutoEnd = "off" | "when_empty" | "after_15" | "after_30";

export type AwakeState = "not_needed" | "kept" | "may_fall_asleep";

export type BackupsDto = { 
/**
 * The folder that holds the backups.
 */
folder: string, copies: Array<CopyDto>, 
/**
 * The name of the newest backup that can be restored; `null` if there is none.
 */
newest_whole: string | null, 
/**
 * Why the last backup could not be made; `null` if it was made.
 */
problem: UserError | null, };

export type BinDto = { recordings: Array<InBinDto>, 
/**
 * The minutes that Stream still counts.
 */
minutes: number, 
/**
 * When the last of them is deleted; `null` if one of them has no date.
 */
until: string | null, 
/**
 * How many links to them work.
 */
links: number, };

export type BucketDraft = { endpoint: string, region: string, bucket: string, prefix: string, access_key: string, };

export type BulkDto = { changed: number, unchanged: number, refused: Array<RefusedDto>, 
/**
 * The change, which can be undone at once; `null` if nothing changed.
 */
change: string | null, };

export type CalendarChangedHereDto = { title: string, start: string, reason: string, };

export type CalendarCheckDto = { 
/**
 * The name that the other program gave the calendar; empty without one.
 */
name: string, 
/**
 * The events that become classes or series.
 */
new: Array<CalendarItemDto>, 
/**
 * The events that change a class.
 */
changed: Array<CalendarItemDto>, 
/**
 * How many events are as they were.
 */
same: number, 
/**
 * The classes that their feed no longer has, which are cancelled.
 */
gone: Array<CalendarItemDto>, 
/**
 * The classes that were changed here and in the calendar, which stay as they are here.
 */
changed_here: Array<CalendarChangedHereDto>, 
/**
 * The events that no class is made of.
 */
refused: Array<CalendarRefusedDto>, 
/**
 * The days of a calendar of all-day events, which can be taken as holidays.
 */
holidays: Array<CalendarDaysDto>, 
/**
 * What comes in the way of the new and changed classes.
 */
conflicts: Array<CalendarConflictDto>, 
/**
 * How many events have times without a zone.
 */
floating: number, };

export type CalendarConflictDto = { title: string, start: string, message: string, };

export type CalendarCoveredDto = { "covered": "everything" } | { "covered": "session", session: string, } | { "covered": "span", from: Moment, to: Moment, };

export type CalendarDaysDto = { title: string, 
/**
 * The first day: `2026-12-24`.
 */
first: string, 
/**
 * The last day, which belongs to it.
 */
last: string, };

export type CalendarEntryDto = { session: SessionDto, 
/**
 * What clocks show at the start, in the zone of the person who looks: `2026-11-30T19:00`.
 */
start_local: string, 
/**
 * What clocks show at the end, in the same zone.
 */
end_local: string, 
/**
 * What clocks show at the start, in the zone of the session.
 */
own_local: string, };

export type CalendarFilesDto = { files: number, 
/**
 * The file, or the folder that holds several.
 */
path: string, };

export type CalendarImportDto = { done: CalendarCheckDto, 
/**
 * The change by which it is undone; `null` if nothing changed.
 */
change: string | null, };

export type CalendarItemDto = { title: string, start: string, 
/**
 * How it repeats, in plain English.
 */
repeats: string | null, };

export type CalendarPlaceDto = { 
/**
 * The path of the file, or the address; `null` where the address is not known now.
 */
place: string | null, written_at: string | null, trouble: TroubleDto | null, };

export type CalendarPlacesDto = { file: CalendarPlaceDto | null, published: CalendarPlaceDto | null, };

export type CalendarRefusedDto = { 
/**
 * The line of the file.
 */
line: number, title: string, reason: string, };

export type CandidateDto = { kind: AttachKind, id: string, name: string | null, made_at: string, duration_seconds: number | null, size_bytes: number | null, same_room: boolean, reason: string, };

export type CaptionLineDto = { 
/**
 * When it begins in the video, in milliseconds.
 */
start_ms: number, 
/**
 * When it ends, in milliseconds.
 */
end_ms: number, text: string, };

export type CaptionsDto = { 
/**
 * The language as a BCP 47 tag.
 */
language: string, 
/**
 * Whether Stream made them and nobody changed them.
 */
generated: boolean, state: CaptionsState, 
/**
 * The number of lines that are kept on this computer.
 */
lines: number, };

export type CaptionsState = "asked" | "in_progress" | "ready" | "failed" | "deleted" | "waiting";

export type CauseCountDto = { 
/**
 * The code; empty for one that this version does not know.
 */
cause: string, label: string, count: number, };

export type CauseDto = { code: string, sentence: string, next: string, retryable: boolean, 
/**
 * When Hajime tries again by itself, in words that follow “tries again”; `null` if it does not.
 */
tries_again: string | null, };

export type ChangeDto = { id: string, at: string, 
/**
 * The instructor in the settings of the desk that made it, or “unknown”.
 */
actor: string, 
/**
 * The kind of thing that was changed: “session”, “roster” or “series”.
 */
kind: string, 
/**
 * The names of the fields that changed.
 */
fields: Array<string>, 
/**
 * Whether the change put the thing on the schedule. It cannot be undone, only cancelled.
 */
creation: boolean, undone: boolean, };

export type ChangedDto = { topics: Array<Topic>, };

export type ChangedSessionDto = { id: string, 
/**
 * Null where the change puts the class on the schedule.
 */
before: ClassThenDto | null, after: ClassThenDto, };

export type ChannelCountDto = { channel: string, sent: number, failed: number, waiting: number, };

export type ChannelDto = "webhook" | "slack" | "email";

export type ChannelErrorDto = { said: string, at: string, };

export type ChannelSettingsDto = { on: boolean, 
/**
 * Where the webhook sends to. Slack’s address is a secret and never comes here.
 */
address: string | null, quiet: QuietDto | null, last_sent: string | null, 
/**
 * What went wrong last, until something was accepted.
 */
last_error: ChannelErrorDto | null, };

export type ChannelsDto = { desktop: ChannelSettingsDto, webhook: ChannelSettingsDto, slack: ChannelSettingsDto, };

export type ChatLineDto = { at: string | null, 
/**
 * The place in the video in seconds; `null` where it is not known.
 */
place: number | null, name: string, text: string, };

export type CheckDto = { id: "token" | "realtime" | "stream" | "app" | "presets" | "workers" | "clock", state: CheckState, label: string, message: string, next: string | null, };

export type CheckState = "passed" | "failed" | "warning" | "skipped";

export type CheckedTextDto = { new: Array<NewPersonDto>, 
/**
 * The number of people who are on the list already.
 */
present: number, wrong: Array<WrongLineDto>, 
/**
 * Why the people who were understood cannot all be added; `null` where they can.
 */
too_many: string | null, };

export type ChoicesDto = { instructors: Array<string>, series: Array<SeriesChoiceDto>, };

export type ChosenPictureDto = { second: number, before: number, };

export type ClassThenDto = { title: string, 
/**
 * In wall-clock time of `timezone`.
 */
local: string, timezone: string, cancelled: boolean, };

export type ClipDto = { 
/**
 * The recording that it was cut from.
 */
of: string, from_second: number, to_second: number, };

export type ClipPlanDto = { 
/**
 * The second at which a part may end at most.
 */
last_second: number, 
/**
 * The part that is suggested.
 */
from_second: number, to_second: number, 
/**
 * Why it is not the whole: one sentence for each end that is left out.
 */
reasons: Array<string>, 
/**
 * Addresses of pictures at even distances; empty if there are none. They expire.
 */
strip: Array<string>, };

export type CloseQuestionDto = { title: string, description: string, 
/**
 * What follows when Hajime keeps running without its window.
 */
background: string, 
/**
 * What follows when the live classes are ended first; `null` if no class is live.
 */
end: string | null, 
/**
 * What follows when the window is closed anyway.
 */
close: string, };

export type ClosedVideosDto = { closed: number, 
/**
 * Those that are still public, each with the reason.
 */
failed: Array<OpenVideoDto>, 
/**
 * How many were left alone because they are not ours.
 */
unconfirmed: number, };

export type ConflictDto = { kind: ConflictKind, message: string, 
/**
 * The other class, where it is a session.
 */
session_id: string | null, solutions: Array<SolutionDto>, };

export type ConflictKind = "instructor" | "back_to_back" | "capacity" | "storage";

export type ConflictsDto = { 
/**
 * The most important first; empty if nothing speaks against it.
 */
conflicts: Array<ConflictDto>, 
/**
 * The minutes of video that Stream can still store; null if they are not known, or the class is not recorded.
 */
minutes_left: number | null, 
/**
 * When Stream said how many minutes are left.
 */
minutes_at: string | null, 
/**
 * Why the minutes are not known; null if they are, or the class is not recorded.
 */
minutes_unknown: string | null, };

export type ConnectForm = { account_id: string, api_token: string, app_id: string | null, };

export type ConnectReportDto = { checks: Array<CheckDto>, can_save: boolean, apps: Array<AppDto>, 
/**
 * The id of the app that would be used; `null` while one has to be chosen, or if there is none yet.
 */
app_id: string | null, keyring: KeyringDto, 
/**
 * The address to which the token was sent; `null` for Cloudflare itself.
 */
address: string | null, };

export type ConnectionDto = { 
/**
 * The stable name.
 */
name: string, 
/**
 * The name for people.
 */
label: string, state: "ok" | "failing" | "unknown" | "off", 
/**
 * How long the last answer took.
 */
milliseconds: number | null, 
/**
 * When that was.
 */
at: string | null, 
/**
 * What was wrong; empty where nothing was.
 */
detail: string, };

export type Consent = "agreed" | "declined" | "unknown";

export type ContentsDto = { sessions: number, recordings: number, links: number, changed_at: string | null, };

export type CopiedDto = { people: number, copied: boolean, local_only: boolean, };

export type CopyDto = { name: string, made_at: string, reason: CopyReason, bytes: number, };

export type CopyReason = "daily" | "by_hand" | "before_update" | "before_restore";

export type CountdownDto = { 
/**
 * When the class ends, if nothing changes.
 */
at: string, why: EndsWhy, };

export type CountedDto = { 
/**
 * The id of the recording or of the class.
 */
id: string, kind: CountedKind, title: string, instructor: string, at: string, 
/**
 * What it counts as, in words.
 */
verdict: string, 
/**
 * The time that was measured, in words.
 */
value: string | null, counts: boolean, 
/**
 * Whether it speaks for the figure; `null` where it does not count.
 */
met: boolean | null, };

export type CountedKind = "recording" | "session";

export type CoverageDto = { 
/**
 * Whether the video is shorter than the recorded time by more than is normal.
 */
short: boolean, 
/**
 * Whether recording began later than is normal.
 */
late: boolean, 
/**
 * Whether nothing was recorded for longer than is normal between the session's previous recording and this one.
 */
interrupted: boolean, 
/**
 * One sentence for each gap; a single sentence if nothing is missing.
 */
sentences: Array<string>, began: string, ended: string, paused_seconds: number, expected_seconds: number, length_seconds: number, missing_seconds: number, begun_late_seconds: number, hole_seconds: number, 
/**
 * Until when RealtimeKit keeps the recording's file; `null` if it does not keep one.
 */
file_kept_until: string | null, };

export type CredentialsFrom = "keyring" | "environment" | "file" | "memory" | "sandbox";

export type CueChangeDto = { 
/**
 * The number of the line, from 0.
 */
n: number, 
/**
 * When it begins, as it was shown.
 */
start_ms: number, text: string, };

export type DateChangeDto = { id: string, title: string, recorded_at: string, duration_seconds: number | null, 
/**
 * The present date; `null` for never.
 */
from: string | null, 
/**
 * The date that it would have; `null` for never.
 */
to: string | null, 
/**
 * The number of the rule, counted from 0; `null` if it is one of all others.
 */
rule: number | null, };

export type DefinitionDto = { figure: string, title: string, definition: string, data: string, 
/**
 * Empty where the figure has no goal.
 */
goal: string, };

export type DeletionDto = { outcome: DeletionOutcome, 
/**
 * Why it waits; `null` if it does not.
 */
why: ErrorDto | null, };

export type DeletionOutcome = "deleted" | "overruled" | "waits";

export type DeletionsDto = { deleted: number, minutes: number, 
/**
 * The recordings whose video was not deleted, and why.
 */
refused: Array<RefusedDto>, };

export type DeliveriesDto = { sent: number, failed: number, waiting: number, sentence: string, channels: Array<ChannelCountDto>, };

export type DeliveryDto = { id: number, 
/**
 * The id of the event, which the receiver sees.
 */
event_id: string, 
/**
 * `recording.complete`, `recording.failed`, `alert.opened` or `alert.closed`.
 */
event: string, channel: ChannelDto, recipient: string, 
/**
 * `null` where it is about no recording.
 */
recording_id: string | null, title: string, state: DeliveryStateDto, attempts: number, next_attempt: string | null, last_answer: string | null, created_at: string, sent_at: string | null, };

export type DeliveryStateDto = "waiting" | "sending" | "accepted" | "failed" | "stopped";

export type DescribedDto = { recording: RecordingDto, 
/**
 * The change, which can be undone; `null` if nothing changed.
 */
change: string | null, };

export type DescriptionDraft = { title?: string, notes?: string, tags?: Array<string>, };

export type DeskDto = { mode: Mode, role: RoleName, 
/**
 * The names of the permissions of the role.
 */
may: Array<string>, account_id: string, 
/**
 * The name of the RealtimeKit app, or its id until Cloudflare has told the name; `null` while there is none.
 */
app_name: string | null, keyring: KeyringDto, signing: Signing, last_sync: string | null, next_check: string | null, sync_error: UserError | null, 
/**
 * The error that keeps Hajime from working on the data on this computer; `null` if there is none.
 */
local_error: UserError | null, 
/**
 * Whether the disk has no locks, so that only one Hajime at a time may work on the data.
 */
without_locks: boolean, 
/**
 * The error of the background job that last stopped unexpectedly and was started again; `null` if none did.
 */
stopped_job: UserError | null, invites_local_only: boolean, recordings_total: number, live_count: number, 
/**
 * How many alerts are open; 0 for a role that does not see them.
 */
alerts_open: number, 
/**
 * The share of the storage at Stream that is used, as Stream told last, from 0 on; `null` if that is not known.
 */
storage_share: number | null, version: string, data_dir: string, credentials_from: CredentialsFrom, 
/**
 * Notes on credentials that were found and not used.
 */
credentials_notes: Array<string>, 
/**
 * The connected account, if the sandbox is open instead of it; otherwise `null`.
 */
saved_account: string | null, 
/**
 * The system's locale as a BCP 47 tag, for example `de-DE`; `null` where it names none.
 */
locale: string | null, };

export type DeskStatusDto = { connections: Array<ConnectionDto>, 
/**
 * The requests to Cloudflare in the present window.
 */
budget_used: number, 
/**
 * The requests that Cloudflare allows in a window.
 */
budget_limit: number, 
/**
 * The length of a window in minutes.
 */
budget_minutes: number, 
/**
 * How far this computer's clock is behind Cloudflare's; `null` before the first answer.
 */
clock_off_seconds: number | null, database_bytes: number, 
/**
 * When the database was checked last; `null` before the first check.
 */
database_checked_at: string | null, 
/**
 * Whether it was whole then.
 */
database_ok: boolean | null, version: string, worker: WorkerDto, };

export type DetectionDto = { count: number, median: number | null, p95: number | null, slowest: number | null, goal: number, met: boolean | null, sentence: string, 
/**
 * The latest ones, the last one last.
 */
latest: Array<PointDto>, };

export type DiagnosticsDto = { text: string, bytes: number, };

export type EndedDto = { session: SessionDto, already_ended: boolean, 
/**
 * The status of the session's latest recording; `null` if it has none.
 */
recording: PublicStatus | null, 
/**
 * Why the session has not ended yet; `null` if it has. Hajime continues to end it by itself.
 */
waits_for: UserError | null, };

export type EndsWhy = "empty" | "late";

export type ErrorDto = UserError;

export type EstimateDto = { cents_room: number, cents_recording: number, cents_stored_month: number, 
/**
 * If everybody who took part watches all of it once.
 */
cents_if_all_watch: number, stored_minutes: number, 
/**
 * The minutes that Stream has left; `null` if it was not asked yet.
 */
minutes_left: number | null, fits: boolean | null, rooms_free: boolean, sentence: string, 
/**
 * Only the qualities of which this desk has recordings.
 */
qualities: Array<QualityCostDto>, };

export type EvidenceDto = { text: string, copied: boolean, };

export type ExpectedDto = { 
/**
 * The recording is as likely ready before this time as after it.
 */
likely: string, 
/**
 * Nine of ten recordings are ready before this time.
 */
latest: string, };

export type ExpiringDto = { id: string, title: string, instructor: string, recorded_at: string, expires: string, minutes: number, 
/**
 * For how long it was watched, as far as that was counted; `null` where nothing was counted.
 */
watched_minutes: number | null, 
/**
 * The last day on which it was watched; `null` if none is known.
 */
last_watched: string | null, };

export type ExtendedDto = { session: SessionDto, 
/**
 * The change, by which it is undone.
 */
change: string, 
/**
 * The instructor’s next class, if it begins before the new end.
 */
overlapped: NextClassDto | null, 
/**
 * When the running recording ends by itself and another one begins, if that is before the new end.
 */
recording_cut: string | null, };

export type ExtensionDto = { at: string, 
/**
 * Who moved it: the instructor in the settings of that desk, or `unknown`.
 */
actor: string, from: string, to: string, };

export type FacetDto = { name: string, count: number, };

export type FacetsDto = { total: number, status: RecordingsCounts, flags: Array<FacetDto>, 
/**
 * Empty without a search, and if too many recordings are found to count them.
 */
places: Array<FacetDto>, instructors: Array<FacetDto>, tags: Array<FacetDto>, };

export type FailureGroupDto = { cause: CauseDto, count: number, 
/**
 * How many of these recordings may succeed when they are tried again.
 */
retryable: number, 
/**
 * The titles of the newest of these recordings.
 */
titles: Array<string>, 
/**
 * The newest of these recordings.
 */
recording_id: string | null, 
/**
 * When Hajime tries the first of these recordings again by itself.
 */
next_try: string | null, 
/**
 * When Cloudflare deletes the first file of these recordings.
 */
rescue_until: string | null, };

export type FailuresDto = { causes: Array<CauseDto>, guesses: Array<GuessDto>, };

export type FaultCalls = "all" | "changes" | "rooms" | "recordings" | "videos";

export type FaultForm = { kind: FaultKind, calls: FaultCalls, 
/**
 * How many calls go wrong; `null` for all of them.
 */
count: number | null, 
/**
 * The probability that a call goes wrong, in percent, from 1 to 100.
 */
probability: number, 
/**
 * The seed of the random choice of calls: the same number chooses the same calls.
 */
seed: number, };

export type FaultKind = "reset" | "drop_reply" | "server_error" | "error_page" | "empty_reply" | "half_reply" | "slow_reply" | "rate_limited";

export type FeedDraft = { address: string, 
/**
 * Empty for the name that the calendar has.
 */
name: string, timezone: string, };

export type FeedDto = { id: string, name: string, 
/**
 * The address, without what may be a secret.
 */
address: string, 
/**
 * The time between two questions.
 */
every_minutes: number, 
/**
 * When the calendar was last read whole.
 */
read_at: string, next_at: string, 
/**
 * How many classes were changed here and there. They stay as they are here.
 */
changed_here: number, refused: number, trouble: TroubleDto | null, };

export type FieldError = { 
/**
 * The field's name, as the command's input spells it.
 */
field: string, 
/**
 * A sentence that says what is wrong.
 */
message: string, 
/**
 * A sentence that says how to correct it.
 */
next: string, };

export type Flaw = "blank" | "offline" | "frozen" | "silent";

export type FollowedDto = { feed: FeedDto, 
/**
 * What was imported; `null` if the calendar is as it was.
 */
import: CalendarCheckDto | null, 
/**
 * The change by which it is undone; `null` if nothing changed.
 */
change: string | null, };

export type GlobalKeyAction = "show" | "start_or_end" | "copy_link";

export type GlobalKeyDto = { action: GlobalKeyAction, 
/**
 * What it does.
 */
words: string, 
/**
 * The keys, such as “Ctrl+Alt+H”; `null` if it is off.
 */
keys: string | null, state: GlobalKeyState, 
/**
 * The keys that the desktop assigned, in its own words, where it did.
 */
assigned: string | null, 
/**
 * Why the key does not work, and what to do about it.
 */
message: string | null, next: string | null, };

export type GlobalKeyState = "off" | "on" | "asking" | "refused";

export type GlobalKeysDto = { means: KeyMeansDto, keys: Array<GlobalKeyDto>, };

export type GlobalKeysInput = { show: string | null, start_or_end: string | null, copy_link: string | null, };

export type GroupDto = { 
/**
 * The id of the series; `null` for an instructor.
 */
id: string | null, name: string, total: number, succeeded: number, share: number | null, 
/**
 * The middle value from the end of a class to its video, in seconds.
 */
median: number | null, };

export type GuessDto = { seen: string, sentence: string, };

export type HealthDto = { from: string, to: string, days: number, 
/**
 * Whether there is nothing to measure yet.
 */
is_empty: boolean, 
/**
 * One or two sentences that say it all.
 */
summary: string, success: SuccessDto, watchable: WatchableDto, detection: DetectionDto, proof: ProofDto, deliveries: DeliveriesDto, relay: RelayDto, instructors: Array<GroupDto>, series: Array<GroupDto>, choices: ChoicesDto, };

export type HistoryDto = { session: SessionDto, 
/**
 * When the room was opened; `null` where the class was not held.
 */
opened_at: string | null, 
/**
 * When the class was ended; `null` while it is live.
 */
ended_at: string | null, 
/**
 * The people: those who were in the room by when they first joined, then those of the list who were not seen.
 */
people: Array<AttendeeDto>, 
/**
 * Why Cloudflare was not heard; `null` where it was. Without it, people who are not on the list are missing.
 */
people_incomplete: UserError | null, extensions: Array<ExtensionDto>, 
/**
 * The recordings, newest first.
 */
recordings: Array<RecordedDto>, chat: TextDto, transcript: TextDto, };

export type HitDto = { 
/**
 * `title`, `instructor`, `tags`, `notes`, `people`, `chat` or `transcript`.
 */
place: string, 
/**
 * The text, in pieces.
 */
pieces: Array<PieceDto>, 
/**
 * When it was said or written, in seconds since the beginning of the video; `null` if that is not known.
 */
at_seconds: number | null, };

export type HolidayChangeDto = { holiday: HolidayDto, 
/**
 * The classes that are left out or put back, by start.
 */
sessions: Array<HolidaySessionDto>, 
/**
 * The change that undoes it; null where it was only shown.
 */
change: string | null, };

export type HolidayDto = { id: string, 
/**
 * The first day, `2026-12-24`.
 */
first: string, 
/**
 * The last day, which belongs to it.
 */
last: string, reason: string, 
/**
 * The only series that it is for; null for all.
 */
series: string | null, 
/**
 * The ids of the classes that it leaves out.
 */
left_out: Array<string>, };

export type HolidaySessionDto = { id: string, title: string, 
/**
 * In wall-clock time of the class’s zone.
 */
local: string, cancelled: boolean, };

export type ImportedDto = { recording_id: string, title: string, 
/**
 * Whether the video goes back to Stream.
 */
goes_back: boolean, };

export type ImportedKeyDto = { key: KeyDto, 
/**
 * The form in which it was given.
 */
form: string, bits: number, 
/**
 * Whether Cloudflare accepted a link that it signed; `false` if there is no recording to try.
 */
tested: boolean, };

export type InBinDto = { recording: RecordingDto, 
/**
 * When Stream deletes the video; `null` if it does not by itself, because the video is too old for a date.
 */
deleted_on: string | null, 
/**
 * Whether Stream knows that date.
 */
told: boolean, 
/**
 * Whether the video is about to be deleted for good.
 */
deleting: boolean, 
/**
 * How many of its links work.
 */
links: number, 
/**
 * Until when Cloudflare may still have the file of the class itself, which a new desk would import again; `null` if it
 * does not have it.
 */
file_until: string | null, };

export type InSeriesDto = { id: string, 
/**
 * How it repeats, for example “every Tuesday”.
 */
sentence: string, 
/**
 * The wall-clock time at which the rule put the session, where somebody moved it: `2026-12-01T18:30`.
 */
moved_from: string | null, };

export type InvitationTextDto = { text: string, 
/**
 * The names of the fields that the text may hold, without braces.
 */
fields: Array<string>, };

export type InviteDto = { made: number, max: number, copied: boolean, local_only: boolean, };

export type JobDto = { 
/**
 * The job's stable name, for programs.
 */
name: string, 
/**
 * The job's name for people.
 */
title: string, 
/**
 * The start of the last run; `null` before the first run.
 */
last_run: string | null, 
/**
 * When the job runs next; `null` while it runs.
 */
next_run: string | null, 
/**
 * The error of the last run that failed, until a run succeeds.
 */
last_error: JobErrorDto | null, failures_in_a_row: number, 
/**
 * Why the job does not run on this desk; `null` if it does.
 */
rests: string | null, };

export type JobErrorDto = { code: string, message: string, next: string, };

export type JoinPageDto = { state: JoinPageState, 
/**
 * The state in words.
 */
sentence: string, address: string | null, 
/**
 * Whether invitations open the published page.
 */
in_use: boolean, 
/**
 * The name to register below `workers.dev`; null once the account has one.
 */
suggested_name: string | null, 
/**
 * Whether publishing replaces something that a person should look at first.
 */
asks_before_replacing: boolean, 
/**
 * The version of Hajime that published the page, where the page tells it.
 */
published_version: string | null, published_at: string | null, };

export type JoinPageState = "not_published" | "deleted" | "current" | "older" | "later" | "replaced" | "switched_off" | "silent";

export type KeepingDto = "not_known" | "at_realtimekit" | "own_storage";

export type KeptBecause = "begun" | "moved";

export type KeptSessionDto = { local: string, why: KeptBecause, };

export type KeyConsequenceDto = { key: KeyDto, 
/**
 * Its links that have not ended, those that end last first.
 */
links: Array<LinkDto>, 
/**
 * How many links of other keys work on.
 */
others: number, };

export type KeyDto = { id: string, name: string, 
/**
 * `desk`, `group`, `recording`, `pool` or `unclaimed`.
 */
purpose: string, group_id: string | null, recording_id: string | null, 
/**
 * `in_use`, `replaced`, `revoked` or `missing`.
 */
state: string, imported: boolean, made_at: string, changed_at: string, 
/**
 * When a replaced key is deleted; `null` for never.
 */
delete_after: string | null, };

export type KeyGroupDto = { id: string, name: string, };

export type KeyMeansDto = "system" | "portal" | "none";

export type KeySettingsDto = { 
/**
 * Whether each recording gets a key of its own.
 */
per_recording: boolean, 
/**
 * How many keys are made ahead for that.
 */
pool: number, 
/**
 * After how many months a key should be replaced; `null` for never.
 */
remind_months: number | null, };

export type KeySyncDto = { 
/**
 * How many keys the account has.
 */
at_cloudflare: number, 
/**
 * How many turned out to be deleted elsewhere.
 */
deleted_elsewhere: number, };

export type KeyringDto = { available: boolean, message: string | null, };

export type KeysDto = { 
/**
 * The keys, newest first.
 */
keys: Array<ListedKeyDto>, 
/**
 * The groups, by name.
 */
groups: Array<KeyGroupDto>, settings: KeySettingsDto, 
/**
 * The most keys that Hajime lets an account have.
 */
keys_max: number, };

export type LedgerCheckDto = { desk: string, 
/**
 * Whether everything that can be checked here is as the desk wrote it.
 */
sound: boolean, 
/**
 * Whether the chain is another desk’s, so that only its hashes were checked.
 */
elsewhere: boolean, 
/**
 * How many entries there are.
 */
rows: number, 
/**
 * What was found, as sentences.
 */
said: Array<string>, };

export type LedgerFilterDto = { 
/**
 * Only this act; `null` for all.
 */
act: string | null, 
/**
 * Only this recording; `null` for all.
 */
recording_id: string | null, 
/**
 * Only this key; `null` for all.
 */
kid: string | null, 
/**
 * Only entries whose title, user or note holds this text; empty for all.
 */
text: string, 
/**
 * Only links that work now.
 */
works: boolean, 
/**
 * Only links that end within two hours.
 */
ends_soon: boolean, };

export type LedgerPageDto = { rows: Array<LedgerRowDto>, 
/**
 * Where the next part begins; `null` after the last one.
 */
next: LedgerPlaceDto | null, };

export type LedgerPlaceDto = { at: string, seq: string, };

export type LedgerRowDto = { 
/**
 * Unique among all entries.
 */
key: string, 
/**
 * Empty for entries from before the ledger had signatures.
 */
desk: string, 
/**
 * The number in the desk’s chain.
 */
n: string, at: string, act: string, 
/**
 * Empty if unknown.
 */
os_user: string, recording_id: string | null, title: string | null, link_id: string | null, kid: string | null, key_name: string | null, download: boolean, not_before: string | null, 
/**
 * Whether the link is not for every viewer.
 */
restricted: boolean, expires_at: string | null, 
/**
 * `works`, `early`, `ended` or `revoked`; `null` where the entry is about no link.
 */
link_state: string | null, ends_soon: boolean, fingerprint: string | null, note: string, signed: boolean, };

export type LengthDto = { label: string, count: number, median: number | null, p95: number | null, };

export type LetterDto = { 
/**
 * When it is written, for example “A recording is ready”.
 */
occasion: string, 
/**
 * To whom, in words.
 */
to: string, subject: string, text: string, html: string, };

export type LinkDto = { id: string, recording_id: string, recording_title: string, video_id: string, kid: string | null, created_at: string, expires_at: string, download: boolean, };

export type LinkFileDto = { "state": "preparing", percent: number | null, } | { "state": "ready", url: string, copied: boolean, } | { "state": "unavailable", reason: UserError, };

export type LinkForm = { hours: number, download: boolean, 
/**
 * From when it works, as an instant; `null` for at once.
 */
not_before: string | null, viewers: ViewersForm, 
/**
 * The group whose key signs it; `null` for the key of the desk.
 */
group_id: string | null, 
/**
 * The moment of the video at which it begins, in seconds; `null` for the beginning.
 */
start_at: number | null, 
/**
 * The language of the captions that are shown from the start; `null` for none.
 */
captions: string | null, };

export type LinkFormat = "link" | "rich" | "markdown" | "embed" | "qr";

export type LinkLetterDto = { subject: string, text: string, };

export type ListedKeyDto = { key: KeyDto, 
/**
 * How many of its links have not ended.
 */
links: number, 
/**
 * When the last of them ends.
 */
links_until: string | null, 
/**
 * Whether this computer’s keyring has the private half; `null` if it was not asked or did not answer.
 */
is_here: boolean | null, 
/**
 * Whether it should be replaced by now.
 */
is_due: boolean, };

export type LiveDto = { session: SessionDto, people: number | null, people_checked_at: string | null, invites_made: number, proof: ProofState, proof_since: string | null, proof_sentence: string, recording: RecordingDto | null, 
/**
 * The instructor’s next class, if it begins before the planned end.
 */
overlapped: NextClassDto | null, 
/**
 * When the running recording ends by itself and another one begins, if that is before the planned end.
 */
recording_cut: string | null, 
/**
 * The instructor’s next class, if it begins within six hours after the planned end.
 */
next_class: NextClassDto | null, 
/**
 * When Cloudflare last said that the recording is running or paused; `null` if this process never heard it.
 */
confirmed_at: string | null, 
/**
 * Since when nobody has been in the room; `null` if somebody is there.
 */
empty_since: string | null, 
/**
 * The countdown after which the class ends by itself; `null` while none runs.
 */
countdown: CountdownDto | null, 
/**
 * Whether the class may end by itself after its planned end.
 */
ends_by_itself: boolean, error: UserError | null, };

export type LostDto = { sessions: number, titles: Array<string>, changed_sessions: number, recordings: number, links: number, };

export type MadeLinkDto = { link: LinkDto, url: string, copied: boolean, 
/**
 * Whether Hajime checked that Cloudflare’s player plays the link for everybody who has it.
 */
verified: boolean, 
/**
 * Why that could not be confirmed, and what to do; `null` if it was.
 */
doubt: UserError | null, 
/**
 * Whether Cloudflare refuses the link on this computer now, as its own rules may say.
 */
refused_here: boolean, written: WrittenDto, 
/**
 * The file of the link; `null` if downloading was not requested.
 */
file: LinkFileDto | null, };

export type MailDto = { channel: ChannelSettingsDto, settings: MailSettingsDto, 
/**
 * Whether the keyring has the password for the mail server and user of the settings.
 */
password_kept: boolean, };

export type MailInputDto = { settings: MailSettingsDto, 
/**
 * The password of the mail server; `null` keeps the one that is kept.
 */
password: string | null, };

export type MailPreviewDto = { letters: Array<LetterDto>, 
/**
 * Why nobody would be written to, in one sentence.
 */
nobody: string | null, };

export type MailSender = "cloudflare" | "smtp" | "program";

export type MailSettingsDto = { sender: MailSender, from_name: string, from_address: string, smtp_host: string, smtp_port: number, smtp_security: SmtpSecurity, smtp_user: string, 
/**
 * The address of the instructor, for classes whose list has no host with an address.
 */
instructor: string, 
/**
 * The address of the administrator, who hears of failures beside the instructor.
 */
admin: string, participants: ParticipantMail, };

export type Mode = "sandbox" | "cloud";

export type Moment = string;

export type MonthDto = { 
/**
 * The month, such as `2026-11`.
 */
month: string, stored: number, watched: number, rooms: number, 
/**
 * The recording of rooms.
 */
exports: number, 
/**
 * Whether it is the present month, and its rest is a forecast.
 */
is_forecast: boolean, 
/**
 * Whether some of it is an estimate.
 */
is_estimate: boolean, };

export type NamedDto = { id: string, title: string, };

export type NewPersonDto = { line: number, name: string, email: string | null, role: PersonRole, };

export type NextClassDto = { title: string, start: string, };

export type OpenRoomDto = { id: string, title: string, opened_at: string | null, 
/**
 * Whether its class is known to be over, so that it may be closed.
 */
stray: boolean, 
/**
 * A sentence that says what is known of its class.
 */
known: string, };

export type OpenVideoDto = { id: string, title: string, error: UserError, };

export type OtherRosterDto = { session_id: string, title: string, start: string, people: number, };

export type ParticipantMail = "nothing" | "link" | "ask";

export type PassphraseInput = string;

export type PauseDto = { from: string, 
/**
 * `null` while it lasts.
 */
to: string | null, };

export type PermissionDto = { name: string, 
/**
 * What it allows, in words that follow “may”.
 */
words: string, weakest: RoleName, };

export type PersonDraft = { id: string, name: string, 
/**
 * Empty for a person without an address.
 */
email: string, role: PersonRole, };

export type PersonDto = { id: string, name: string, email: string | null, role: PersonRole, 
/**
 * When a link was last made for the person.
 */
link_at: string | null, 
/**
 * When the person first was in the room.
 */
joined_at: string | null, 
/**
 * When the person left for the last time; `null` while they are in the room.
 */
left_at: string | null, 
/**
 * The time in the room.
 */
present_minutes: number | null, };

export type PersonRole = "participant" | "host";

export type PictureDto = { recording_id: string, url: string, expires_at: string, };

export type PieceDto = { text: string, found: boolean, };

export type PlaceDto = { id: string, name: string, is_bucket: boolean, 
/**
 * What it is and where, on one line.
 */
whereabouts: string, 
/**
 * Whether its secret key is in the keyring. A folder needs none.
 */
has_key: boolean, };

export type PlaybackDto = { hls_url: string, poster_url: string | null, expires_at: string, };

export type PointDto = { recording: string, title: string, at: string, seconds: number, };

export type PreflightCheckDto = { 
/**
 * A stable word.
 */
name: string, 
/**
 * The name for people.
 */
label: string, state: PreflightState, sentence: string, 
/**
 * `null` where nothing has to be done.
 */
fix: PreflightFix | null, };

export type PreflightDto = { 
/**
 * `null` for the desk alone.
 */
session_id: string | null, checked_at: string, 
/**
 * The gravest state of all checks.
 */
state: PreflightState, 
/**
 * Those that need somebody come last, the gravest at the end.
 */
checks: Array<PreflightCheckDto>, };

export type PreflightFix = "connection" | "app" | "repair_presets" | "recordings" | "join_page" | "people" | "live_session" | "check_again";

export type PreflightState = "ok" | "unknown" | "attention" | "blocking";

export type PresetDto = { name: string, role: "host" | "participant", 
/**
 * What people who join with it may do, in words that follow “may”.
 */
may: Array<string>, 
/**
 * What does not fit, in words that follow the name.
 */
problems: Array<string>, };

export type PresetsDto = { 
/**
 * Whether both presets are there and fit a class.
 */
fit: boolean, 
/**
 * The state in words.
 */
sentence: string, 
/**
 * The presets that people join with, the host's first.
 */
in_use: Array<PresetDto>, 
/**
 * The names of the other presets of the app.
 */
others: Array<string>, };

export type PresetsRepairedDto = { 
/**
 * The names of the presets that were made.
 */
made: Array<string>, 
/**
 * The names of Hajime’s presets that were changed back.
 */
changed: Array<string>, presets: PresetsDto, };

export type PriceDto = { name: string, label: string, 
/**
 * What it is for.
 */
per: string, cents: number, 
/**
 * The first day on which it counts; for a price of the documentation, the day on which it was read.
 */
from: string, source: string, 
/**
 * Whether it is the one of Cloudflare’s documentation.
 */
is_default: boolean, };

export type ProblemDto = { message: string, next: string, };

export type ProofDto = { classes: number, without_proof: number, sentence: string, };

export type ProofState = "not_recorded" | "waiting_for_people" | "starting" | "recording" | "paused" | "stopped" | "alarm";

export type PublicStatus = "RECORDING" | "PROCESSING" | "READY" | "FAILED";

export type PublicVideoDto = { id: string, 
/**
 * Empty if it has no name.
 */
title: string, created: string | null, 
/**
 * Whether Hajime made it or shows it as a recording.
 */
ours: boolean, };

export type PublishedDto = { address: string, files: number, door: "published" | "without", door_sentence: string, 
/**
 * How many files were uploaded; Cloudflare had the others.
 */
uploaded: number, };

export type QrDto = { svg: string, local_only: boolean, };

export type Quality = "1080p" | "720p" | "480p";

export type QualityCostDto = { quality: string, label: string, 
/**
 * The size of the file, by the recordings of this desk.
 */
gigabytes: number, 
/**
 * The video for a month. Cloudflare counts minutes, so that it is the same for every quality.
 */
cents: number, is_chosen: boolean, };

export type QuickLineDto = { parts: Array<QuickShownDto>, 
/**
 * The words that are left out.
 */
left_out: Array<string>, 
/**
 * Why no class can be made; empty where it can.
 */
problems: Array<QuickProblemDto>, title: string, 
/**
 * Empty where the line names no time.
 */
start_local: string, duration_minutes: number, record: boolean, rule: string | null, 
/**
 * A sentence where the clocks skip the time or show it twice.
 */
note: string | null, };

export type QuickPart = "title" | "day" | "time" | "length" | "record" | "repeats";

export type QuickProblemDto = { source: string | null, message: string, next: string, };

export type QuickShownDto = { part: QuickPart, means: string, 
/**
 * The words that say so; `null` where the settings or the clock decide.
 */
source: string | null, };

export type QuietDto = { from: string, to: string, zone: string, };

export type ReceiverHealthDto = { 
/**
 * Where it was asked.
 */
address: string, healthy: boolean, service: string | null, 
/**
 * What it answered, or why there is no answer.
 */
said: string, seconds: number, };

export type RecordedDto = { recording: RecordingDto, pauses: Array<PauseDto>, };

export type RecordingDetailDto = { recording: RecordingDto, 
/**
 * The likely cause of a failure for which Cloudflare gives no reason; `null` if there is none.
 */
likely_reason: string | null, events: Array<RecordingEventDto>, links: Array<LinkDto>, 
/**
 * Whether the whole session is in the video; `null` unless this desk recorded it and it can be watched.
 */
coverage: CoverageDto | null, 
/**
 * What it costs to keep the video, in words; `null` while it cannot be watched.
 */
storage_cost: StorageCostDto | null, };

export type RecordingDto = { id: string, session_id: string, title: string, instructor: string, status: PublicStatus, stage: Stage, stage_since: string, sentence: string, step: number, progress: number | null, cause: CauseDto | null, recorded_at: string, duration_seconds: number | null, size_bytes: number | null, quality: Quality, timezone: string, video_id: string | null, last_check: string | null, next_check: string | null, expected: ExpectedDto | null, rescue_until: string | null, links_made: number, thumbnail_url: string | null, 
/**
 * When the recording was put in the bin; `null` if it is on the list.
 */
removed_at: string | null, 
/**
 * When Hajime noticed that the video was deleted from Stream; `null` if it was not.
 */
deleted_at: string | null, 
/**
 * Whether it is gone at Cloudflare, so that it may be put in the bin although it cannot be watched.
 */
removable: boolean, 
/**
 * Whether somebody keeps it forever.
 */
kept: boolean, 
/**
 * When Stream deletes the video; `null` for never, or if that is not known.
 */
deleted_on: string | null, 
/**
 * Notes of several lines; empty if there are none.
 */
notes: string, tags: Array<string>, 
/**
 * What it was cut from; `null` for a recording of a class.
 */
clip: ClipDto | null, };

export type RecordingEventDto = { at: string, from: Stage | null, to: Stage, note: string, };

export type RecordingFilter = "all" | "ready" | "processing" | "failed" | "deleted";

export type RecordingsCounts = { all: number, ready: number, processing: number, failed: number, deleted: number, };

export type RecordingsPage = { rows: Array<RecordingDto>, 
/**
 * Where the search was found in each row; empty lists without a search.
 */
hits: Array<Array<HitDto>>, 
/**
 * Words that the search was taken for, because it finds little as it was written.
 */
also: Array<string>, 
/**
 * How many recordings are not indexed yet, so that the search may not find them; 0 without a search.
 */
behind: number, 
/**
 * Where the next page begins; `null` at the end, and if the order is by fit.
 */
next: string | null, total: number, counts: RecordingsCounts, 
/**
 * How many recordings may be removed from the list, whatever the search and the filter.
 */
missing: number, };

export type RecordingsQuery = { search: string, filter: RecordingFilter, limit: number, offset: number, 
/**
 * Where the search looks: `everywhere`, `title`, `instructor`, `tags`, `notes`, `people`, `chat` or `transcript`.
 */
place?: string, 
/**
 * What all of them have or lack: `not_shared`, `no_captions`, `untagged`, `silent_or_blank`.
 */
flags?: Array<string>, instructor?: string, 
/**
 * Tags that all of them have.
 */
tags?: Array<string>, 
/**
 * The earliest moment.
 */
from?: string, 
/**
 * How many days before now the earliest moment is, instead of `from`.
 */
days?: number, 
/**
 * The moment that none of them reaches.
 */
until?: string, 
/**
 * The moment before which Stream deletes the video of all of them.
 */
expires_before?: string, 
/**
 * The column of the order: `fit`, `when`, `title`, `instructor`, `length`, `size`, `status` or `links`.
 */
sort?: string, ascending?: boolean, 
/**
 * `next` of the page before.
 */
after?: string, };

export type RefusedDto = { id: string, title: string, error: ErrorDto, };

export type RehearsalDto = { scenarios: Array<ScenarioDto>, 
/**
 * How many times faster than real time the sandbox's clock runs.
 */
speed: number, 
/**
 * How many faults are set.
 */
faults: number, };

export type RelayDto = { recordings: number, relayed: number, share: number | null, sentence: string, };

export type RemindersDto = { 
/**
 * Minutes before the planned start: 5, 10, 15 or 30.
 */
before_minutes: number | null, at_start: boolean, 
/**
 * Minutes after the planned start of a class that has not begun: 2, 5 or 10.
 */
late_minutes: number | null, };

export type ReportDto = { month: string, 
/**
 * The page for printing.
 */
html: string, 
/**
 * The table.
 */
csv: string, };

export type ReportFormatDto = "html" | "csv";

export type RequestedDto = { transfers: Array<TransferDto>, refused: Array<RefusedDto>, };

export type RestingJobDto = { title: string, why: string, };

export type RestorePreviewDto = { copy: CopyDto, holds: ContentsDto, 
/**
 * The contents of the present database; `null` if it cannot be read.
 */
now: ContentsDto | null, lost: LostDto | null, };

export type RestoredDto = { 
/**
 * The path at which the old database is kept; `null` if there was none.
 */
kept: string | null, };

export type RetentionDto = { rules: Array<RuleDto>, 
/**
 * How many days all others are kept; `null` for forever.
 */
others_days: number | null, };

export type RetriedAllDto = { retried: number, refused: number, };

export type RevocationDto = { 
/**
 * How many keys are deleted.
 */
keys: number, 
/**
 * The links of the recording that stop.
 */
links: Array<LinkDto>, 
/**
 * The links of other recordings that stop too, because they share a key.
 */
others: Array<LinkDto>, 
/**
 * The links of the recording that cannot be stopped, because Cloudflare signed them.
 */
beyond: Array<LinkDto>, 
/**
 * Whether Cloudflare refused a link of each key afterwards; `null` if that was not tested.
 */
confirmed: boolean | null, };

export type RoleDto = { role: RoleName, 
/**
 * The instructor whose classes count as own; empty if the settings name none.
 */
instructor: string, has_passphrase: boolean, 
/**
 * When the next passphrase may be tried; `null` if now.
 */
wait_until: string | null, 
/**
 * What each role may do, in the order in which people read it.
 */
permissions: Array<PermissionDto>, 
/**
 * What the token may do; `null` while that was not tried.
 */
rights: TokenRightsDto | null, 
/**
 * The background jobs that do not run here.
 */
resting: Array<RestingJobDto>, };

export type RoleName = "staff" | "instructor" | "admin";

export type RoomPeopleDto = { people: Array<RoomPersonDto>, 
/**
 * When Cloudflare was asked.
 */
checked_at: string, };

export type RoomPersonDto = { 
/**
 * The participant’s id at Cloudflare, by which the person is removed; `null` where Cloudflare does not say.
 */
participant: string | null, 
/**
 * The name that others see in the room; empty where there is none.
 */
name: string, 
/**
 * The name on the roster; `null` for somebody who is not on it.
 */
listed_as: string | null, role: PersonRole, consent: Consent, way_in: WayIn, joined_at: string, 
/**
 * `null` while the person is in the room.
 */
left_at: string | null, present_minutes: number, };

export type RosterDto = { people: Array<PersonDto>, 
/**
 * The number of places that invitations without a person take.
 */
others: number, max_participants: number, 
/**
 * Whether the participants get e-mail about the recording.
 */
mails_participants: boolean, 
/**
 * The later classes of its series that have not begun; null for a session of its own.
 */
later_classes: number | null, };

export type RuleChannelDto = { channel: AlertChannelDto, after_minutes: number, };

export type RuleDto = { kind: RuleKind, 
/**
 * The tag, the name of the instructor, or the id of the series.
 */
value: string, 
/**
 * How many days after the class; `null` for forever.
 */
days: number | null, };

export type RuleKind = "tag" | "instructor" | "series";

export type RuleSeriesDto = { id: string, 
/**
 * The title of its classes and how they repeat.
 */
name: string, };

export type SavedDto = { path: string, bytes: number, };

export type SavedViewDto = { id: string, name: string, query: RecordingsQuery, };

export type SavedWebhookDto = { channels: ChannelsDto, 
/**
 * The secret, if a new one was made.
 */
secret: string | null, };

export type ScenarioDto = { name: string, title: string, description: string, 
/**
 * Whether the scenario was started and the sandbox has not been returned to normal since.
 */
active: boolean, };

export type SeriesChangesDto = { 
/**
 * The classes that change, in the order of the series.
 */
sessions: Array<ChangedSessionDto>, 
/**
 * Wall-clock times of classes that are not on the schedule yet and are left out.
 */
left_out: Array<string>, 
/**
 * The first class that changes with the series and is not on the schedule yet, in wall-clock time.
 */
later_from: string | null, 
/**
 * The classes that keep their time.
 */
kept: Array<KeptSessionDto>, 
/**
 * The change that undoes it; null where nothing was changed.
 */
change: string | null, };

export type SeriesChoiceDto = { id: string, name: string, };

export type SeriesDateDto = { 
/**
 * In wall-clock time of the series.
 */
local: string, start: string, 
/**
 * What the clocks do then, where they skip the time or show it twice.
 */
note: string | null, };

export type SeriesDto = { id: string, 
/**
 * The recurrence rule of RFC 5545.
 */
rule: string, sentence: string, 
/**
 * Where the rule begins to count, in wall-clock time.
 */
first: string, timezone: string, 
/**
 * Whether all classes share one room.
 */
one_room: boolean, };

export type SeriesMadeDto = { sentence: string, 
/**
 * The classes that exist so far, by start.
 */
sessions: Array<SessionDto>, 
/**
 * The change that undoes it.
 */
change: string | null, };

export type SeriesPreviewDto = { sentence: string, 
/**
 * The first dates.
 */
dates: Array<SeriesDateDto>, 
/**
 * Whether more dates follow.
 */
more: boolean, 
/**
 * What the clocks do at dates of the next two years, where they skip the time or show it twice.
 */
notes: Array<string>, };

export type SeriesScope = "following" | "all";

export type ServiceDto = { installed: boolean, 
/**
 * Whether it runs; `null` where the system does not say.
 */
running: boolean | null, 
/**
 * What starts services here: systemd, launchd or none.
 */
manager: string, 
/**
 * The same in words.
 */
words: string, };

export type SessionDraft = { title: string, instructor: string, start_local: string, timezone: string, duration_minutes: number, record: boolean, quality: Quality, max_participants: number, };

export type SessionDto = { id: string, title: string, instructor: string, start: string, end: string, duration_minutes: number, timezone: string, record: boolean, quality: Quality, max_participants: number, status: SessionStatus, room_id: string | null, started_at: string | null, ended_at: string | null, recording_id: string | null, 
/**
 * Whether the session can be opened again: it ended a short while ago, and nothing was recorded.
 */
can_start_again: boolean, 
/**
 * The place in a series; null for a session of its own.
 */
series: InSeriesDto | null, };

export type SessionStatus = "scheduled" | "starting" | "live" | "ending" | "ended" | "cancelled";

export type SettingsDto = { default_quality: Quality, default_duration_minutes: number, default_max_participants: number, default_record: boolean, instructor: string, join_page_url: string | null, 
/**
 * The rule by which live classes end by themselves.
 */
auto_end: AutoEnd, 
/**
 * Whether transcripts of classes are made and kept.
 */
transcripts: boolean, 
/**
 * The language in which Stream makes captions of every new video; `null` if it makes none by itself.
 */
captions: string | null, };

export type SeverityDto = "critical" | "warning" | "notice";

export type Signing = "local_key" | "token_endpoint";

export type SmtpSecurity = "tls" | "starttls" | "none";

export type SolutionDto = { label: string, 
/**
 * The new start as YYYY-MM-DDTHH:MM, in the zone of the plan.
 */
start_local: string | null, duration_minutes: number | null, max_participants: number | null, };

export type SpendDto = { name: string, stored_minutes: number, watched_minutes: number, cents: number, };

export type Stage = "requested" | "recording" | "paused" | "stopping" | "uploading" | "uploaded" | "importing" | "playable" | "ready" | "failed";

export type StartedDto = { session: SessionDto, already_live: boolean, opened: boolean, };

export type StoppedLinksDto = { 
/**
 * The recordings whose links were stopped.
 */
stopped: Array<string>, 
/**
 * The recordings whose links still work, and why.
 */
refused: Array<RefusedDto>, };

export type StorageCostDto = { minutes: number, words: string, };

export type StorageDayDto = { date: string, used: number, limit: number, forecast: boolean, 
/**
 * The minutes that would be stored if the rules were applied; `null` in the past.
 */
with_rules: number | null, };

export type StorageDto = { used: number | null, limit: number | null, left: number | null, share: number | null, 
/**
 * When Stream was asked last.
 */
asked_at: string | null, 
/**
 * Why Stream did not tell just now; `null` if it did, or was asked lately.
 */
problem: ProblemDto | null, sentence: string, library_minutes: number, 
/**
 * On the list, and deleted before the month is over.
 */
expiring_minutes: number, bin_minutes: number, 
/**
 * Videos that this desk does not know.
 */
other_minutes: number, expiring_count: number, bin_count: number, 
/**
 * `null` while there are fewer than 14 days of readings.
 */
growth_per_month: number | null, full_on: string | null, full_on_with_rules: string | null, 
/**
 * The share from which on an admin should look.
 */
goal: number, 
/**
 * A recording with two tags counts in both.
 */
by_tag: Array<UseDto>, by_instructor: Array<UseDto>, by_month: Array<UseDto>, 
/**
 * Kept forever.
 */
kept: UseDto, 
/**
 * `null` while too few days were counted.
 */
never_watched: UseDto | null, 
/**
 * `null` while less than a year was counted.
 */
unwatched_year: UseDto | null, 
/**
 * The first day from which on all watched minutes were counted.
 */
watched_since: string | null, ways: Array<WayDto>, expiring: Array<ExpiringDto>, waiting: Array<WaitingDto>, history: Array<StorageDayDto>, };

export type StreamRight = "none" | "read" | "edit";

export type StretchDto = { flaw: Flaw, words: string, 
/**
 * Where it begins in the video, in milliseconds.
 */
start_ms: number, 
/**
 * Where it ends, in milliseconds.
 */
end_ms: number, };

export type SuccessDto = { 
/**
 * Those that are decided.
 */
total: number, succeeded: number, failed: number, 
/**
 * Those that are on their way.
 */
undecided: number, share: number | null, goal: number, 
/**
 * `null` without data.
 */
met: boolean | null, sentence: string, weeks: Array<WeekDto>, causes: Array<CauseCountDto>, };

export type SyncReportDto = { 
/**
 * Recordings that other desks made and this desk did not know.
 */
found: number, 
/**
 * Recordings that were brought up to date.
 */
updated: number, 
/**
 * Recordings whose video was deleted from Stream.
 */
missing: number, 
/**
 * Open rooms of other desks that this desk did not know.
 */
opened: number, 
/**
 * Sessions that other desks ended.
 */
closed: number, 
/**
 * Entries at Cloudflare that could not be read completely.
 */
odd: number, 
/**
 * Descriptions of the first entries that could not be read since Hajime was started.
 */
odd_entries: Array<string>, };

export type TemplateDraft = { name: string, title: string, instructor: string, duration_minutes: number, record: boolean, quality: Quality, max_participants: number, };

export type TemplateDto = { id: string, name: string, title: string, instructor: string, duration_minutes: number, record: boolean, quality: Quality, max_participants: number, 
/**
 * The number of people who are on the roster of a class that is made from it.
 */
people: number, };

export type TestAnswerDto = { accepted: boolean, said: string, };

export type TextDto = { state: TextState, 
/**
 * The same in one sentence.
 */
sentence: string, 
/**
 * Who made it; `null` while there are no lines.
 */
source: TextSource | null, lines: number, 
/**
 * When Cloudflare is asked again; `null` when it is not.
 */
next_ask: string | null, };

export type TextFormat = "txt" | "vtt" | "csv" | "json";

export type TextKind = "chat" | "transcript";

export type TextSource = "realtimekit" | "captions";

export type TextState = "waiting" | "there" | "none" | "lost" | "off";

export type TimeBinDto = { from_minutes: number, to_minutes: number | null, count: number, };

export type TodayDto = { failures: Array<FailureGroupDto>, on_its_way: Array<RecordingDto>, on_its_way_total: number, ready: Array<RecordingDto>, ready_total: number, 
/**
 * Sessions that ended a short while ago without the planned recording.
 */
unrecorded: Array<SessionDto>, };

export type TokenRightsDto = { realtime: boolean, stream: StreamRight, workers: boolean, tried_at: string, 
/**
 * Whether it is what the role needs.
 */
fits: boolean, 
/**
 * How it compares with the role, as a sentence.
 */
message: string, 
/**
 * How to make the token that the role needs; `null` where nothing is to be done.
 */
next: string | null, };

export type ToldDto = { channel: AlertChannelDto, to: string, 
/**
 * When it was sent; `null` while it was not.
 */
at: string | null, 
/**
 * What became of it, in words.
 */
state: string, };

export type SharingWaysDto = {
/**
 * Whether the join page has an open door, so that watch links can be made.
 */
door: boolean,
/**
 * Why there is none, or what to know.
 */
sentence: string, };

export type WatchLinkForm = {
/**
 * The last day, YYYY-MM-DD; null for the default.
 */
until: string | null, not_before: string | null, viewers: ViewersForm, passphrase: string | null, download: boolean, start_at: number | null, note: string, };

export type WatchLinkDto = { id: string, recording_id: string, state: "works" | "early" | "waits" | "ended" | "revoked", sentence: string, watched: string | null, plays: number, made_at: string, until: string, note: string, download: boolean, passphrase: boolean, };

export type MadeWatchLinkDto = { link: WatchLinkDto, url: string, copied: boolean, verified: boolean, doubt: UserError | null, sentence: string, written: WrittenDto, };

export type WatchPlayDto = { at: string, country: string | null, };

export type ClassLinkDto = { link: boolean, copied: boolean, sentence: string, waits: string | null, };

export type WaitingRoomDto = { door: boolean, locked: boolean, people: Array<WaitingPersonDto>, };

export type WaitingPersonDto = { seat: string, name: string, since: string, };

export type DoorState = "none" | "open" | "older" | "later" | "other_app" | "replaced" | "silent";

export type DoorTroubleDto = { sentence: string, at: string, times: number, };

export type DoorStatusDto = { state: DoorState, sentence: string, version: string | null, published_at: string | null, answered_at: string | null, exchanged_at: string | null, trouble: string | null, size_bytes: number | null, size_max_bytes: number, limits: Array<string>, troubles: Array<DoorTroubleDto>, signing_key: boolean, token: "made" | "pasted" | "missing", class_links: number, watch_links: number, };

export type Topic = "desk" | "sessions" | "recordings" | "links" | "deliveries" | "transfers";

export type TranscriptDto = { lines: Array<TranscriptLineDto>, 
/**
 * Whether the times are places in the video.
 */
in_video: boolean, };

export type TranscriptLineDto = { 
/**
 * When it begins, in seconds. A negative number is a moment before the recording.
 */
start: number, 
/**
 * The name of whoever said it; empty where nobody knows.
 */
name: string, text: string, };

export type TransferDto = { id: string, recording_id: string, title: string, kind: TransferKind, state: TransferState, 
/**
 * The step that it is at: `prepare`, `fetch`, `send` or `verify`.
 */
step: string, 
/**
 * The folder, or the name of the place.
 */
to: string, 
/**
 * The name of the file; `null` until it has one.
 */
name: string | null, 
/**
 * Whether its folder can be opened.
 */
shows: boolean, 
/**
 * The size of the file; `null` until it is known.
 */
total_bytes: number | null, 
/**
 * The whole way in bytes, and how much of it is done: an archived file is fetched and then sent.
 */
way_bytes: number | null, done_bytes: number, sha256: string | null, 
/**
 * Why it waits or failed, in a sentence with the next step; empty if there is nothing to say.
 */
said: string, next_try: string | null, created_at: string, ended_at: string | null, };

export type TransferKind = "video" | "sound" | "archive";

export type TransferState = "active" | "paused" | "failed" | "done" | "cancelled";

export type TrialDto = { 
/**
 * The name of the trial, by which exactly this is applied.
 */
name: string, changes: Array<DateChangeDto>, unchanged: number, 
/**
 * How many are left out because somebody keeps them forever.
 */
kept: number, 
/**
 * How many are left out because Cloudflare deletes no video that is so old by itself.
 */
too_old: number, 
/**
 * How many are left out because they were not compared with Cloudflare yet.
 */
unknown: number, };

export type TroubleDto = { message: string, next: string, };

export type UsageDto = { currency: "USD", 
/**
 * The months of which something is known, oldest first. The last one is the present month.
 */
months: Array<MonthDto>, this_month: number, 
/**
 * What this month will cost, if it goes on like this.
 */
forecast: number, budget: number | null, over_budget: boolean, sentence: string, 
/**
 * What is estimated, and why.
 */
estimate_note: string, 
/**
 * The first day from which on all watched minutes were counted; `null` if the last days were not.
 */
watched_since: string | null, 
/**
 * Why the watched minutes were not told last; `null` if they were.
 */
watched_problem: ProblemDto | null, 
/**
 * Whether rooms and their recording are free.
 */
rooms_free: boolean, room_sessions: number, 
/**
 * The minutes of all people in rooms this month.
 */
room_minutes: number, recorded_minutes: number, by_instructor: Array<SpendDto>, by_series: Array<SpendDto>, 
/**
 * A recording with two tags counts in both.
 */
by_tag: Array<SpendDto>, prices: Array<PriceDto>, };

export type UseDto = { name: string, minutes: number, recordings: number, };

export type UserError = { 
/**
 * A stable word for programs.
 */
code: ErrorCode, 
/**
 * A sentence that says what failed and names the thing.
 */
message: string, 
/**
 * A sentence that says what to do next.
 */
next: string, 
/**
 * The fields of the form that have to be corrected; absent where no field is wrong.
 */
fields?: Array<FieldError>, };

export type VideoCheckDto = { 
/**
 * Whether a part of it is still to come.
 */
waits: boolean, 
/**
 * Whether nothing is heard in the whole video.
 */
muted: boolean, 
/**
 * The result in one sentence.
 */
sentence: string, stretches: Array<StretchDto>, };

export type ViewersForm = { "who": "everybody" } | { "who": "only_countries", codes: Array<string>, } | { "who": "not_countries", codes: Array<string>, } | { "who": "only_addresses", addresses: Array<string>, 
/**
 * Whether addresses of one kind only, IPv4 or IPv6, are meant.
 */
one_kind_is_meant: boolean, };

export type WaitingDto = { id: string, title: string, 
/**
 * Until when RealtimeKit keeps its file.
 */
kept_until: string | null, };

export type WatchableDto = { count: number, median: number | null, p90: number | null, p95: number | null, slowest: number | null, goal: number, within_goal: number, share: number | null, met: boolean | null, sentence: string, bins: Array<TimeBinDto>, by_length: Array<LengthDto>, slowest_recording: NamedDto | null, };

export type WayDto = { kind: WayKind, minutes: number, recordings: number, words: string, note: string, };

export type WayIn = "host" | "room_code" | "own_link";

export type WayKind = "empty_bin" | "archive_unwatched" | "rule" | "buy";

export type WeekDto = { start: string, total: number, succeeded: number, share: number | null, 
/**
 * Whether no job of this desk ran in it.
 */
desk_off: boolean, };

export type Whom = { "whom": "everybody" } | { "whom": "without_link" } | { "whom": "these", people: Array<string>, };

export type WorkerDto = { kind: "window" | "service" | "terminal" | "none", 
/**
 * Whether it is this window.
 */
is_this: boolean, 
/**
 * Since when.
 */
since: string | null, 
/**
 * The same in one sentence.
 */
words: string, };

export type WrittenDto = { 
/**
 * For programs that show formatted text: `html`, and `plain` for all others.
 */
plain: string, html: string, markdown: string, embed: string, 
/**
 * The QR code as SVG; `null` where the address is too long for one.
 */
qr: string | null, 
/**
 * A letter with the link.
 */
letter: LinkLetterDto, };

export type WrongLineDto = { line: number, reason: string, };

/** The core’s limits. Text is counted in characters. */
export const LIMITS = {"early_start_minutes":60,"instructor":80,"length_minutes":1440,"link_hours":24,"participants":1000,"start_grace_minutes":5,"start_horizon_minutes":2635200,"title":120} as const;

/** The recording qualities, best first. */
export const QUALITIES = ["1080p","720p","480p"] as const satisfies readonly Quality[];

/** The settings of an account that never saved any. */
export const DEFAULT_SETTINGS: SettingsDto = {"default_quality":"720p","default_duration_minutes":60,"default_max_participants":50,"default_record":true,"instructor":"","join_page_url":null,"auto_end":"off","transcripts":true,"captions":null};

/** Every command: what it is given, and what it answers. */
export type Commands = {
  sharing_ways: { args: Record<string, never>, result: SharingWaysDto },
  watch_link_make: { args: { recordingId: string, form: WatchLinkForm, format: LinkFormat }, result: MadeWatchLinkDto },
  watch_links: { args: { recordingId: string }, result: Array<WatchLinkDto> },
  watch_link_copy: { args: { linkId: string }, result: boolean },
  watch_link_revoke: { args: { linkId: string }, result: WatchLinkDto },
  watch_link_plays: { args: { linkId: string }, result: Array<WatchPlayDto> },
  class_link_copy: { args: { sessionId: string, series: boolean }, result: ClassLinkDto },
  class_link_state: { args: { sessionId: string, series: boolean }, result: ClassLinkDto },
  class_link_renew: { args: { sessionId: string, series: boolean }, result: ClassLinkDto },
  class_link_revoke: { args: { sessionId: string, series: boolean }, result: ClassLinkDto },
  waiting_list: { args: { sessionId: string }, result: WaitingRoomDto },
  waiting_admit: { args: { sessionId: string, seat: string }, result: WaitingRoomDto },
  waiting_refuse: { args: { sessionId: string, seat: string }, result: WaitingRoomDto },
  waiting_admit_all: { args: { sessionId: string }, result: WaitingRoomDto },
  class_lock: { args: { sessionId: string, locked: boolean }, result: WaitingRoomDto },
  door_status: { args: Record<string, never>, result: DoorStatusDto },
  door_rotate: { args: Record<string, never>, result: DoorStatusDto },
  door_end_plays: { args: Record<string, never>, result: DoorStatusDto },
  door_remove: { args: Record<string, never>, result: DoorStatusDto },
  door_token_paste: { args: { token: string }, result: DoorStatusDto },
  sessions_list: { args: { from: Moment | null, to: Moment | null }, result: Array<SessionDto> },
  session_create: { args: { input: SessionDraft }, result: SessionDto },
  session_edit: { args: { id: string, input: SessionDraft }, result: SessionDto },
  session_cancel: { args: { id: string }, result: SessionDto },
  session_restore: { args: { id: string }, result: SessionDto },
  session_invite: { args: { id: string }, result: InviteDto },
  session_conflicts: { args: { input: SessionDraft, sessionId: string | null, rrule: string | null }, result: ConflictsDto },
  series_conflicts: { args: { sessionId: string, scope: SeriesScope, input: SessionDraft, rule: string | null }, result: ConflictsDto },
  templates_list: { args: Record<string, never>, result: Array<TemplateDto> },
  template_save: { args: { template: string | null, input: TemplateDraft }, result: TemplateDto },
  template_from_session: { args: { sessionId: string, name: string }, result: TemplateDto },
  template_remove: { args: { template: string }, result: string },
  template_session_create: { args: { template: string, input: SessionDraft }, result: SessionDto },
  holidays_list: { args: Record<string, never>, result: Array<HolidayDto> },
  holiday_add: { args: { first: string, last: string, reason: string, ofSession: string | null, dryRun: boolean }, result: HolidayChangeDto },
  holiday_remove: { args: { holidayId: string, dryRun: boolean }, result: HolidayChangeDto },
  preflight_run: { args: { sessionId: string | null }, result: PreflightDto },
  preflight_last: { args: { sessionId: string | null }, result: PreflightDto | null },
  calendar_entries: { args: { fromDay: string, toDay: string, zone: string }, result: Array<CalendarEntryDto> },
  quick_line: { args: { text: string, zone: string, language: string }, result: QuickLineDto },
  quick_line_create: { args: { text: string, zone: string, language: string }, result: SessionDto },
  calendar_check: { args: { file: string, timezone: string }, result: CalendarCheckDto },
  calendar_import: { args: { file: string, timezone: string }, result: CalendarImportDto },
  calendar_holidays: { args: { file: string }, result: number },
  calendar_save: { args: { covered: CalendarCoveredDto, name: string }, result: SavedDto },
  feeds_list: { args: Record<string, never>, result: Array<FeedDto> },
  feed_check: { args: { feed: FeedDraft }, result: CalendarCheckDto },
  feed_add: { args: { feed: FeedDraft }, result: FollowedDto },
  feed_refresh: { args: { feed: string }, result: FollowedDto },
  feed_remove: { args: { feed: string }, result: FeedDto },
  calendar_places: { args: Record<string, never>, result: CalendarPlacesDto },
  calendar_keep_file: { args: { path: string | null }, result: CalendarPlacesDto },
  calendar_publish: { args: Record<string, never>, result: CalendarPlacesDto },
  calendar_take_down: { args: Record<string, never>, result: CalendarPlacesDto },
  roster_get: { args: { sessionId: string }, result: RosterDto },
  roster_check: { args: { sessionId: string, text: string }, result: CheckedTextDto },
  roster_import: { args: { sessionId: string, text: string, leaveOut: boolean, following: boolean }, result: RosterDto },
  roster_edit: { args: { sessionId: string, person: PersonDraft, following: boolean }, result: RosterDto },
  roster_remove: { args: { sessionId: string, people: Array<string>, following: boolean }, result: RosterDto },
  roster_others: { args: { sessionId: string }, result: Array<OtherRosterDto> },
  roster_take_over: { args: { sessionId: string, from: string, following: boolean }, result: RosterDto },
  roster_copy: { args: { sessionId: string, whom: Whom }, result: CopiedDto },
  roster_qr: { args: { sessionId: string, person: string | null }, result: QrDto },
  roster_save_calendar: { args: { sessionId: string, whom: Whom }, result: CalendarFilesDto },
  invitation_text: { args: Record<string, never>, result: InvitationTextDto },
  invitation_text_set: { args: { text: string }, result: InvitationTextDto },
  invitation_preview: { args: { sessionId: string, text: string }, result: string },
  series_preview: { args: { startLocal: string, timezone: string, rule: string }, result: SeriesPreviewDto },
  series_create: { args: { input: SessionDraft, rule: string, template: string | null, oneRoom: boolean }, result: SeriesMadeDto },
  series_of_session: { args: { sessionId: string }, result: SeriesDto | null },
  series_begin: { args: { sessionId: string, input: SessionDraft, rule: string, oneRoom: boolean, dryRun: boolean }, result: SeriesChangesDto },
  series_edit: { args: { sessionId: string, scope: SeriesScope, input: SessionDraft, rule: string | null, oneRoom: boolean | null, dryRun: boolean }, result: SeriesChangesDto },
  series_end: { args: { sessionId: string, dryRun: boolean }, result: SeriesChangesDto },
  series_skip: { args: { sessionId: string, day: string, dryRun: boolean }, result: SeriesChangesDto },
  session_start: { args: { id: string, early: boolean }, result: StartedDto },
  session_start_again: { args: { id: string }, result: StartedDto },
  session_rejoin: { args: { id: string }, result: StartedDto },
  session_end: { args: { id: string }, result: EndedDto },
  live_list: { args: Record<string, never>, result: Array<LiveDto> },
  recording_pause: { args: { sessionId: string }, result: LiveDto },
  recording_resume: { args: { sessionId: string }, result: LiveDto },
  sync_now: { args: Record<string, never>, result: SyncReportDto },
  room_people: { args: { sessionId: string }, result: RoomPeopleDto },
  room_remove: { args: { sessionId: string, participant: string }, result: RoomPeopleDto },
  session_extend: { args: { id: string, minutes: number }, result: ExtendedDto },
  session_extend_undo: { args: { id: string, change: string }, result: SessionDto },
  session_keep_open: { args: { id: string, keep: boolean }, result: null },
  session_history: { args: { sessionId: string }, result: HistoryDto },
  session_chat: { args: { sessionId: string, from: number }, result: Array<ChatLineDto> },
  session_transcript: { args: { sessionId: string, from: number }, result: TranscriptDto },
  session_attendance_save: { args: { sessionId: string }, result: SavedDto },
  session_text_save: { args: { sessionId: string, kind: TextKind, format: TextFormat }, result: SavedDto },
  rooms_open: { args: Record<string, never>, result: Array<OpenRoomDto> },
  room_close: { args: { room: string }, result: null },
  recording_get: { args: { id: string }, result: RecordingDetailDto },
  recordings_get: { args: { ids: Array<string> }, result: Array<RecordingDto> },
  recording_retry: { args: { id: string }, result: RecordingDto },
  recording_play: { args: { id: string }, result: PlaybackDto },
  recording_play_trouble: { args: { id: string }, result: ErrorDto | null },
  recording_save: { args: { id: string }, result: SavedDto },
  attach_candidates: { args: { sessionId: string }, result: Array<CandidateDto> },
  attach: { args: { sessionId: string, form: AttachForm, recordingId: string | null }, result: AttachedDto },
  failures_list: { args: Record<string, never>, result: FailuresDto },
  recording_evidence: { args: { id: string }, result: EvidenceDto },
  recordings_missing: { args: Record<string, never>, result: Array<RecordingDto> },
  recordings_keep: { args: { ids: Array<string>, matching: RecordingsQuery | null, except: Array<string> }, result: BulkDto },
  recordings_bin: { args: { ids: Array<string>, matching: RecordingsQuery | null, except: Array<string> }, result: BulkDto },
  recordings_restore: { args: { ids: Array<string> }, result: BulkDto },
  recording_delete: { args: { id: string, typed: string }, result: DeletionDto },
  bin_get: { args: Record<string, never>, result: BinDto },
  bin_stop_links: { args: { ids: Array<string>, withOthers: boolean }, result: StoppedLinksDto },
  recording_captions: { args: { id: string }, result: Array<CaptionsDto> },
  recording_captions_ask: { args: { id: string }, result: Array<CaptionsDto> },
  recording_captions_lines: { args: { id: string, language: string, from: number }, result: Array<CaptionLineDto> },
  recording_captions_generate: { args: { id: string, language: string }, result: Array<CaptionsDto> },
  recording_captions_upload: { args: { id: string, language: string, text: string }, result: Array<CaptionsDto> },
  recording_captions_edit: { args: { id: string, language: string, changes: Array<CueChangeDto> }, result: Array<CaptionsDto> },
  recording_captions_delete: { args: { id: string, language: string }, result: Array<CaptionsDto> },
  recording_check: { args: { id: string }, result: VideoCheckDto | null },
  recording_check_again: { args: { id: string }, result: VideoCheckDto },
  recording_clip_plan: { args: { id: string }, result: ClipPlanDto },
  recording_clip: { args: { id: string, fromSecond: number, toSecond: number }, result: RecordingDto },
  recording_choose_picture: { args: { recording: string, second: number }, result: ChosenPictureDto },
  recording_describe: { args: { id: string, draft: DescriptionDraft }, result: DescribedDto },
  recordings_tag: { args: { ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, add: Array<string>, remove: Array<string> }, result: BulkDto },
  recording_pictures: { args: { ids: Array<string> }, result: Array<PictureDto> },
  public_videos_list: { args: Record<string, never>, result: Array<PublicVideoDto> },
  public_videos_close: { args: { ids: Array<string> | null, othersToo: boolean }, result: ClosedVideosDto },
  retention_get: { args: Record<string, never>, result: RetentionDto },
  retention_series: { args: Record<string, never>, result: Array<RuleSeriesDto> },
  retention_save: { args: { rules: RetentionDto }, result: RetentionDto },
  retention_preview: { args: { rules: RetentionDto }, result: TrialDto },
  retention_apply: { args: { trial: string }, result: AppliedDto },
  recordings_list: { args: { query: RecordingsQuery }, result: RecordingsPage },
  recordings_counts: { args: { query: RecordingsQuery }, result: FacetsDto },
  library_views: { args: Record<string, never>, result: Array<SavedViewDto> },
  library_view_save: { args: { view: string | null, name: string, query: RecordingsQuery }, result: SavedViewDto },
  library_view_remove: { args: { view: string }, result: string },
  today: { args: Record<string, never>, result: TodayDto },
  failures_retry: { args: { cause: string }, result: RetriedAllDto },
  transfers_list: { args: Record<string, never>, result: Array<TransferDto> },
  transfer_pause: { args: { id: string }, result: TransferDto },
  transfer_resume: { args: { id: string }, result: TransferDto },
  transfer_cancel: { args: { id: string }, result: TransferDto },
  transfer_show: { args: { id: string }, result: boolean },
  recordings_download: { args: { ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, sound: boolean }, result: RequestedDto },
  recordings_archive: { args: { ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, place: string }, result: RequestedDto },
  archive_places: { args: Record<string, never>, result: Array<PlaceDto> },
  archive_folder_add: { args: { name: string }, result: PlaceDto | null },
  archive_bucket_add: { args: { name: string, bucket: BucketDraft, secret: string }, result: PlaceDto },
  archive_key_set: { args: { id: string, secret: string }, result: null },
  archive_test: { args: { id: string }, result: null },
  archive_remove: { args: { id: string }, result: null },
  archive_contents: { args: { id: string }, result: Array<ArchivedDto> },
  archive_import: { args: { id: string, name: string }, result: ImportedDto },
  storage_overview: { args: Record<string, never>, result: StorageDto },
  bin_empty: { args: { typed: string }, result: DeletionsDto },
  usage_overview: { args: { months: number }, result: UsageDto },
  price_set: { args: { name: string, cents: number, from: string }, result: Array<PriceDto> },
  price_reset: { args: { name: string }, result: Array<PriceDto> },
  budget_set: { args: { cents: number | null }, result: null },
  cost_estimate: { args: { minutes: number, people: number, quality: string }, result: EstimateDto },
  link_make: { args: { recordingId: string, hours: number, download: boolean }, result: MadeLinkDto },
  link_make_as: { args: { recordingId: string, form: LinkForm, format: LinkFormat }, result: MadeLinkDto },
  link_copy: { args: { text: string, html: string | null }, result: boolean },
  link_draft: { args: { linkId: string }, result: null },
  link_countries: { args: Record<string, never>, result: Array<string> },
  link_reissue: { args: { linkId: string }, result: MadeLinkDto },
  link_file: { args: { linkId: string, copy: boolean }, result: LinkFileDto },
  links_list: { args: Record<string, never>, result: Array<LinkDto> },
  links_revocation: { args: { recordingId: string }, result: RevocationDto },
  links_revoke: { args: { recordingId: string, withOthers: boolean }, result: RevocationDto },
  keys_list: { args: Record<string, never>, result: KeysDto },
  keys_sync: { args: Record<string, never>, result: KeySyncDto },
  keys_settings: { args: { settings: KeySettingsDto }, result: KeysDto },
  key_create: { args: { group: string | null }, result: KeyDto },
  key_import: { args: { kid: string | null, group: string | null }, result: ImportedKeyDto | null },
  key_consequence: { args: { kid: string }, result: KeyConsequenceDto },
  key_rotate: { args: { kid: string, now: boolean, confirmed: boolean }, result: KeyDto },
  key_revoke: { args: { kid: string, confirmed: boolean }, result: KeyDto },
  ledger_page: { args: { filter: LedgerFilterDto, after: LedgerPlaceDto | null, limit: number }, result: LedgerPageDto },
  ledger_verify: { args: Record<string, never>, result: Array<LedgerCheckDto> },
  channels_get: { args: Record<string, never>, result: ChannelsDto },
  desktop_quiet_save: { args: { quiet: QuietDto | null }, result: ChannelsDto },
  desktop_test: { args: Record<string, never>, result: TestAnswerDto },
  webhook_save: { args: { address: string }, result: SavedWebhookDto },
  webhook_secret_renew: { args: Record<string, never>, result: string },
  webhook_health: { args: Record<string, never>, result: ReceiverHealthDto },
  slack_save: { args: { address: string }, result: ChannelsDto },
  channel_quiet_save: { args: { channel: ChannelDto, quiet: QuietDto | null }, result: ChannelsDto },
  channel_remove: { args: { channel: ChannelDto }, result: ChannelsDto },
  channel_test: { args: { channel: ChannelDto }, result: TestAnswerDto },
  deliveries_list: { args: Record<string, never>, result: Array<DeliveryDto> },
  delivery_retry: { args: { deliveryId: number }, result: DeliveryDto },
  recording_replay: { args: { recordingId: string }, result: Array<DeliveryDto> },
  mail_get: { args: Record<string, never>, result: MailDto },
  mail_save: { args: { input: MailInputDto }, result: MailDto },
  mail_remove: { args: Record<string, never>, result: MailDto },
  mail_test: { args: { to: string }, result: TestAnswerDto },
  mail_preview: { args: { input: MailInputDto | null }, result: MailPreviewDto },
  mail_draft: { args: { recordingId: string }, result: null },
  session_mails_set: { args: { sessionId: string, mailed: boolean }, result: RosterDto },
  health_overview: { args: { days: number, instructor: string | null, series: string | null }, result: HealthDto },
  health_recordings: { args: { figure: string, days: number, instructor: string | null, series: string | null }, result: Array<CountedDto> },
  health_definitions: { args: Record<string, never>, result: Array<DefinitionDto> },
  alerts_list: { args: Record<string, never>, result: AlertsDto },
  alert_acknowledge: { args: { id: string }, result: AlertDto },
  alert_snooze: { args: { id: string, minutes: number }, result: AlertDto },
  alert_unsnooze: { args: { id: string }, result: AlertDto },
  alert_rules: { args: Record<string, never>, result: Array<AlertRuleDto> },
  alert_rule_save: { args: { rule: AlertRuleInput }, result: AlertRuleDto },
  alert_rule_delete: { args: { id: string }, result: null },
  alert_rule_reset: { args: { id: string }, result: AlertRuleDto },
  alert_rule_test: { args: { id: string }, result: Array<ToldDto> },
  alert_metrics: { args: Record<string, never>, result: Array<AlertMetricDto> },
  desk_health: { args: Record<string, never>, result: DeskStatusDto },
  job_run: { args: { name: string }, result: null },
  diagnostics: { args: Record<string, never>, result: DiagnosticsDto },
  diagnostics_copy: { args: Record<string, never>, result: null },
  service_status: { args: Record<string, never>, result: ServiceDto },
  report_months: { args: Record<string, never>, result: Array<string> },
  report: { args: { month: string }, result: ReportDto },
  report_save: { args: { month: string, format: ReportFormatDto }, result: string | null },
  report_open: { args: { month: string }, result: null },
  report_mail: { args: Record<string, never>, result: boolean },
  report_mail_set: { args: { on: boolean }, result: null },
  class_print_open: { args: { session: string }, result: null },
  desk_status: { args: Record<string, never>, result: DeskDto },
  connect_verify: { args: { form: ConnectForm }, result: ConnectReportDto },
  connect_save: { args: { form: ConnectForm }, result: DeskDto },
  connect_make_app: { args: { form: ConnectForm, name: string }, result: AppDto },
  connect_forget: { args: Record<string, never>, result: DeskDto },
  account_open: { args: Record<string, never>, result: DeskDto },
  desk_retry: { args: Record<string, never>, result: DeskDto },
  account_saved: { args: Record<string, never>, result: string | null },
  sandbox_open: { args: Record<string, never>, result: DeskDto },
  apps_get: { args: Record<string, never>, result: AppsDto },
  app_choose: { args: { appId: string, invitationsLapse: boolean }, result: AppDto },
  app_create: { args: { name: string }, result: AppDto },
  app_presets_repair: { args: Record<string, never>, result: PresetsRepairedDto },
  backups_list: { args: Record<string, never>, result: BackupsDto },
  backup_make: { args: Record<string, never>, result: CopyDto },
  backup_save: { args: Record<string, never>, result: SavedDto },
  export_save: { args: Record<string, never>, result: SavedDto },
  backup_preview: { args: { name: string }, result: RestorePreviewDto },
  backup_restore: { args: { name: string }, result: RestoredDto },
  database_begin_anew: { args: Record<string, never>, result: RestoredDto },
  desktop_abilities: { args: Record<string, never>, result: Array<AbilityDto> },
  global_keys_get: { args: Record<string, never>, result: GlobalKeysDto },
  global_keys_pause: { args: { paused: boolean }, result: null },
  global_keys_save: { args: { input: GlobalKeysInput }, result: GlobalKeysDto },
  jobs_list: { args: Record<string, never>, result: Array<JobDto> },
  session_changes: { args: { sessionId: string, limit: number }, result: Array<ChangeDto> },
  change_undo: { args: { change: string }, result: ChangeDto },
  join_page_status: { args: Record<string, never>, result: JoinPageDto },
  join_page_publish: { args: { name: string | null, hostname: string | null, replace: boolean }, result: PublishedDto },
  join_page_remove: { args: Record<string, never>, result: boolean },
  join_page_copy: { args: Record<string, never>, result: boolean },
  role_get: { args: Record<string, never>, result: RoleDto },
  role_set: { args: { role: RoleName, passphrase: PassphraseInput | null }, result: RoleDto },
  role_passphrase_set: { args: { passphrase: PassphraseInput, present: PassphraseInput | null }, result: RoleDto },
  role_try_token: { args: Record<string, never>, result: RoleDto },
  settings_get: { args: Record<string, never>, result: SettingsDto },
  settings_save: { args: { input: SettingsDto }, result: SettingsDto },
  reminders_get: { args: Record<string, never>, result: RemindersDto },
  reminders_save: { args: { input: RemindersDto }, result: RemindersDto },
  rehearsal_get: { args: Record<string, never>, result: RehearsalDto },
  rehearsal_begin: { args: { name: string }, result: RehearsalDto },
  rehearsal_speed: { args: { factor: number }, result: RehearsalDto },
  rehearsal_fault: { args: { form: FaultForm }, result: RehearsalDto },
  rehearsal_calm: { args: Record<string, never>, result: RehearsalDto },
  window_zoom: { args: { percent: number }, result: null },
  close_asked: { args: Record<string, never>, result: null },
  close_anyway: { args: Record<string, never>, result: null },
  close_to_background: { args: Record<string, never>, result: null },
  close_after_ending: { args: Record<string, never>, result: null },
  compact_open: { args: Record<string, never>, result: null },
  compact_close: { args: Record<string, never>, result: null },
  large_window: { args: Record<string, never>, result: null },
  computer_awake: { args: Record<string, never>, result: AwakeState },
};

/** The topics that each command changes. */
export const CHANGES: { readonly [C in keyof Commands]: readonly Topic[] } = {
  sharing_ways: [],
  watch_link_make: ["links", "recordings"],
  watch_links: [],
  watch_link_copy: [],
  watch_link_revoke: ["links"],
  watch_link_plays: [],
  class_link_copy: ["sessions"],
  class_link_state: [],
  class_link_renew: ["sessions"],
  class_link_revoke: ["sessions"],
  waiting_list: [],
  waiting_admit: ["sessions"],
  waiting_refuse: ["sessions"],
  waiting_admit_all: ["sessions"],
  class_lock: ["sessions"],
  door_status: [],
  door_rotate: ["desk"],
  door_end_plays: ["desk"],
  door_remove: ["desk", "links", "sessions"],
  door_token_paste: ["desk"],
  sessions_list: [],
  session_create: ["sessions"],
  session_edit: ["sessions"],
  session_cancel: ["sessions"],
  session_restore: ["sessions"],
  session_invite: ["sessions"],
  session_conflicts: [],
  series_conflicts: [],
  templates_list: [],
  template_save: ["sessions"],
  template_from_session: ["sessions"],
  template_remove: ["sessions"],
  template_session_create: ["sessions"],
  holidays_list: [],
  holiday_add: ["sessions"],
  holiday_remove: ["sessions"],
  preflight_run: [],
  preflight_last: [],
  calendar_entries: [],
  quick_line: [],
  quick_line_create: ["sessions"],
  calendar_check: [],
  calendar_import: ["sessions"],
  calendar_holidays: ["sessions"],
  calendar_save: [],
  feeds_list: [],
  feed_check: [],
  feed_add: ["sessions"],
  feed_refresh: ["sessions"],
  feed_remove: ["sessions"],
  calendar_places: [],
  calendar_keep_file: ["sessions"],
  calendar_publish: ["sessions"],
  calendar_take_down: ["sessions"],
  roster_get: [],
  roster_check: [],
  roster_import: ["sessions"],
  roster_edit: ["sessions"],
  roster_remove: ["sessions"],
  roster_others: [],
  roster_take_over: ["sessions"],
  roster_copy: ["sessions"],
  roster_qr: ["sessions"],
  roster_save_calendar: ["sessions"],
  invitation_text: [],
  invitation_text_set: ["desk"],
  invitation_preview: [],
  series_preview: [],
  series_create: ["sessions"],
  series_of_session: [],
  series_begin: ["sessions"],
  series_edit: ["sessions"],
  series_end: ["sessions"],
  series_skip: ["sessions"],
  session_start: ["sessions","recordings"],
  session_start_again: ["sessions","recordings"],
  session_rejoin: ["sessions"],
  session_end: ["sessions","recordings","desk"],
  live_list: [],
  recording_pause: ["sessions","recordings"],
  recording_resume: ["sessions","recordings"],
  sync_now: ["desk","sessions","recordings"],
  room_people: [],
  room_remove: ["sessions"],
  session_extend: ["sessions"],
  session_extend_undo: ["sessions"],
  session_keep_open: ["sessions"],
  session_history: [],
  session_chat: [],
  session_transcript: [],
  session_attendance_save: [],
  session_text_save: [],
  rooms_open: [],
  room_close: ["sessions"],
  recording_get: [],
  recordings_get: [],
  recording_retry: ["recordings"],
  recording_play: [],
  recording_play_trouble: [],
  recording_save: [],
  attach_candidates: [],
  attach: ["recordings","sessions"],
  failures_list: [],
  recording_evidence: [],
  recordings_missing: [],
  recordings_keep: ["recordings"],
  recordings_bin: ["recordings"],
  recordings_restore: ["recordings"],
  recording_delete: ["recordings"],
  bin_get: [],
  bin_stop_links: ["recordings","links"],
  recording_captions: [],
  recording_captions_ask: ["recordings"],
  recording_captions_lines: [],
  recording_captions_generate: ["recordings"],
  recording_captions_upload: ["recordings"],
  recording_captions_edit: ["recordings"],
  recording_captions_delete: ["recordings"],
  recording_check: [],
  recording_check_again: ["recordings"],
  recording_clip_plan: [],
  recording_clip: ["recordings"],
  recording_choose_picture: ["recordings"],
  recording_describe: ["recordings"],
  recordings_tag: ["recordings"],
  recording_pictures: [],
  public_videos_list: [],
  public_videos_close: ["links","recordings"],
  retention_get: [],
  retention_series: [],
  retention_save: ["desk"],
  retention_preview: [],
  retention_apply: ["recordings"],
  recordings_list: [],
  recordings_counts: [],
  library_views: [],
  library_view_save: ["recordings"],
  library_view_remove: ["recordings"],
  today: [],
  failures_retry: ["recordings"],
  transfers_list: [],
  transfer_pause: ["transfers"],
  transfer_resume: ["transfers"],
  transfer_cancel: ["transfers"],
  transfer_show: [],
  recordings_download: ["transfers"],
  recordings_archive: ["transfers"],
  archive_places: [],
  archive_folder_add: ["transfers"],
  archive_bucket_add: ["transfers"],
  archive_key_set: ["transfers"],
  archive_test: [],
  archive_remove: ["transfers"],
  archive_contents: [],
  archive_import: ["recordings","sessions"],
  storage_overview: [],
  bin_empty: ["desk","recordings"],
  usage_overview: [],
  price_set: ["desk"],
  price_reset: ["desk"],
  budget_set: ["desk"],
  cost_estimate: [],
  link_make: ["links","recordings"],
  link_make_as: ["links","recordings"],
  link_copy: [],
  link_draft: [],
  link_countries: [],
  link_reissue: ["links","recordings"],
  link_file: [],
  links_list: [],
  links_revocation: [],
  links_revoke: ["links","recordings"],
  keys_list: [],
  keys_sync: ["links"],
  keys_settings: ["links"],
  key_create: ["links"],
  key_import: ["links"],
  key_consequence: [],
  key_rotate: ["links"],
  key_revoke: ["links","recordings"],
  ledger_page: [],
  ledger_verify: [],
  channels_get: [],
  desktop_quiet_save: ["deliveries"],
  desktop_test: ["deliveries"],
  webhook_save: ["deliveries"],
  webhook_secret_renew: ["deliveries"],
  webhook_health: [],
  slack_save: ["deliveries"],
  channel_quiet_save: ["deliveries"],
  channel_remove: ["deliveries"],
  channel_test: ["deliveries"],
  deliveries_list: [],
  delivery_retry: ["deliveries"],
  recording_replay: ["deliveries"],
  mail_get: [],
  mail_save: ["deliveries"],
  mail_remove: ["deliveries"],
  mail_test: ["deliveries"],
  mail_preview: [],
  mail_draft: [],
  session_mails_set: ["sessions"],
  health_overview: [],
  health_recordings: [],
  health_definitions: [],
  alerts_list: [],
  alert_acknowledge: ["desk"],
  alert_snooze: ["desk"],
  alert_unsnooze: ["desk"],
  alert_rules: [],
  alert_rule_save: ["desk"],
  alert_rule_delete: ["desk"],
  alert_rule_reset: ["desk"],
  alert_rule_test: ["deliveries"],
  alert_metrics: [],
  desk_health: [],
  job_run: ["desk"],
  diagnostics: [],
  diagnostics_copy: [],
  service_status: [],
  report_months: [],
  report: [],
  report_save: [],
  report_open: [],
  report_mail: [],
  report_mail_set: ["desk"],
  class_print_open: [],
  desk_status: [],
  connect_verify: [],
  connect_save: ["desk","sessions","recordings","links"],
  connect_make_app: [],
  connect_forget: ["desk","sessions","recordings","links"],
  account_open: ["desk","sessions","recordings","links"],
  desk_retry: ["desk","sessions","recordings","links"],
  account_saved: [],
  sandbox_open: ["desk","sessions","recordings","links"],
  apps_get: [],
  app_choose: ["desk","sessions","recordings"],
  app_create: ["desk"],
  app_presets_repair: ["desk"],
  backups_list: [],
  backup_make: [],
  backup_save: [],
  export_save: [],
  backup_preview: [],
  backup_restore: ["desk","sessions","recordings","links"],
  database_begin_anew: ["desk","sessions","recordings","links"],
  desktop_abilities: [],
  global_keys_get: [],
  global_keys_pause: [],
  global_keys_save: ["desk"],
  jobs_list: [],
  session_changes: [],
  change_undo: ["sessions","recordings"],
  join_page_status: [],
  join_page_publish: ["desk"],
  join_page_remove: ["desk"],
  join_page_copy: [],
  role_get: [],
  role_set: ["desk","sessions","recordings","links"],
  role_passphrase_set: ["desk"],
  role_try_token: ["desk"],
  settings_get: [],
  settings_save: ["desk"],
  reminders_get: [],
  reminders_save: ["desk"],
  rehearsal_get: [],
  rehearsal_begin: [],
  rehearsal_speed: [],
  rehearsal_fault: [],
  rehearsal_calm: [],
  window_zoom: [],
  close_asked: [],
  close_anyway: [],
  close_to_background: [],
  close_after_ending: ["sessions","recordings","desk"],
  compact_open: [],
  compact_close: [],
  large_window: [],
  computer_awake: [],
};

/** The payload of each event that the page hears. */
export type Events = {
  changed: ChangedDto,
  close_asked: CloseQuestionDto,
  notice: UserError,
  open_alerts: null,
  open_recording: string,
  open_session: SessionDto,
  open_today: null,
  publishing: string,
};

/** Sends a command to the shell. */
export type Call = <C extends keyof Commands>(command: C, args: Commands[C]["args"]) => Promise<Commands[C]["result"]>;

/** One function for each command. */
export const createApi = (call: Call) => ({
  sharingWays: () => call("sharing_ways", {}),
  watchLinkMake: (recordingId: string, form: WatchLinkForm, format: LinkFormat) => call("watch_link_make", { recordingId, form, format }),
  watchLinks: (recordingId: string) => call("watch_links", { recordingId }),
  watchLinkCopy: (linkId: string) => call("watch_link_copy", { linkId }),
  watchLinkRevoke: (linkId: string) => call("watch_link_revoke", { linkId }),
  watchLinkPlays: (linkId: string) => call("watch_link_plays", { linkId }),
  classLinkCopy: (sessionId: string, series: boolean) => call("class_link_copy", { sessionId, series }),
  classLinkState: (sessionId: string, series: boolean) => call("class_link_state", { sessionId, series }),
  classLinkRenew: (sessionId: string, series: boolean) => call("class_link_renew", { sessionId, series }),
  classLinkRevoke: (sessionId: string, series: boolean) => call("class_link_revoke", { sessionId, series }),
  waitingList: (sessionId: string) => call("waiting_list", { sessionId }),
  waitingAdmit: (sessionId: string, seat: string) => call("waiting_admit", { sessionId, seat }),
  waitingRefuse: (sessionId: string, seat: string) => call("waiting_refuse", { sessionId, seat }),
  waitingAdmitAll: (sessionId: string) => call("waiting_admit_all", { sessionId }),
  classLock: (sessionId: string, locked: boolean) => call("class_lock", { sessionId, locked }),
  doorStatus: () => call("door_status", {}),
  doorRotate: () => call("door_rotate", {}),
  doorEndPlays: () => call("door_end_plays", {}),
  doorRemove: () => call("door_remove", {}),
  doorTokenPaste: (token: string) => call("door_token_paste", { token }),
  /** Returns the sessions that overlap the span, by start. Without `from` or `to`, the span has no limit on that side. */
  sessionsList: (from: Moment | null, to: Moment | null) => call("sessions_list", { from, to }),
  sessionCreate: (input: SessionDraft) => call("session_create", { input }),
  sessionEdit: (id: string, input: SessionDraft) => call("session_edit", { id, input }),
  sessionCancel: (id: string) => call("session_cancel", { id }),
  /** Puts a cancelled session back on the schedule. */
  sessionRestore: (id: string) => call("session_restore", { id }),
  /** Makes an invitation for one person and copies its address. */
  sessionInvite: (id: string) => call("session_invite", { id }),
  /** Returns the conflicts of a plan, which is not saved. `session_id` is the session that the plan would change, and `rrule` the rule of the series that it would begin. */
  sessionConflicts: (input: SessionDraft, sessionId: string | null, rrule: string | null) => call("session_conflicts", { input, sessionId, rrule }),
  /** Returns the conflicts of a change of a session and those after it, or of all of its series that have not begun. The change is not saved. */
  seriesConflicts: (sessionId: string, scope: SeriesScope, input: SessionDraft, rule: string | null) => call("series_conflicts", { sessionId, scope, input, rule }),
  /** Returns all templates, by name. */
  templatesList: () => call("templates_list", {}),
  /** Adds a template, or changes the one with this id. Its people stay. */
  templateSave: (template: string | null, input: TemplateDraft) => call("template_save", { template, input }),
  /** Makes a template of a class: of its plan and its people. */
  templateFromSession: (sessionId: string, name: string) => call("template_from_session", { sessionId, name }),
  /** Removes a template. Returns the change, which can be undone. */
  templateRemove: (template: string) => call("template_remove", { template }),
  /** Puts a class on the schedule, with the people of a template on its roster. */
  templateSessionCreate: (template: string, input: SessionDraft) => call("template_session_create", { template, input }),
  /** Returns all holidays, by their first day. */
  holidaysList: () => call("holidays_list", {}),
  /** Leaves out the classes of all series from `first` to `last`, both included (`2026-12-24`), or only those of the series of a session. With `dry_run`, only says which. */
  holidayAdd: (first: string, last: string, reason: string, ofSession: string | null, dryRun: boolean) => call("holiday_add", { first, last, reason, ofSession, dryRun }),
  /** Removes a holiday and puts back the classes that it left out. */
  holidayRemove: (holidayId: string, dryRun: boolean) => call("holiday_remove", { holidayId, dryRun }),
  /** Makes the checks for a session, or for the desk alone. Takes some seconds at most. */
  preflightRun: (sessionId: string | null) => call("preflight_run", { sessionId }),
  /** Returns what the checks found last; `null` where they were not made within a day. Sends no request. */
  preflightLast: (sessionId: string | null) => call("preflight_last", { sessionId }),
  /** Returns the sessions of the days from one to another, both included, by start. The days are those of `zone`. */
  calendarEntries: (fromDay: string, toDay: string, zone: string) => call("calendar_entries", { fromDay, toDay, zone }),
  /** Reads a class from a line. Changes nothing. */
  quickLine: (text: string, zone: string, language: string) => call("quick_line", { text, zone, language }),
  /** Puts the class of a line on the schedule, or its series, and returns the first session. */
  quickLineCreate: (text: string, zone: string, language: string) => call("quick_line_create", { text, zone, language }),
  /** Reads a calendar file, sent in Base64, and returns what an import would do. Changes nothing. Times without a zone count in `timezone`. */
  calendarCheck: (file: string, timezone: string) => call("calendar_check", { file, timezone }),
  /** Imports a calendar file, sent in Base64, as one change that can be undone. */
  calendarImport: (file: string, timezone: string) => call("calendar_import", { file, timezone }),
  /** Takes the days of a calendar of all-day events, sent in Base64, as holidays. Returns how many there are. */
  calendarHolidays: (file: string) => call("calendar_holidays", { file }),
  /** Saves a part of the schedule as a calendar file in the folder for downloads. `name` is the name of the file without its ending. */
  calendarSave: (covered: CalendarCoveredDto, name: string) => call("calendar_save", { covered, name }),
  /** Returns all feeds, the oldest first. */
  feedsList: () => call("feeds_list", {}),
  /** Reads a calendar from its address and returns what following it would do now. Changes nothing. */
  feedCheck: (feed: FeedDraft) => call("feed_check", { feed }),
  /** Imports a calendar from its address, as one change that can be undone, and reads it again from then on. */
  feedAdd: (feed: FeedDraft) => call("feed_add", { feed }),
  /** Reads a feed now. */
  feedRefresh: (feed: string) => call("feed_refresh", { feed }),
  /** Follows a calendar no longer. The classes that were made of it stay. */
  feedRemove: (feed: string) => call("feed_remove", { feed }),
  /** Returns where the schedule is kept as a calendar for other programs. */
  calendarPlaces: () => call("calendar_places", {}),
  /** Keeps the schedule in a file from now on; with `null`, no longer. */
  calendarKeepFile: (path: string | null) => call("calendar_keep_file", { path }),
  /** Publishes the coming classes at a new address that nobody can guess. An address from before opens no longer. */
  calendarPublish: () => call("calendar_publish", {}),
  /** Takes the published calendar down. */
  calendarTakeDown: () => call("calendar_take_down", {}),
  /** Returns the people of a session. */
  rosterGet: (sessionId: string) => call("roster_get", { sessionId }),
  /** Reads a text and returns what an import would do. Changes nothing. */
  rosterCheck: (sessionId: string, text: string) => call("roster_check", { sessionId, text }),
  /** Adds the people in a text. Where a line is wrong, nobody is added, unless `leave_out` is set. With `following`, the same happens in the later classes of its series. */
  rosterImport: (sessionId: string, text: string, leaveOut: boolean, following: boolean) => call("roster_import", { sessionId, text, leaveOut, following }),
  /** Changes a person. With `following`, the same happens in the later classes of its series. */
  rosterEdit: (sessionId: string, person: PersonDraft, following: boolean) => call("roster_edit", { sessionId, person, following }),
  /** Takes people off the list. The links that were made for them soon let nobody in any more. */
  rosterRemove: (sessionId: string, people: Array<string>, following: boolean) => call("roster_remove", { sessionId, people, following }),
  /** Returns the newest other sessions with people on their lists. */
  rosterOthers: (sessionId: string) => call("roster_others", { sessionId }),
  /** Adds the people of another session who are not on the list yet. */
  rosterTakeOver: (sessionId: string, from: string, following: boolean) => call("roster_take_over", { sessionId, from, following }),
  /** Makes fresh links and copies the invitations as text and as HTML. */
  rosterCopy: (sessionId: string, whom: Whom) => call("roster_copy", { sessionId, whom }),
  /** Draws the QR code of a person’s link, or of the room where no person is named. */
  rosterQr: (sessionId: string, person: string | null) => call("roster_qr", { sessionId, person }),
  /** Saves a calendar file with the person’s own link for each person, in the folder for downloads. */
  rosterSaveCalendar: (sessionId: string, whom: Whom) => call("roster_save_calendar", { sessionId, whom }),
  /** Returns the text of invitations at this desk, and the fields that it may hold. */
  invitationText: () => call("invitation_text", {}),
  /** Stores the text of invitations. An empty one brings back the first text. */
  invitationTextSet: (text: string) => call("invitation_text_set", { text }),
  /** Returns how the invitation of a person would read with this text. The link in it opens nothing. */
  invitationPreview: (sessionId: string, text: string) => call("invitation_preview", { sessionId, text }),
  /** Returns what a recurrence rule of RFC 5545 would do. `start_local` is wall-clock time in `timezone`. */
  seriesPreview: (startLocal: string, timezone: string, rule: string) => call("series_preview", { startLocal, timezone, rule }),
  /** Puts a series on the schedule. Its classes begin with the people of the template, and share one room with `one_room`. */
  seriesCreate: (input: SessionDraft, rule: string, template: string | null, oneRoom: boolean) => call("series_create", { input, rule, template, oneRoom }),
  /** Returns the series of a session; null for a session of its own. */
  seriesOfSession: (sessionId: string) => call("series_of_session", { sessionId }),
  /** Makes a class of its own the first class of a series; it keeps its room, its people and its invitations. With `one_room` all classes share its room. With `dry_run`, only says what would change. */
  seriesBegin: (sessionId: string, input: SessionDraft, rule: string, oneRoom: boolean, dryRun: boolean) => call("series_begin", { sessionId, input, rule, oneRoom, dryRun }),
  /** Changes a session and those after it, or all of its series that have not begun; with `rule`, also how the series repeats, and with `one_room`, whether its classes share one room. With `dry_run`, only says what would change. */
  seriesEdit: (sessionId: string, scope: SeriesScope, input: SessionDraft, rule: string | null, oneRoom: boolean | null, dryRun: boolean) => call("series_edit", { sessionId, scope, input, rule, oneRoom, dryRun }),
  /** Cancels a session and those after it; the series ends before it. With `dry_run`, only says what would change. */
  seriesEnd: (sessionId: string, dryRun: boolean) => call("series_end", { sessionId, dryRun }),
  /** Leaves out the class of a day, given as `2026-12-24`, also one that is not on the schedule yet. */
  seriesSkip: (sessionId: string, day: string, dryRun: boolean) => call("series_skip", { sessionId, day, dryRun }),
  /** Opens the room and lets the host in. `early` confirms a start long before the planned one. */
  sessionStart: (id: string, early: boolean) => call("session_start", { id, early }),
  /** Opens a session again that was ended by mistake before anything was recorded. */
  sessionStartAgain: (id: string) => call("session_start_again", { id }),
  /** Opens the room of a live session in the host's browser again. `session_start` does the same for a live session. */
  sessionRejoin: (id: string) => call("session_rejoin", { id }),
  /** Stops recording, removes everybody and closes the room. */
  sessionEnd: (id: string) => call("session_end", { id }),
  liveList: () => call("live_list", {}),
  recordingPause: (sessionId: string) => call("recording_pause", { sessionId }),
  /** Resumes the recording of a live session, or starts another recording if the last one has stopped. */
  recordingResume: (sessionId: string) => call("recording_resume", { sessionId }),
  /** Syncs with the whole Cloudflare account at once. */
  syncNow: () => call("sync_now", {}),
  /** Returns who is and was in the room of a session. Cloudflare is asked at most every ten seconds. */
  roomPeople: (sessionId: string) => call("room_people", { sessionId }),
  /** Removes somebody from the room and takes their link back. */
  roomRemove: (sessionId: string, participant: string) => call("room_remove", { sessionId, participant }),
  /** Moves the planned end of a live session by this number of minutes. */
  sessionExtend: (id: string, minutes: number) => call("session_extend", { id, minutes }),
  /** Undoes an extension. */
  sessionExtendUndo: (id: string, change: string) => call("session_extend_undo", { id, change }),
  /** Keeps a live class open that would end by itself, or lets it end by itself again. */
  sessionKeepOpen: (id: string, keep: boolean) => call("session_keep_open", { id, keep }),
  /** Returns what became of a class. */
  sessionHistory: (sessionId: string) => call("session_history", { sessionId }),
  /** Returns at most 500 lines of the chat of a class, from this one on. Lines count from 0. */
  sessionChat: (sessionId: string, from: number) => call("session_chat", { sessionId, from }),
  /** Returns at most 500 lines of the transcript of a class, from this one on. Lines count from 0. */
  sessionTranscript: (sessionId: string, from: number) => call("session_transcript", { sessionId, from }),
  /** Saves the list of who attended a class as CSV in the folder for downloads. */
  sessionAttendanceSave: (sessionId: string) => call("session_attendance_save", { sessionId }),
  /** Saves the chat or the transcript of a class as a file in the folder for downloads. */
  sessionTextSave: (sessionId: string, kind: TextKind, format: TextFormat) => call("session_text_save", { sessionId, kind, format }),
  /** Returns the open rooms with Hajime’s mark, those that nobody needs first. */
  roomsOpen: () => call("rooms_open", {}),
  /** Closes a room whose class is over. Nothing is deleted. */
  roomClose: (room: string) => call("room_close", { room }),
  recordingGet: (id: string) => call("recording_get", { id }),
  /** Returns several recordings without their history, in no particular order. One that does not exist is left out. */
  recordingsGet: (ids: Array<string>) => call("recordings_get", { ids }),
  /** Tries a failed recording again, from the step that failed. */
  recordingRetry: (id: string) => call("recording_retry", { id }),
  /** Returns addresses that play a recording in the window for some hours. */
  recordingPlay: (id: string) => call("recording_play", { id }),
  /** Returns why a ready recording does not play; `null` if no reason is known. */
  recordingPlayTrouble: (id: string) => call("recording_play_trouble", { id }),
  /** Saves the recording's file in the folder for downloads. Continues an earlier download that was interrupted. */
  recordingSave: (id: string) => call("recording_save", { id }),
  /** Returns the videos and RealtimeKit recordings at Cloudflare that may belong to a session, the likeliest first. */
  attachCandidates: (sessionId: string) => call("attach_candidates", { sessionId }),
  /** Makes a video or a RealtimeKit recording the recording of a session. It is attached to a failed recording of the session if there is one, to the given recording first. */
  attach: (sessionId: string, form: AttachForm, recordingId: string | null) => call("attach", { sessionId, form, recordingId }),
  /** Everything that can go wrong with a recording. */
  failuresList: () => call("failures_list", {}),
  /** Copies the evidence of a recording and returns it as text. It may be shown to anybody. */
  recordingEvidence: (id: string) => call("recording_evidence", { id }),
  /** Returns the recordings on the list that are gone at Cloudflare. */
  recordingsMissing: () => call("recordings_missing", {}),
  /** Keeps recordings forever: those with these ids, or all that a query finds without those in `except`. */
  recordingsKeep: (ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>) => call("recordings_keep", { ids, matching, except }),
  /** Puts recordings in the bin: those with these ids, or all that a query finds without those in `except`. */
  recordingsBin: (ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>) => call("recordings_bin", { ids, matching, except }),
  /** Takes recordings out of the bin, and lets those that are kept forever have their date again. */
  recordingsRestore: (ids: Array<string>) => call("recordings_restore", { ids }),
  /** Deletes the video of a recording in the bin for good. `typed` must be its title. */
  recordingDelete: (id: string, typed: string) => call("recording_delete", { id, typed }),
  /** Returns the recordings in the bin whose minutes Stream still counts. */
  binGet: () => call("bin_get", {}),
  /** Stops the links of recordings in the bin at once. */
  binStopLinks: (ids: Array<string>, withOthers: boolean) => call("bin_stop_links", { ids, withOthers }),
  /** Returns the captions of a recording that this desk knows of. */
  recordingCaptions: (id: string) => call("recording_captions", { id }),
  /** Asks Stream which captions a recording has, and returns them. */
  recordingCaptionsAsk: (id: string) => call("recording_captions_ask", { id }),
  /** Returns at most 500 lines of the captions of a recording, from this one on. Lines count from 0. */
  recordingCaptionsLines: (id: string, language: string, from: number) => call("recording_captions_lines", { id, language, from }),
  /** Has Stream make captions in a language. */
  recordingCaptionsGenerate: (id: string, language: string) => call("recording_captions_generate", { id, language }),
  /** Uploads the text of a `WebVTT` or `SubRip` file as captions in a language. */
  recordingCaptionsUpload: (id: string, language: string, text: string) => call("recording_captions_upload", { id, language, text }),
  /** Changes the text of captions. Their times stay. */
  recordingCaptionsEdit: (id: string, language: string, changes: Array<CueChangeDto>) => call("recording_captions_edit", { id, language, changes }),
  /** Deletes captions at Stream and on this computer. */
  recordingCaptionsDelete: (id: string, language: string) => call("recording_captions_delete", { id, language }),
  /** Returns what is known of the picture and the sound of a recording; `null` where it was not checked. */
  recordingCheck: (id: string) => call("recording_check", { id }),
  /** Checks the picture and the sound of a recording again. The result follows in a minute. */
  recordingCheckAgain: (id: string) => call("recording_check_again", { id }),
  /** Looks at a recording that is to be cut, and suggests a part of it. */
  recordingClipPlan: (id: string) => call("recording_clip_plan", { id }),
  /** Has a part of a recording cut out as a recording of its own. The whole stays as it is. */
  recordingClip: (id: string, fromSecond: number, toSecond: number) => call("recording_clip", { id, fromSecond, toSecond }),
  /** Makes the picture at a second of the video the one that stands for the recording. */
  recordingChoosePicture: (recording: string, second: number) => call("recording_choose_picture", { recording, second }),
  /** Changes title, notes or tags of a recording. The video at Stream gets them too. */
  recordingDescribe: (id: string, draft: DescriptionDraft) => call("recording_describe", { id, draft }),
  /** Adds tags to recordings and takes tags off them: to those with these ids, or to all that a query finds without those in `except`. A recording that is refused does not keep the others from being changed. */
  recordingsTag: (ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, add: Array<string>, remove: Array<string>) => call("recordings_tag", { ids, matching, except, add, remove }),
  /** Returns addresses of still pictures of recordings, as far as there are any. They expire. */
  recordingPictures: (ids: Array<string>) => call("recording_pictures", { ids }),
  /** Returns the videos of the account that everybody can watch who has their address, the newest first. Asks Cloudflare. */
  publicVideosList: () => call("public_videos_list", {}),
  /** Closes public videos: those of `ids`, or all if it is `null`. Those that are not ours are left alone unless `others_too` is set. */
  publicVideosClose: (ids: Array<string> | null, othersToo: boolean) => call("public_videos_close", { ids, othersToo }),
  /** Returns the rules. */
  retentionGet: () => call("retention_get", {}),
  /** Returns the series that a rule may be about. */
  retentionSeries: () => call("retention_series", {}),
  /** Saves the rules. New recordings get their date by them; those that are there keep theirs until the rules are applied. */
  retentionSave: (rules: RetentionDto) => call("retention_save", { rules }),
  /** Returns what applying rules would change, whether they are saved or not. Changes nothing. */
  retentionPreview: (rules: RetentionDto) => call("retention_preview", { rules }),
  /** Applies the saved rules, if they still change what the trial with this name listed. */
  retentionApply: (trial: string) => call("retention_apply", { trial }),
  /** Returns a page of the list, with where the search was found in each recording. */
  recordingsList: (query: RecordingsQuery) => call("recordings_list", { query }),
  /** Returns how many recordings each choice of a filter would leave. */
  recordingsCounts: (query: RecordingsQuery) => call("recordings_counts", { query }),
  /** Returns the saved views, by name. */
  libraryViews: () => call("library_views", {}),
  /** Saves a query under a name: a new view, or the one with this id. */
  libraryViewSave: (view: string | null, name: string, query: RecordingsQuery) => call("library_view_save", { view, name, query }),
  /** Removes a saved view. Returns the change, which can be undone. */
  libraryViewRemove: (view: string) => call("library_view_remove", { view }),
  today: () => call("today", {}),
  /** Tries again every failed recording of Today that has this cause. */
  failuresRetry: (cause: string) => call("failures_retry", { cause }),
  /** Returns the newest downloads and archivings, newest first. */
  transfersList: () => call("transfers_list", {}),
  /** Pauses a transfer. What came is kept. */
  transferPause: (id: string) => call("transfer_pause", { id }),
  /** Lets a transfer go on at once, from where it stopped. */
  transferResume: (id: string) => call("transfer_resume", { id }),
  /** Cancels a transfer and removes what came of it. */
  transferCancel: (id: string) => call("transfer_cancel", { id }),
  /** Opens the folder of a transfer in the file manager. Returns whether that worked. */
  transferShow: (id: string) => call("transfer_show", { id }),
  /** Downloads recordings into the folder for downloads: their videos, or their sound alone. One that cannot be downloaded does not keep the others from it. */
  recordingsDownload: (ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, sound: boolean) => call("recordings_download", { ids, matching, except, sound }),
  /** Copies recordings to a place of the archive. One that cannot be copied does not keep the others from it. */
  recordingsArchive: (ids: Array<string>, matching: RecordingsQuery | null, except: Array<string>, place: string) => call("recordings_archive", { ids, matching, except, place }),
  /** Returns the places of the archive. */
  archivePlaces: () => call("archive_places", {}),
  /** Adds a folder as a place. A person chooses it in a dialog of the system; `null` if no folder was chosen. */
  archiveFolderAdd: (name: string) => call("archive_folder_add", { name }),
  /** Adds a bucket as a place. Its secret key goes to the keyring and is never shown again. */
  archiveBucketAdd: (name: string, bucket: BucketDraft, secret: string) => call("archive_bucket_add", { name, bucket, secret }),
  /** Replaces the secret key of a bucket. */
  archiveKeySet: (id: string, secret: string) => call("archive_key_set", { id, secret }),
  /** Writes a small file to a place and reads it back. */
  archiveTest: (id: string) => call("archive_test", { id }),
  /** Takes a place off the list and forgets its key. What is archived there stays. */
  archiveRemove: (id: string) => call("archive_remove", { id }),
  /** Returns what a place has. */
  archiveContents: (id: string) => call("archive_contents", { id }),
  /** Puts an archived recording back into the library. Where Stream does not have its video any more, it goes back to Stream. */
  archiveImport: (id: string, name: string) => call("archive_import", { id, name }),
  /** Returns what takes the minutes of the storage. Stream is asked if it was not asked lately. */
  storageOverview: () => call("storage_overview", {}),
  /** Deletes every video in the bin for good. `typed` must be “empty the bin”, in capitals or not. */
  binEmpty: (typed: string) => call("bin_empty", { typed }),
  /** Returns what was used in the last months, and what it cost. */
  usageOverview: (months: number) => call("usage_overview", { months }),
  /** Sets a price in cents for a thousand minutes, from a day on (`YYYY-MM-DD`). Returns every price. */
  priceSet: (name: string, cents: number, from: string) => call("price_set", { name, cents, from }),
  /** Takes back the prices that people set for one thing. Returns every price. */
  priceReset: (name: string) => call("price_reset", { name }),
  /** Sets what a month may cost, in cents; `null` for no limit. */
  budgetSet: (cents: number | null) => call("budget_set", { cents }),
  /** Estimates what a class costs, of this length and with so many people. */
  costEstimate: (minutes: number, people: number, quality: string) => call("cost_estimate", { minutes, people, quality }),
  /** Makes a link to a recording for everybody who has it, checks that it plays, and copies its address. A link that could not be checked is not copied. */
  linkMake: (recordingId: string, hours: number, download: boolean) => call("link_make", { recordingId, hours, download }),
  /** Like `link_make`, for certain people, from a certain time on, from a moment of the video on, with captions; copied in the way that was asked for. */
  linkMakeAs: (recordingId: string, form: LinkForm, format: LinkFormat) => call("link_make_as", { recordingId, form, format }),
  /** Copies a link that was made before, as it is written on the page. Returns whether that worked. */
  linkCopy: (text: string, html: string | null) => call("link_copy", { text, html }),
  /** Opens a draft about a link in the person’s mail program. The link is not part of it, because other users of the computer can read what a program is started with; the page copies it before. */
  linkDraft: (linkId: string) => call("link_draft", { linkId }),
  /** Returns the codes of the countries that a link may name (ISO 3166-1), in alphabetical order. */
  linkCountries: () => call("link_countries", {}),
  /** Makes a new link like an earlier one (the same recording, rights and hours), checks that it plays, and copies its address. */
  linkReissue: (linkId: string) => call("link_reissue", { linkId }),
  /** Returns the present state of the file of a link that allows downloading. Copies the file's address if it is ready and `copy` is set. */
  linkFile: (linkId: string, copy: boolean) => call("link_file", { linkId, copy }),
  /** Returns every link that was made, newest first. */
  linksList: () => call("links_list", {}),
  /** Returns what revoking the links of a recording would do. Changes nothing. */
  linksRevocation: (recordingId: string) => call("links_revocation", { recordingId }),
  /** Revokes the links of a recording. Refused if links of other recordings would stop too, unless `with_others` is set. */
  linksRevoke: (recordingId: string, withOthers: boolean) => call("links_revoke", { recordingId, withOthers }),
  /** Returns the keys that sign links, their groups, and how they are used. */
  keysList: () => call("keys_list", {}),
  /** Compares the keys with those at Cloudflare. */
  keysSync: () => call("keys_sync", {}),
  /** Sets how keys are used on this desk. */
  keysSettings: (settings: KeySettingsDto) => call("keys_settings", { settings }),
  /** Makes a key for a group, which is made too if it does not exist, or for this desk. */
  keyCreate: (group: string | null) => call("key_create", { group }),
  /** Asks in a dialog of the system for the file of a key that Stream knows, and imports it. The key is read by the shell, so the page never has it. `null` if no file was chosen. */
  keyImport: (kid: string | null, group: string | null) => call("key_import", { kid, group }),
  /** Returns what deleting a key would break. */
  keyConsequence: (kid: string) => call("key_consequence", { kid }),
  /** Makes a new key in the place of one, which is deleted a day after its last link has ended, or at once if `now` is set. Refused if links would stop, unless `confirmed` is set. */
  keyRotate: (kid: string, now: boolean, confirmed: boolean) => call("key_rotate", { kid, now, confirmed }),
  /** Deletes a key at Cloudflare, so that its links stop. Refused if it has links that work, unless `confirmed` is set. */
  keyRevoke: (kid: string, confirmed: boolean) => call("key_revoke", { kid, confirmed }),
  /** Returns a part of the ledger, newest first: the first one, or the one behind `after`. */
  ledgerPage: (filter: LedgerFilterDto, after: LedgerPlaceDto | null, limit: number) => call("ledger_page", { filter, after, limit }),
  /** Checks every entry of the ledger against its hash, its signature and the keyring. */
  ledgerVerify: () => call("ledger_verify", {}),
  /** How Slack and the webhook are set, and how they fared. */
  channelsGet: () => call("channels_get", {}),
  /** Sets the quiet hours of this desk, in which only what cannot wait is shown, or removes them. */
  desktopQuietSave: (quiet: QuietDto | null) => call("desktop_quiet_save", { quiet }),
  /** Shows a test on this desktop. The answer is the one of its notification service. */
  desktopTest: () => call("desktop_test", {}),
  /** Turns the webhook on, at this address. A new one is confirmed in a dialog of the system first. The answer has the secret if a new one was made; it is never shown again. */
  webhookSave: (address: string) => call("webhook_save", { address }),
  /** Makes a new secret for the webhook. It is never shown again. */
  webhookSecretRenew: () => call("webhook_secret_renew", {}),
  /** Asks the webhook’s receiver whether it is healthy. */
  webhookHealth: () => call("webhook_health", {}),
  /** Turns Slack on, with the address of an incoming webhook. It is confirmed in a dialog of the system first, and goes to the keyring. */
  slackSave: (address: string) => call("slack_save", { address }),
  /** Sets the quiet hours of a channel, in which it sends nothing, or removes them. */
  channelQuietSave: (channel: ChannelDto, quiet: QuietDto | null) => call("channel_quiet_save", { channel, quiet }),
  /** Turns a channel off and forgets its address and its secrets. */
  channelRemove: (channel: ChannelDto) => call("channel_remove", { channel }),
  /** Sends a test through a channel. The answer is the receiver’s own. */
  channelTest: (channel: ChannelDto) => call("channel_test", { channel }),
  /** What was told to whom, newest first. */
  deliveriesList: () => call("deliveries_list", {}),
  /** Sends a delivery again, with the id that its event has. */
  deliveryRetry: (deliveryId: number) => call("delivery_retry", { deliveryId }),
  /** Sends the last event of a recording again to every channel that is on, with the id that it has. */
  recordingReplay: (recordingId: string) => call("recording_replay", { recordingId }),
  /** How e-mail is set, and how it fared. */
  mailGet: () => call("mail_get", {}),
  /** Sets e-mail. A mail server that letters do not go through yet is confirmed in a dialog of the system first. The password goes to the keyring; `null` keeps the one that is there. */
  mailSave: (input: MailInputDto) => call("mail_save", { input }),
  /** Turns e-mail off and forgets the password of the mail server. What waits is not sent. */
  mailRemove: () => call("mail_remove", {}),
  /** Sends a test to an address. The answer is that of Cloudflare or of the mail server. */
  mailTest: (to: string) => call("mail_test", { to }),
  /** The letters that would be written with these settings, and to whom; with those that are saved where none are given. */
  mailPreview: (input: MailInputDto | null) => call("mail_preview", { input }),
  /** Opens a draft about a recording in the person’s mail program. Where the draft needs a link, the link is copied to the clipboard, because other users of the computer can read what a program is started with. */
  mailDraft: (recordingId: string) => call("mail_draft", { recordingId }),
  /** Says for one class whether its participants get e-mail about its recording. */
  sessionMailsSet: (sessionId: string, mailed: boolean) => call("session_mails_set", { sessionId, mailed }),
  /** Returns all figures of the last 7, 30, 90 or 365 days, of one instructor or series if they are named. */
  healthOverview: (days: number, instructor: string | null, series: string | null) => call("health_overview", { days, instructor, series }),
  /** Returns the recordings or classes behind a figure, newest first, a thousand at most. */
  healthRecordings: (figure: string, days: number, instructor: string | null, series: string | null) => call("health_recordings", { figure, days, instructor, series }),
  /** Returns what each figure means. */
  healthDefinitions: () => call("health_definitions", {}),
  /** Returns the alerts that are open, and those that ended within 30 days. */
  alertsList: () => call("alerts_list", {}),
  /** Takes note of an open alert, so that only its end is told. */
  alertAcknowledge: (id: string) => call("alert_acknowledge", { id }),
  /** Snoozes an open alert: nobody is told of it for so many minutes. */
  alertSnooze: (id: string, minutes: number) => call("alert_snooze", { id, minutes }),
  /** Ends the snooze of an alert. */
  alertUnsnooze: (id: string) => call("alert_unsnooze", { id }),
  /** Returns every rule: those that Hajime brings, then those that people added. */
  alertRules: () => call("alert_rules", {}),
  /** Changes a rule, or adds one where there is no id. */
  alertRuleSave: (rule: AlertRuleInput) => call("alert_rule_save", { rule }),
  /** Removes a rule that a person added. */
  alertRuleDelete: (id: string) => call("alert_rule_delete", { id }),
  /** Makes a rule that Hajime brings what it was at first. */
  alertRuleReset: (id: string) => call("alert_rule_reset", { id }),
  /** Sends a test through every channel of a rule. */
  alertRuleTest: (id: string) => call("alert_rule_test", { id }),
  /** Returns what can be measured. */
  alertMetrics: () => call("alert_metrics", {}),
  /** Returns the state of the desk: connections, requests, clock, database, and who works. */
  deskHealth: () => call("desk_health", {}),
  /** Lets a job run now, in whichever process runs the jobs. */
  jobRun: (name: string) => call("job_run", { name }),
  /** Returns what strangers who support this desk may read. */
  diagnostics: () => call("diagnostics", {}),
  /** Copies what strangers who support this desk may read. */
  diagnosticsCopy: () => call("diagnostics_copy", {}),
  /** Returns whether the service that watches is installed and runs. */
  serviceStatus: () => call("service_status", {}),
  /** Returns the months that there is a report of, the newest first. */
  reportMonths: () => call("report_months", {}),
  /** Returns the report of a month. */
  report: (month: string) => call("report", { month }),
  /** Saves the report of a month as a file that a person chooses; `null` if no file was chosen. */
  reportSave: (month: string, format: ReportFormatDto) => call("report_save", { month, format }),
  /** Opens the report of a month in the browser, to be printed. */
  reportOpen: (month: string) => call("report_open", { month }),
  /** Returns whether the report of each month is mailed to the administrator. */
  reportMail: () => call("report_mail", {}),
  /** Sets whether the report of each month is mailed to the administrator. */
  reportMailSet: (on: boolean) => call("report_mail_set", { on }),
  /** Opens what became of a class in the browser, to be printed. */
  classPrintOpen: (session: string) => call("class_print_open", { session }),
  /** Returns the state of the open account. */
  deskStatus: () => call("desk_status", {}),
  /** Checks credentials before they are saved. Changes nothing. */
  connectVerify: (form: ConnectForm) => call("connect_verify", { form }),
  connectSave: (form: ConnectForm) => call("connect_save", { form }),
  /** Makes a RealtimeKit app in the account of the form, before the account is connected. It cannot be deleted with Cloudflare's API. */
  connectMakeApp: (form: ConnectForm, name: string) => call("connect_make_app", { form, name }),
  connectForget: () => call("connect_forget", {}),
  /** Opens the account from the environment, `.env` or Settings, and closes the sandbox if it is open. */
  accountOpen: () => call("account_open", {}),
  /** Tries again to open the account that could not be opened at the start. */
  deskRetry: () => call("desk_retry", {}),
  /** Returns the id of the connected account, even if its token cannot be read; `null` if there is none. */
  accountSaved: () => call("account_saved", {}),
  /** Opens the sandbox until Hajime is closed. A connected account stays connected. */
  sandboxOpen: () => call("sandbox_open", {}),
  /** The apps of the account, and what is known of the one in use. Asks Cloudflare. */
  appsGet: () => call("apps_get", {}),
  /** Uses another app. It is refused while a class is live or a recording is not in Stream. `not_confirmed` means that invitations would lapse; with `invitations_lapse` they may. */
  appChoose: (appId: string, invitationsLapse: boolean) => call("app_choose", { appId, invitationsLapse }),
  /** Makes an app, which Cloudflare's API cannot delete. It is not in use before somebody chooses it. */
  appCreate: (name: string) => call("app_create", { name }),
  /** Makes the presets that are missing and repairs Hajime's own. */
  appPresetsRepair: () => call("app_presets_repair", {}),
  /** Returns the backups in the data folder, newest first. */
  backupsList: () => call("backups_list", {}),
  backupMake: () => call("backup_make", {}),
  /** Saves a backup in the folder for downloads, to be kept on another disk or computer. */
  backupSave: () => call("backup_save", {}),
  /** Writes schedule, recordings and ledger to the folder for downloads, for other programs. */
  exportSave: () => call("export_save", {}),
  /** Returns the contents of a backup, and what would be lost if it were restored. */
  backupPreview: (name: string) => call("backup_preview", { name }),
  /** Replaces the database by a backup. The old database is kept under another name. */
  backupRestore: (name: string) => call("backup_restore", { name }),
  /** Starts with an empty database in place of a lost or damaged one. */
  databaseBeginAnew: () => call("database_begin_anew", {}),
  /** What the desktop of this computer offers. */
  desktopAbilities: () => call("desktop_abilities", {}),
  /** The keys that work in every program. */
  globalKeysGet: () => call("global_keys_get", {}),
  /** Pauses the keys while a person chooses some in the window, which hears no keys that are taken; then brings them back. */
  globalKeysPause: (paused: boolean) => call("global_keys_pause", { paused }),
  /** Saves the keys that work in every program, and takes them at once. A key that another program has is saved too, and its state says so. */
  globalKeysSave: (input: GlobalKeysInput) => call("global_keys_save", { input }),
  /** Returns the background jobs, in the order in which they run. */
  jobsList: () => call("jobs_list", {}),
  /** Returns the newest changes of a session’s plan, its people and its series, newest first. */
  sessionChanges: (sessionId: string, limit: number) => call("session_changes", { sessionId, limit }),
  /** Undoes a change of the schedule or the library. The undo is a change of its own, which can be undone too. A change of the settings is refused: it may bring back another join page, which a person has to confirm first. */
  changeUndo: (change: string) => call("change_undo", { change }),
  /** What is published, as everybody sees it. */
  joinPageStatus: () => call("join_page_status", {}),
  /** Publishes the page, checks it from outside, and has invitations open it. The event `publishing` says how far it is. */
  joinPagePublish: (name: string | null, hostname: string | null, replace: boolean) => call("join_page_publish", { name, hostname, replace }),
  /** Deletes the published page. Invitations that were sent no longer open. */
  joinPageRemove: () => call("join_page_remove", {}),
  /** Copies the address that invitations open. Answers whether it is on the clipboard. */
  joinPageCopy: () => call("join_page_copy", {}),
  /** Returns the role of this desk, and how its token compares with it. Sends no request. */
  roleGet: () => call("role_get", {}),
  /** Gives this desk another role. A stronger one needs the admin passphrase. */
  roleSet: (role: RoleName, passphrase: PassphraseInput | null) => call("role_set", { role, passphrase }),
  /** Sets the admin passphrase. One that is set already must be given too. */
  rolePassphraseSet: (passphrase: PassphraseInput, present: PassphraseInput | null) => call("role_passphrase_set", { passphrase, present }),
  /** Tries what the API token may really do. Changes nothing at Cloudflare. */
  roleTryToken: () => call("role_try_token", {}),
  settingsGet: () => call("settings_get", {}),
  /** Saves the settings. A new join page must first be confirmed in a dialog of the operating system. */
  settingsSave: (input: SettingsDto) => call("settings_save", { input }),
  /** Which reminders of classes are wanted. */
  remindersGet: () => call("reminders_get", {}),
  /** Saves which reminders of classes are wanted. The other settings stay. */
  remindersSave: (input: RemindersDto) => call("reminders_save", { input }),
  rehearsalGet: () => call("rehearsal_get", {}),
  rehearsalBegin: (name: string) => call("rehearsal_begin", { name }),
  rehearsalSpeed: (factor: number) => call("rehearsal_speed", { factor }),
  rehearsalFault: (form: FaultForm) => call("rehearsal_fault", { form }),
  rehearsalCalm: () => call("rehearsal_calm", {}),
  /** Sets the size of everything in the window, in percent of its usual size. */
  windowZoom: (percent: number) => call("window_zoom", { percent }),
  /** Tells the shell that the page shows the question before the window closes. */
  closeAsked: () => call("close_asked", {}),
  /** Closes the window although a class is live. */
  closeAnyway: () => call("close_anyway", {}),
  /** Hides the window; Hajime goes on. If a class is live, the small window stays on the screen. */
  closeToBackground: () => call("close_to_background", {}),
  /** Ends every live class, then closes the window. The window stays if a class has not ended yet. */
  closeAfterEnding: () => call("close_after_ending", {}),
  /** Opens the small window, which stays on top of other windows. */
  compactOpen: () => call("compact_open", {}),
  /** Closes the small window. */
  compactClose: () => call("compact_close", {}),
  /** Shows the large window in place of the small one. */
  largeWindow: () => call("large_window", {}),
  /** Returns whether this computer is kept awake. */
  computerAwake: () => call("computer_awake", {}),
});

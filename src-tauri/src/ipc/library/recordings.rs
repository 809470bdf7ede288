//! The list of recordings, the details of one recording, and playing and saving recordings.

use std::path::Path;

use chrono::{DateTime, Utc};
use hajime_core::actions::library::export;
use hajime_core::actions::library::export::Saved;
use hajime_core::actions::library::recordings::{self, DetailView, Playback};
use hajime_core::actions::library::view::{self, FailureView, RecordingView};
use hajime_core::actions::sharing::links;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::health::cost::StorageCost;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::auto_retry;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::clip::Clip;
use hajime_core::domain::recorder::coverage::Coverage;
use hajime_core::domain::recorder::event::RecordingEvent;
use hajime_core::domain::recorder::forecast::Expected;
use hajime_core::domain::recorder::recording::Status;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::recorder::stage_kind::StageKind;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::schedule::QualityDto;
use crate::ipc::sharing::LinkDto;
use crate::ipc::user_error::ErrorDto;
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![
    recording_get,
    recordings_get,
    recording_retry,
    recording_play,
    recording_play_trouble,
    recording_save,
];

#[hajime_macros::command]
pub(crate) async fn recording_get(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDetailDto, UserError> {
    let here = accounts.current().await?;
    Ok(recordings::detail_view(&here.context, crate::ipc::id(&id)?)?.into())
}

/// Returns several recordings without their history, in no particular order. One that does not exist is left out.
#[hajime_macros::command]
pub(crate) async fn recordings_get(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
) -> Result<Vec<RecordingDto>, UserError> {
    let here = accounts.current().await?;
    let ids = ids.iter().map(|text| crate::ipc::id(text)).collect::<Result<Vec<RecordingId>, _>>()?;
    Ok(recordings::some(&here.context, &ids)?.into_iter().map(RecordingDto::from).collect())
}

/// Tries a failed recording again, from the step that failed.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_retry(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDto, UserError> {
    let here = accounts.current().await?;
    Ok(view::view(&here.context, recordings::retry(&here.context, crate::ipc::id(&id)?)?)?.into())
}

/// Returns addresses that play a recording in the window for some hours.
#[hajime_macros::command]
pub(crate) async fn recording_play(accounts: State<'_, Accounts>, id: String) -> Result<PlaybackDto, UserError> {
    let here = accounts.current().await?;
    Ok(recordings::play(&here.context, crate::ipc::id(&id)?).await?.into())
}

/// Returns why a ready recording does not play; `null` if no reason is known.
#[hajime_macros::command]
pub(crate) async fn recording_play_trouble(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<Option<ErrorDto>, UserError> {
    let here = accounts.current().await?;
    Ok(links::why_not_playing(&here.context, crate::ipc::id(&id)?).await?.map(ErrorDto))
}

/// Saves the recording's file in the folder for downloads. Continues an earlier download that was interrupted.
#[hajime_macros::command]
pub(crate) async fn recording_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<SavedDto, UserError> {
    let here = accounts.current().await?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        UserError::new(
            ErrorCode::File,
            "This computer has no folder for downloads.",
            "Save it from a terminal: hajime-cli recording save.",
        )
    })?;
    std::fs::create_dir_all(&folder).ok();
    Ok(export::save_into(&here.context, crate::ipc::id(&id)?, &folder).await?.into())
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PublicStatus {
    Recording,
    Processing,
    Ready,
    Failed,
}

impl From<Status> for PublicStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Recording => Self::Recording,
            Status::Processing => Self::Processing,
            Status::Ready => Self::Ready,
            Status::Failed => Self::Failed,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "Stage")]
pub(crate) enum StageDto {
    Requested,
    Recording,
    Paused,
    Stopping,
    Uploading,
    Uploaded,
    Importing,
    Playable,
    Ready,
    Failed,
}

impl From<Stage> for StageDto {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Requested => Self::Requested,
            Stage::Recording => Self::Recording,
            Stage::Paused => Self::Paused,
            Stage::Stopping => Self::Stopping,
            Stage::Uploading => Self::Uploading,
            Stage::Uploaded => Self::Uploaded,
            Stage::Importing(_) => Self::Importing,
            Stage::Playable(_) => Self::Playable,
            Stage::Ready => Self::Ready,
            Stage::Failed { .. } => Self::Failed,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CauseDto {
    code: String,
    sentence: String,
    next: String,
    retryable: bool,
    /// When Hajime tries again by itself, in words that follow “tries again”; `null` if it does not.
    tries_again: Option<String>,
}

impl From<FailureView> for CauseDto {
    fn from(FailureView { cause, retryable, next }: FailureView) -> Self {
        Self {
            code: cause.code().to_owned(),
            sentence: cause.sentence().to_owned(),
            next: next.to_owned(),
            retryable,
            tries_again: auto_retry::words(cause).map(ToOwned::to_owned),
        }
    }
}

impl From<Cause> for CauseDto {
    fn from(cause: Cause) -> Self {
        FailureView { cause, retryable: cause.retryable(), next: cause.next() }.into()
    }
}

/// The forecast of when a recording can be watched.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ExpectedDto {
    /// The recording is as likely ready before this time as after it.
    likely: String,
    /// Nine of ten recordings are ready before this time.
    latest: String,
}

impl From<Expected> for ExpectedDto {
    fn from(expected: Expected) -> Self {
        Self { likely: instant(expected.likely), latest: instant(expected.latest) }
    }
}

/// What a recording is a part of.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ClipDto {
    /// The recording that it was cut from.
    of: String,
    from_second: u32,
    to_second: u32,
}

impl From<Clip> for ClipDto {
    fn from(Clip { of, range }: Clip) -> Self {
        Self { of: of.to_string(), from_second: range.begin(), to_second: range.end() }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingDto {
    id: String,
    session_id: String,
    title: String,
    instructor: String,
    status: PublicStatus,
    stage: StageDto,
    stage_since: String,
    sentence: String,
    step: u8,
    progress: Option<u8>,
    cause: Option<CauseDto>,
    recorded_at: String,
    duration_seconds: Option<i64>,
    size_bytes: Option<u64>,
    quality: QualityDto,
    timezone: String,
    video_id: Option<String>,
    last_check: Option<String>,
    next_check: Option<String>,
    expected: Option<ExpectedDto>,
    rescue_until: Option<String>,
    links_made: u32,
    thumbnail_url: Option<String>,
    /// When the recording was put in the bin; `null` if it is on the list.
    removed_at: Option<String>,
    /// When Hajime noticed that the video was deleted from Stream; `null` if it was not.
    deleted_at: Option<String>,
    /// Whether it is gone at Cloudflare, so that it may be put in the bin although it cannot be watched.
    removable: bool,
    /// Whether somebody keeps it forever.
    kept: bool,
    /// When Stream deletes the video; `null` for never, or if that is not known.
    deleted_on: Option<String>,
    /// Notes of several lines; empty if there are none.
    notes: String,
    tags: Vec<String>,
    /// What it was cut from; `null` for a recording of a class.
    clip: Option<ClipDto>,
}

impl From<RecordingView> for RecordingDto {
    fn from(view: RecordingView) -> Self {
        let RecordingView { recording, sentence, expected, links_made, failure, removable, kept, written } = view;
        Self {
            id: recording.id.to_string(),
            instructor: recording.instructor_name().to_owned(),
            session_id: recording.session.to_string(),
            status: recording.status().into(),
            stage: recording.stage.into(),
            stage_since: instant(recording.stage_since),
            sentence,
            step: recording.steps_done(),
            progress: recording.progress(),
            cause: failure.map(CauseDto::from),
            // The time by this computer’s clock, as in the schedule. Cloudflare’s clock may differ, and the sandbox’s
            // clock may run faster.
            recorded_at: instant(recording.created_at),
            duration_seconds: recording.facts.length.map(|length| length.num_seconds()),
            size_bytes: recording.facts.size,
            quality: recording.quality.into(),
            timezone: recording.timezone.name().to_owned(),
            video_id: recording.facts.video.as_ref().map(ToString::to_string),
            last_check: maybe_instant(recording.work.last_check),
            next_check: maybe_instant(recording.work.next_check()),
            expected: expected.map(ExpectedDto::from),
            rescue_until: maybe_instant(recording.rescue_until()),
            links_made,
            // The picture of a video requires a signed token, which the player fetches when it opens.
            thumbnail_url: None,
            removed_at: maybe_instant(recording.removed_at),
            deleted_at: maybe_instant(recording.deleted_at()),
            removable,
            kept,
            deleted_on: maybe_instant(recording.facts.video_deletion),
            notes: written.notes,
            tags: written.tags,
            clip: recording.facts.clip.map(ClipDto::from),
            title: recording.title,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingEventDto {
    at: String,
    #[ts(type = "Stage | null")]
    from: Option<&'static str>,
    #[ts(type = "Stage")]
    to: &'static str,
    note: String,
}

impl From<RecordingEvent> for RecordingEventDto {
    fn from(event: RecordingEvent) -> Self {
        Self { at: instant(event.at), from: event.from.map(StageKind::name), to: event.to.name(), note: event.note }
    }
}

/// The recorded time beside the length of the video: whether the whole session is in it.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CoverageDto {
    /// Whether the video is shorter than the recorded time by more than is normal.
    short: bool,
    /// Whether recording began later than is normal.
    late: bool,
    /// Whether nothing was recorded for longer than is normal between the session's previous recording and this one.
    interrupted: bool,
    /// One sentence for each gap; a single sentence if nothing is missing.
    sentences: Vec<String>,
    began: String,
    ended: String,
    paused_seconds: i64,
    expected_seconds: i64,
    length_seconds: i64,
    missing_seconds: i64,
    begun_late_seconds: i64,
    hole_seconds: i64,
    /// Until when RealtimeKit keeps the recording's file; `null` if it does not keep one.
    file_kept_until: Option<String>,
}

impl CoverageDto {
    fn new(coverage: &Coverage, file_kept_until: Option<DateTime<Utc>>) -> Self {
        Self {
            short: coverage.is_short(),
            late: coverage.is_late(),
            interrupted: coverage.is_interrupted(),
            sentences: coverage.sentences(),
            began: instant(coverage.began),
            ended: instant(coverage.ended),
            paused_seconds: coverage.paused.num_seconds(),
            expected_seconds: coverage.expected().num_seconds(),
            length_seconds: coverage.length.num_seconds(),
            missing_seconds: coverage.missing().num_seconds(),
            begun_late_seconds: coverage.begun_late.num_seconds(),
            hole_seconds: coverage.hole.num_seconds(),
            file_kept_until: maybe_instant(file_kept_until),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingDetailDto {
    recording: RecordingDto,
    /// The likely cause of a failure for which Cloudflare gives no reason; `null` if there is none.
    likely_reason: Option<String>,
    events: Vec<RecordingEventDto>,
    links: Vec<LinkDto>,
    /// Whether the whole session is in the video; `null` unless this desk recorded it and it can be watched.
    coverage: Option<CoverageDto>,
    /// What it costs to keep the video, in words; `null` while it cannot be watched.
    storage_cost: Option<StorageCostDto>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StorageCostDto {
    minutes: i64,
    words: String,
}

impl From<StorageCost> for StorageCostDto {
    fn from(cost: StorageCost) -> Self {
        Self { minutes: cost.minutes(), words: cost.to_string() }
    }
}

impl From<DetailView> for RecordingDetailDto {
    fn from(DetailView { view, likely, events, links, coverage, storage_cost }: DetailView) -> Self {
        let file_kept_until = view.recording.facts.file_expires;
        Self {
            recording: view.into(),
            storage_cost: storage_cost.map(StorageCostDto::from),
            likely_reason: likely.map(|guess| guess.sentence().to_owned()),
            coverage: coverage.map(|coverage| CoverageDto::new(&coverage, file_kept_until)),
            events: events.into_iter().map(RecordingEventDto::from).collect(),
            links: links.into_iter().map(LinkDto::from).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PlaybackDto {
    hls_url: String,
    poster_url: Option<String>,
    expires_at: String,
}

impl From<Playback> for PlaybackDto {
    fn from(playback: Playback) -> Self {
        Self {
            hls_url: playback.hls.expose().to_owned(),
            poster_url: Some(playback.poster.expose().to_owned()),
            expires_at: instant(playback.expires_at),
        }
    }
}

/// A file that was saved on this computer.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SavedDto {
    path: String,
    bytes: u64,
}

impl SavedDto {
    pub(crate) fn new(path: &Path, bytes: u64) -> Self {
        Self { path: path.display().to_string(), bytes }
    }
}

impl From<Saved> for SavedDto {
    fn from(saved: Saved) -> Self {
        Self::new(&saved.path, saved.bytes)
    }
}

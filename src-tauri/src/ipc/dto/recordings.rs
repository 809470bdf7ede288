//! Recordings and share links.

use std::path::Path;

use hajime_core::actions::library::export::Saved;
use hajime_core::actions::library::recordings::{self, Detail, Page, Playback};
use hajime_core::actions::sharing::links::{LinkFile, MadeLink};
use hajime_core::context::Context;
use hajime_core::domain::recorder::auto_retry;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::coverage::Coverage;
use hajime_core::domain::recorder::diagnosis::likely;
use hajime_core::domain::recorder::event::RecordingEvent;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::recorder::stage_kind::StageKind;
use hajime_core::domain::sharing::link::ShareLink;
use hajime_core::error::Error;
use hajime_core::recorder::forecast::{self, Expected};
use hajime_core::store::{Filter, Query};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::sessions::QualityDto;
use super::{instant, maybe_instant};
use crate::ipc::error::IpcError;

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
    /// When it is tried again by itself, in words that follow “tries again”; `null` for never.
    tries_again: Option<String>,
}

impl From<Cause> for CauseDto {
    fn from(cause: Cause) -> Self {
        Self {
            code: cause.code().to_owned(),
            sentence: cause.sentence().to_owned(),
            next: cause.next().to_owned(),
            retryable: cause.retryable(),
            tries_again: auto_retry::words(cause).map(ToOwned::to_owned),
        }
    }
}

/// When a recording that is on its way can be watched.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ExpectedDto {
    /// As likely before as after.
    likely: String,
    /// Nine times in ten before this.
    latest: String,
}

impl From<Expected> for ExpectedDto {
    fn from(expected: Expected) -> Self {
        Self { likely: instant(expected.likely), latest: instant(expected.latest) }
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
    #[ts(type = "number | null")]
    duration_seconds: Option<i64>,
    #[ts(type = "number | null")]
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
    /// When somebody took it off the list.
    removed_at: Option<String>,
    /// When it was noticed that its video was deleted from Stream.
    deleted_at: Option<String>,
    /// Whether it may be taken off the list.
    removable: bool,
}

impl RecordingDto {
    pub(crate) fn read_all(context: &Context, recordings: &[Recording]) -> Result<Vec<Self>, IpcError> {
        recordings.iter().map(|recording| Self::read(context, recording)).collect()
    }

    pub(crate) fn read(context: &Context, recording: &Recording) -> Result<Self, IpcError> {
        let cause = match recording.stage {
            // Nothing is left of it, so that trying again is in vain.
            Stage::Failed { cause, .. } if recording.is_missing(context.now()) => {
                Some(CauseDto { retryable: false, next: Cause::RecorderMissing.next().to_owned(), ..cause.into() })
            }
            Stage::Failed { cause, .. } => Some(cause.into()),
            _ => None,
        };
        Ok(Self {
            id: recording.id.to_string(),
            session_id: recording.session.to_string(),
            title: recording.title.clone(),
            instructor: recording.instructor_name().to_owned(),
            status: recording.status().into(),
            stage: recording.stage.into(),
            stage_since: instant(recording.stage_since),
            sentence: recordings::sentence(context, recording)?,
            step: recording.steps_done(),
            progress: recording.progress(),
            cause,
            // By this computer’s clock, like the schedule: Cloudflare’s may differ, and the sandbox’s runs fast.
            recorded_at: instant(recording.created_at),
            duration_seconds: recording.facts.length.map(|length| length.num_seconds()),
            size_bytes: recording.facts.size,
            quality: recording.quality.into(),
            timezone: recording.timezone.name().to_owned(),
            video_id: recording.facts.video.as_ref().map(ToString::to_string),
            last_check: maybe_instant(recording.work.last_check),
            next_check: maybe_instant(recording.work.next_check()),
            expected: forecast::expected(context, recording)?.map(ExpectedDto::from),
            rescue_until: maybe_instant(recording.rescue_until()),
            links_made: context.store().link_count(recording.id).map_err(Error::from)?,
            // Every video asks for a signed token, also for its picture; the player fetches one when it opens.
            thumbnail_url: None,
            removed_at: maybe_instant(recording.removed_at),
            deleted_at: maybe_instant(recording.deleted_at()),
            removable: recording.removed_at.is_none() && recording.is_removable(context.now()),
        })
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

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LinkDto {
    id: String,
    recording_id: String,
    recording_title: String,
    video_id: String,
    kid: Option<String>,
    created_at: String,
    expires_at: String,
    download: bool,
}

impl From<ShareLink> for LinkDto {
    fn from(link: ShareLink) -> Self {
        Self {
            id: link.id.to_string(),
            recording_id: link.recording.to_string(),
            recording_title: link.recording_title,
            video_id: link.video.to_string(),
            kid: link.kid.map(String::from),
            created_at: instant(link.created_at),
            expires_at: instant(link.expires_at),
            download: link.download,
        }
    }
}

/// The time that was recorded beside the length of the video.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CoverageDto {
    /// Whether more of the video is missing than is normal.
    short: bool,
    /// Whether recording began later than is normal.
    late: bool,
    /// Whether the class went on for longer than is normal since the recording before this one.
    interrupted: bool,
    began: String,
    ended: String,
    #[ts(type = "number")]
    paused_seconds: i64,
    #[ts(type = "number")]
    expected_seconds: i64,
    #[ts(type = "number")]
    length_seconds: i64,
    #[ts(type = "number")]
    missing_seconds: i64,
    #[ts(type = "number")]
    begun_late_seconds: i64,
    #[ts(type = "number")]
    hole_seconds: i64,
    /// Until when RealtimeKit keeps its file.
    file_kept_until: Option<String>,
}

impl CoverageDto {
    fn new(coverage: &Coverage, recording: &Recording) -> Self {
        Self {
            short: coverage.is_short(),
            late: coverage.is_late(),
            interrupted: coverage.is_interrupted(),
            began: instant(coverage.began),
            ended: instant(coverage.ended),
            paused_seconds: coverage.paused.num_seconds(),
            expected_seconds: coverage.expected().num_seconds(),
            length_seconds: coverage.length.num_seconds(),
            missing_seconds: coverage.missing().num_seconds(),
            begun_late_seconds: coverage.begun_late.num_seconds(),
            hole_seconds: coverage.hole.num_seconds(),
            file_kept_until: maybe_instant(recording.facts.file_expires),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingDetailDto {
    recording: RecordingDto,
    /// What probably lies behind a failure that Cloudflare gives no reason for.
    likely_reason: Option<String>,
    events: Vec<RecordingEventDto>,
    links: Vec<LinkDto>,
    /// Whether the whole class is in the video; known only of what was recorded from here and can be watched.
    coverage: Option<CoverageDto>,
}

impl RecordingDetailDto {
    pub(crate) fn read(context: &Context, detail: Detail) -> Result<Self, IpcError> {
        Ok(Self {
            recording: RecordingDto::read(context, &detail.recording)?,
            likely_reason: likely(&detail.recording, &detail.events).map(|guess| guess.sentence().to_owned()),
            coverage: detail.coverage.map(|coverage| CoverageDto::new(&coverage, &detail.recording)),
            events: detail.events.into_iter().map(RecordingEventDto::from).collect(),
            links: detail.links.into_iter().map(LinkDto::from).collect(),
        })
    }
}

#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordingFilter {
    All,
    Ready,
    Processing,
    Failed,
    Deleted,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct RecordingsQuery {
    search: String,
    filter: RecordingFilter,
    limit: u32,
    offset: u32,
}

impl From<RecordingsQuery> for Query {
    fn from(query: RecordingsQuery) -> Self {
        Self {
            search: query.search,
            filter: match query.filter {
                RecordingFilter::All => Filter::All,
                RecordingFilter::Ready => Filter::Ready,
                RecordingFilter::Processing => Filter::Processing,
                RecordingFilter::Failed => Filter::Failed,
                RecordingFilter::Deleted => Filter::Deleted,
            },
            limit: query.limit.min(500),
            offset: query.offset,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingsCounts {
    all: u32,
    ready: u32,
    processing: u32,
    failed: u32,
    deleted: u32,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingsPage {
    rows: Vec<RecordingDto>,
    total: u32,
    counts: RecordingsCounts,
    /// How many may be taken off the list, whatever is searched for.
    gone: u32,
}

impl RecordingsPage {
    pub(crate) fn read(context: &Context, page: &Page) -> Result<Self, IpcError> {
        let counts = page.counts;
        Ok(Self {
            rows: RecordingDto::read_all(context, &page.rows)?,
            total: page.total,
            counts: RecordingsCounts {
                all: counts.all,
                ready: counts.ready,
                processing: counts.processing,
                failed: counts.failed,
                deleted: counts.deleted,
            },
            gone: page.gone,
        })
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MadeLinkDto {
    link: LinkDto,
    url: String,
    copied: bool,
    /// Whether Cloudflare’s player was seen playing it for everybody who has it.
    verified: bool,
    /// Why not, and what to do about it.
    doubt: Option<IpcError>,
    /// The file, if downloading was asked for.
    file: Option<LinkFileDto>,
}

impl MadeLinkDto {
    pub(crate) fn new(made: MadeLink, copied: bool) -> Self {
        Self {
            url: made.url.expose().to_owned(),
            verified: made.verified(),
            doubt: made.doubt.map(IpcError::from),
            copied,
            file: made.file.map(|file| LinkFileDto::new(&file, false)),
            link: made.link.into(),
        }
    }
}

/// The file of a link that allows downloading. While it is being prepared, `link_file` is asked again.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum LinkFileDto {
    Preparing { percent: Option<u8> },
    Ready { url: String, copied: bool },
    Unavailable { reason: IpcError },
}

impl LinkFileDto {
    pub(crate) fn new(file: &LinkFile, copied: bool) -> Self {
        match file {
            LinkFile::Preparing { percent } => Self::Preparing { percent: *percent },
            LinkFile::Ready(url) => Self::Ready { url: url.expose().to_owned(), copied },
            LinkFile::Unavailable(trouble) => Self::Unavailable { reason: trouble.clone().into() },
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
    #[ts(type = "number")]
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

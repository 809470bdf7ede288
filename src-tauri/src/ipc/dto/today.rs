//! What Today shows of recordings, and the question before the window closes.

use hajime_core::actions::library::today::{FailureGroup, RetriedAll, Today};
use hajime_core::actions::recorder::live::ClosingQuestion;
use hajime_core::context::Context;
use serde::Serialize;
use ts_rs::TS;

use super::maybe_instant;
use super::recordings::{CauseDto, RecordingDto};
use super::sessions::SessionDto;
use crate::ipc::error::IpcError;

/// How many titles a group of failures names.
const TITLES: usize = 3;

/// Recordings that failed for the same cause.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct FailureGroupDto {
    cause: CauseDto,
    #[ts(type = "number")]
    count: usize,
    /// For how many of them trying again may help.
    #[ts(type = "number")]
    retryable: usize,
    /// The newest recordings' titles.
    titles: Vec<String>,
    /// The newest recording.
    recording_id: Option<String>,
    /// When the first of them is tried again by itself.
    next_try: Option<String>,
    /// When the first file of them is deleted.
    rescue_until: Option<String>,
}

impl FailureGroupDto {
    fn read(context: &Context, group: &FailureGroup) -> Self {
        let all = &group.recordings;
        Self {
            cause: group.cause.into(),
            count: all.len(),
            retryable: group.retryable(context.now()).count(),
            titles: all.iter().take(TITLES).map(|recording| recording.title.clone()).collect(),
            recording_id: all.first().map(|recording| recording.id.to_string()),
            next_try: maybe_instant(all.iter().filter_map(|recording| recording.work.next_auto_retry).min()),
            rescue_until: maybe_instant(
                all.iter().filter_map(hajime_core::domain::recorder::recording::Recording::rescue_until).min(),
            ),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct TodayDto {
    failures: Vec<FailureGroupDto>,
    on_its_way: Vec<RecordingDto>,
    on_its_way_total: u32,
    ready: Vec<RecordingDto>,
    ready_total: u32,
    /// Classes that ended a short while ago without the recording that was planned.
    unrecorded: Vec<SessionDto>,
}

impl TodayDto {
    pub(crate) fn read(context: &Context, today: &Today) -> Result<Self, IpcError> {
        Ok(Self {
            failures: today.failures.iter().map(|group| FailureGroupDto::read(context, group)).collect(),
            on_its_way: RecordingDto::read_all(context, &today.on_its_way)?,
            on_its_way_total: today.on_its_way_total,
            ready: RecordingDto::read_all(context, &today.ready)?,
            ready_total: today.ready_total,
            unrecorded: today
                .unrecorded
                .iter()
                .map(|session| SessionDto::read(context, session))
                .collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
pub(crate) struct RetriedAllDto {
    retried: u32,
    refused: u32,
}

impl From<RetriedAll> for RetriedAllDto {
    fn from(RetriedAll { retried, refused }: RetriedAll) -> Self {
        Self { retried, refused }
    }
}

/// The payload of the event `close_asked`.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CloseQuestionDto {
    title: String,
    description: String,
}

impl From<ClosingQuestion> for CloseQuestionDto {
    fn from(ClosingQuestion { title, description }: ClosingQuestion) -> Self {
        Self { title, description }
    }
}

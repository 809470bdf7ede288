//! The recordings that the Today view shows.

use hajime_core::actions::library::today::{self, FailureSummary, RetriedAll, TodayView};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use super::recordings::{CauseDto, RecordingDto};
use crate::accounts::{Accounts, internal};
use crate::ipc::maybe_instant;
use crate::ipc::schedule::SessionDto;

hajime_macros::commands![today, failures_retry];

#[hajime_macros::command]
pub(crate) async fn today(accounts: State<'_, Accounts>) -> Result<TodayDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(today::view(context)?.into())
}

/// Tries again every failed recording of Today that has this cause.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn failures_retry(accounts: State<'_, Accounts>, cause: String) -> Result<RetriedAllDto, UserError> {
    let context = &accounts.current().await?.context;
    let cause = Cause::from_code(&cause).ok_or_else(internal)?;
    Ok(today::retry_all(context, cause)?.into())
}

/// Recordings that failed for the same cause.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct FailureGroupDto {
    cause: CauseDto,
    count: usize,
    /// How many of these recordings may succeed when they are tried again.
    retryable: usize,
    /// The titles of the newest of these recordings.
    titles: Vec<String>,
    /// The newest of these recordings.
    recording_id: Option<String>,
    /// When Hajime tries the first of these recordings again by itself.
    next_try: Option<String>,
    /// When Cloudflare deletes the first file of these recordings.
    rescue_until: Option<String>,
}

impl From<FailureSummary> for FailureGroupDto {
    fn from(failures: FailureSummary) -> Self {
        Self {
            cause: failures.cause.into(),
            count: failures.count,
            retryable: failures.retryable,
            titles: failures.titles,
            recording_id: failures.newest.map(|recording| recording.to_string()),
            next_try: maybe_instant(failures.next_try),
            rescue_until: maybe_instant(failures.rescue_until),
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
    /// Sessions that ended a short while ago without the planned recording.
    unrecorded: Vec<SessionDto>,
}

impl From<TodayView> for TodayDto {
    fn from(today: TodayView) -> Self {
        Self {
            failures: today.failures.into_iter().map(FailureGroupDto::from).collect(),
            on_its_way: today.on_its_way.into_iter().map(RecordingDto::from).collect(),
            on_its_way_total: today.on_its_way_total,
            ready: today.ready.into_iter().map(RecordingDto::from).collect(),
            ready_total: today.ready_total,
            unrecorded: today.unrecorded.into_iter().map(SessionDto::from).collect(),
        }
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
